package hdf5

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// python is Debian's, which has Debian's modules.
const python = "/usr/bin/python3"

// needs skips a test on a machine without the programs that scientists use.
func needs(t testing.TB) {
	t.Helper()
	if exec.Command(python, "-c", "import h5py").Run() != nil {
		t.Skip("no Python with h5py: apt-get install python3-h5py")
	}
	for _, p := range []string{"h5dump", "h5repack", "h5diff"} {
		if _, err := exec.LookPath(p); err != nil {
			t.Skip("no " + p + ": apt-get install hdf5-tools")
		}
	}
}

// run runs a program and returns what it prints; it must not fail.
func run(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(name, args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return string(out)
}

// h5py runs Python with h5py and numpy, "f" the file, and the test's own lines.
func h5py(t testing.TB, path, mode, lines string) string {
	t.Helper()
	code := "import sys, h5py, numpy as np\nf = h5py.File(sys.argv[1], sys.argv[2])\n" + lines + "\nf.close()\n"
	return run(t, python, "-c", code, path, mode)
}

// newFile makes a file on the disk; the path can be opened at once.
func newFile(t testing.TB, attributes ...Attribute) (*File, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.h5")
	d, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	f, err := Create(Disk{d}, attributes...)
	if err != nil {
		t.Fatal(err)
	}
	return f, path
}

// reopen opens a file anew, as another process would.
func reopen(t testing.TB, path string) *File {
	t.Helper()
	d, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	f, err := Open(Disk{d})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
