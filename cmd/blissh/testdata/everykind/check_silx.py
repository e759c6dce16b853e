"""Reads the HDF5 file in h5py and silx, and compares it with the stream."""
import json
import os
import sys

import h5py
import numpy
import silx.io
from silx.io import nxdata

folder, expected = sys.argv[1], json.load(open(sys.argv[2]))
path = os.path.join(folder, "every_kind.h5")


def values(x, name):
    return numpy.array(x["columns"][name], dtype=float).reshape([-1] + x["shapes"][name])


def same(got, want, what):
    assert got.shape == want.shape, (what, got.shape, want.shape)
    assert numpy.array_equal(got.astype(float), want, equal_nan=True), what


def text(item):
    return item.asstr()[()]


def role(x, name):
    return [c for c in x["scan"]["channels"] if c["name"] == name][0]["role"]


types = [x["scan"]["type"] for x in expected]
for kind in "ascan a2scan a3scan dscan amesh dmesh a3mesh loopscan timescan lookupscan pointscan".split():
    assert kind in types, (kind, types)
points = [x["scan"]["taken"] for x in expected]
assert 0 in points and 1 in points, points
assert any("NaN" in v for x in expected for v in x["columns"].values()), "no scan has NaN"
assert any(len(s) == 2 for x in expected for s in x["shapes"].values()), "no scan has images"
assert any(x["notes"] for x in expected), "no scan was steered"

with h5py.File(path, "r") as f:
    assert sorted(f) == sorted(x["name"] for x in expected), list(f)
    for x in expected:
        e, s = f[x["name"]], x["scan"]
        assert text(e["title"]) == s["title"] and text(e["entry_identifier"]) == s["uid"] and text(e["end_reason"]) == x["reason"], s["title"]
        assert e["points"][()] == s["taken"] and "end_time" in e and len(e["notes/point"]) == x["notes"]
        assert set(e["measurement"]) == set(x["columns"])
        for name in x["columns"]:
            same(e["measurement"][name][()], values(x, name), (x["name"], name))
            kind = "data" if role(x, name) == "counter" else "value"
            assert e["instrument"][name][kind] == e["measurement"][name]
        for a in s["axes"]:
            assert e["instrument/positioners_start"][a["name"]][()] == a["start"]
            stands = e["instrument/positioners"][a["name"]]
            if a["name"] in x["columns"]:
                assert stands == e["measurement"][a["name"]]
            else:
                assert stands[()] == a["start"] and stands.attrs["units"] == "mm"

h5 = silx.io.open(path)
for x in expected:
    s, e = x["scan"], h5[x["name"]]
    d = nxdata.get_default(e)
    assert d is not None and d.is_valid, (s["title"], d and d.issues)
    same(d.signal[()], values(x, d.signal_name), s["title"])
    axes = list(d.axes_dataset_names)
    if s["type"] in ("amesh", "dmesh"):  # a steered one, which is no grid any more, as well
        assert axes == s["moving"] and d.is_scatter, (s["title"], axes)
        assert ("shape" in e["scan"]) == bool(s["shape"]) == (x["notes"] == 0), (s["title"], list(e["scan"]))
    else:
        assert axes == ([s["moving"][0]] if s["moving"] and s["type"] != "a3mesh" else ["elapsed_time"]), (s["title"], axes)
    for axis, got in zip(axes, d.axes):
        same(got[()], values(x, axis), (s["title"], axis))
    for name, shape in x["shapes"].items():
        if shape:
            d = nxdata.NXdata(e["plot_" + name])
            assert d.is_valid and d.signal_name == name and d.signal.shape == (s["taken"], *shape), d.issues
            assert d.signal_is_2d if len(shape) == 1 else d.signal_is_3d, name
            assert d.interpretation == ("spectrum" if len(shape) == 1 else "image"), d.interpretation
default = nxdata.get_default(h5)
assert default is not None and default.is_valid and h5.attrs["default"] == expected[-1]["name"], h5.attrs["default"]
h5.close()
