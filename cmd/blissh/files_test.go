package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestFilesPage writes a scan as docs/files.md says, runs its programs on the
// files, and finds each name of its picture of the tree in the HDF5 file.
func TestFilesPage(t *testing.T) {
	t.Parallel()
	const python = "/usr/bin/python3" // Debian's, which has Debian's modules
	if exec.Command(python, "-c", "import silx.io, h5py").Run() != nil {
		t.Skip("no Python with silx: apt-get install python3-silx python3-h5py")
	}
	needModules(t, "PyMca5.PyMca", "python3-pymca5")
	needProgram(t, "h5repack", "hdf5-tools")
	blocks := map[string][]string{}
	for _, b := range readBlocks(t, filepath.Join(repository(t), "docs", "files.md")) {
		blocks[b.info] = append(blocks[b.info], b.text)
	}
	programs := blocks["python"]
	if len(programs) != 3 || len(blocks["tree"]) != 1 || len(blocks[""]) != 1 {
		t.Fatalf("other blocks than expected: %d programs", len(programs))
	}
	p := newSavingPlace(t)
	words := strings.Fields(strings.ReplaceAll(blocks[""][0], "'", ""))
	for i, w := range words {
		if w == "/data" {
			words[i] = p.dir
		}
	}
	w := p.start(words[1:]...)
	w.see("^writes spec,csv,hdf5 of demo_session")
	sh := p.start()
	sh.typeLines("amesh(robz, -1, 1, 20, robx, 0, 1, 2, .001, sim_ct_gauss)")
	sh.see(`saved in ` + regexp.QuoteMeta(p.dir) + `/demo_session/\d{8}/demo_session.spec, demo_session_0001_amesh.csv, demo_session.h5$`)
	saved := w.see(`^scan 1: 63 points saved in .*`)
	files := strings.Split(strings.TrimPrefix(saved, "scan 1: 63 points saved in "), ", ")
	spec, csv, h5 := files[0], files[1], files[2]
	for _, c := range []struct{ code, file, want string }{
		{programs[0], h5, "63 points, the highest 23.9"}, {programs[0], h5, "sim_ct_gauss over robz"},
		{programs[1], spec, "['robz', 'robx', 'elapsed_time', 'epoch', 'sim_ct_gauss']"}, {programs[2], csv, "(63, 5)"},
	} {
		out, err := exec.Command(python, "-W", "ignore", "-c", c.code, c.file).CombinedOutput()
		if err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v\n%s\nwant %s", c.file, err, out, c.want)
		}
	}
	for program, c := range map[string]struct{ file, want string }{
		"python pymca": {h5, "amesh robz -1 1 20 robx 0 1 2 0.001 over ['/1.1/measurement/robz', '/1.1/measurement/robx']"}, "sh": {"", "amesh robz -1 1 20 robx 0 1 2 0.001"},
	} {
		if len(blocks[program]) != 1 {
			t.Fatalf("%d blocks of %q", len(blocks[program]), program)
		}
		cmd := exec.Command(python, "-W", "ignore", "-c", blocks[program][0], c.file)
		if program == "sh" {
			cmd = exec.Command("sh", "-e", "-c", blocks[program][0])
		}
		cmd.Dir = filepath.Dir(h5)
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), c.want) {
			t.Errorf("%s: %v\n%s\nwant %s", program, err, out, c.want)
		}
	}
	out, err := exec.Command(python, "-c", treeCheck, h5, strings.Join(treePaths(blocks["tree"][0]), " ")).CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}

const treeCheck = `
import sys, h5py
f = h5py.File(sys.argv[1], "r")
paths = sys.argv[2].split()
missing = [p for p in paths if p not in f["1.1"]]
assert len(paths) > 25 and not missing, (len(paths), missing)
`

// treePaths are the paths below the entry in a picture of a tree.
func treePaths(text string) []string {
	var list, above []string
	for _, line := range strings.Split(text, "\n")[2:] {
		bar := strings.LastIndex(line, "── ")
		if bar < 0 {
			continue
		}
		depth := len([]rune(line[:bar]))/4 - 1
		names, _, _ := strings.Cut(line[bar+len("── "):], "  ")
		above = above[:min(depth, len(above))]
		for _, name := range strings.Split(strings.TrimSpace(names), ", ") {
			list = append(list, strings.Join(append(above[:depth:depth], name), "/"))
		}
		above = append(above, strings.TrimSpace(names))
	}
	return list
}

func TestTreePaths(t *testing.T) {
	t.Parallel()
	got := fmt.Sprint(treePaths("/  NXroot\n└── 12.1   NXentry\n    ├── a, b    text\n    ├── c   NX\n    │   ├── d/e   x\n    └── f  g\n"))
	if got != "[a b c c/d/e f]" {
		t.Error(got)
	}
}
