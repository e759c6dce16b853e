"""Opens the files in PyMca: its readers, and its windows on a screen that is not there."""
import json
import os
import sys

import numpy
from PyMca5.PyMcaCore import NexusDataSource, NexusTools, SpecFileDataSource
from PyMca5.PyMcaIO import specfilewrapper

folder, expected = sys.argv[1], json.load(open(sys.argv[2]))
nexus, spec = os.path.join(folder, "every_kind.h5"), os.path.join(folder, "every_kind.spec")


def values(x, name):
    return numpy.array(x["columns"][name], dtype=float).reshape([-1] + x["shapes"][name])


def same(got, want, what):
    assert numpy.array_equal(numpy.asarray(got, dtype=float).reshape(want.shape), want, equal_nan=True), what


source = NexusDataSource.DataSource(nexus)
h5 = source._sourceObjectList[0]
entries = list(h5["/"].keys())
assert sorted(entries) == sorted(x["name"] for x in expected), entries
for x in expected:
    s, entry = x["scan"], "/" + x["name"]
    assert NexusTools.getTitle(h5, entry) == s["title"]
    assert NexusTools.getMeasurementGroup(h5, entry).name == entry + "/measurement"
    scanned = [os.path.basename(name) for name in NexusTools.getScannedPositioners(h5, entry)]
    if s["taken"] > 1 and s["moving"]:
        assert sorted(scanned) == sorted(s["moving"]), (s["title"], scanned)
    mcas = NexusTools.getMcaList(h5, entry)
    spectra = [name for name, shape in x["shapes"].items() if len(shape) == 1]
    if s["taken"]:
        assert {os.path.basename(m.rstrip("/")) for m in mcas} >= set(spectra) or {m.split("/")[-2] for m in mcas} >= set(spectra), mcas
    # What a user selects: counters over the scanned axis.
    axis = (s["moving"] or ["elapsed_time"])[0]
    counters = [c["name"] for c in s["channels"] if c["role"] == "counter" and not c["shape"]]
    if s["taken"] < 1 or not counters:
        continue
    names = ["/measurement/" + n for n in [axis] + counters]
    for i, name in enumerate(counters):
        selection = {"sourcename": nexus, "entry": entry, "key": "1.%d" % (entries.index(x["name"]) + 1), "cntlist": names, "LabelNames": names,
                     "x": [0], "xselectiontype": ["full"], "y": [i + 1], "yselectiontype": ["full"], "m": [], "mselectiontype": [], "selectiontype": "SCAN"}
        got = source.getDataObject(selection["key"], selection)
        same(got.x[0], values(x, axis), s["title"])
        same(got.y[0], values(x, name), (s["title"], name))
    motors = dict(zip(got.info["MotorNames"], got.info["MotorValues"]))
    for a in s["axes"]:
        assert motors[a["name"]] == (values(x, a["name"])[0] if a["name"] in x["columns"] else a["start"]), (a, motors)

file = specfilewrapper.Specfile(spec)
assert file.scanno() == len(expected)
for i, x in enumerate(expected):
    s, scan = x["scan"], file.select(x["name"])
    assert scan.command() == s["title"], scan.command()
    assert scan.allmotors() == [a["name"] for a in s["axes"]] and numpy.allclose(scan.allmotorpos(), [a["start"] for a in s["axes"]])
    if not s["taken"]:
        continue
    labels = scan.alllabels()
    assert sorted(labels) == sorted(n for n in x["columns"] if not x["shapes"][n]), labels
    data = scan.data()
    for k, name in enumerate(labels):
        want = values(x, name)
        want[numpy.isnan(want)] = numpy.inf
        same(data[k], want, (s["title"], name))
source = SpecFileDataSource.DataSource(spec)
assert source.getSourceInfo()["KeyList"] == [x["name"] for x in expected]

from PyMca5.PyMcaGui import PyMcaQt as qt
app = qt.QApplication([])
from PyMca5.PyMcaGui.io import QSpecFileWidget
from PyMca5.PyMcaGui.io.hdf5 import QNexusWidget
from PyMca5.PyMcaGui.pymca import ScanWindow

tree = QNexusWidget.QNexusWidget()
tree.setDataSource(NexusDataSource.DataSource(nexus))
tree.show()
model = tree.hdf5Widget.model()
assert model.rowCount(model.index(0, 0, qt.QModelIndex())) == len(expected), "not all scans are in PyMca's tree"
table = QSpecFileWidget.QSpecFileWidget()
table.setDataSource(source)
table.show()
assert table.list.topLevelItemCount() == len(expected), table.list.topLevelItemCount()
plot = ScanWindow.ScanWindow()
plot._addSelection([{"SourceName": [nexus], "SourceType": "HDF5", "Key": selection["key"], "legend": "last", "scanselection": True,
                     "selection": selection, "dataobject": got}])
plot.show()
app.processEvents()
x, y = plot.getActiveCurve()[:2]
same(x, got.x[0], "the curve in PyMca's window")
same(y, got.y[0], "the curve in PyMca's window")
