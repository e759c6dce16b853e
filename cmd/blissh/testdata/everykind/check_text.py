"""Reads the SPEC file in silx and the CSV files in Python, and compares them with the stream."""
import csv
import json
import os
import sys

import numpy
import silx.io
from silx.io.specfile import SpecFile

folder, expected = sys.argv[1], json.load(open(sys.argv[2]))
path = os.path.join(folder, "every_kind.spec")
spec, h5 = SpecFile(path), silx.io.open(path)
assert list(spec.keys()) == [x["name"] for x in expected], list(spec.keys())


def scalars(x):
    return [c["name"] for c in x["scan"]["channels"] if not c["shape"]]


def values(x, name):
    return numpy.array(x["columns"][name], dtype=float).reshape([-1] + x["shapes"][name])


for x in expected:
    s, scan, n = x["scan"], spec[x["name"]], x["scan"]["taken"]
    assert sorted(scan.labels) == sorted(scalars(x)) and scan.labels[:len(s["moving"])] == s["moving"], scan.labels
    assert scan.scan_header_dict["S"] == "%d  %s" % (s["number"], s["title"]), scan.scan_header_dict["S"]
    assert scan.motor_names == [a["name"] for a in s["axes"]]
    for a in s["axes"]:
        assert scan.motor_position_by_name(a["name"]) == a["start"], a
    assert any(h.startswith("#C ended") and x["reason"] in h and "after %d points" % n in h for h in scan.scan_header), scan.scan_header
    for name in scalars(x) if n else []:
        want = values(x, name)
        want[numpy.isnan(want)] = numpy.inf  # a SPEC file has no NaN
        assert numpy.allclose(scan.data_column_by_name(name), want, rtol=1e-14, atol=0), (x["name"], name)
        assert len(h5[x["name"] + "/measurement/" + name]) == n
    spectra = [name for name in x["columns"] if len(x["shapes"][name]) == 1]
    assert len(scan.mca) == n * len(spectra)
    for i in range(n):
        for j, name in enumerate(spectra):
            got, want = scan.mca[i * len(spectra) + j], values(x, name)[i]
            want[numpy.isnan(want)] = numpy.inf
            assert numpy.allclose(got, want, rtol=1e-14, atol=0), (x["name"], name)

for x in expected:
    s = x["scan"]
    name = os.path.join(folder, "every_kind_%04d_%s" % (s["number"], s["name"]))
    lines = open(name + ".csv").read().splitlines()
    rows = list(csv.reader(line for line in lines if not line.startswith("#")))
    assert [c.split("[")[0] for c in rows[0]] == scalars(x) and len(rows) - 1 == s["taken"], rows[0]
    for i, column in enumerate(scalars(x)):
        got = numpy.array([float(r[i]) for r in rows[1:]])
        assert numpy.array_equal(got, values(x, column), equal_nan=True), (name, column)
    assert lines[-1].startswith("# ended: ") and x["reason"] in lines[-1], lines[-1]
    described = json.load(open(name + ".json"))
    assert described["uid"] == s["uid"] and described["taken"] == s["taken"] and described["outcome"] == s["outcome"]
