package hdf5

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

func TestOthersReadAndAreKeptFromWriting(t *testing.T) {
	needs(t)
	path := filepath.Join(t.TempDir(), "data.h5")
	must(t, CreateDisk(path, Attribute{"NX_class", "NXroot"}))
	if err := CreateDisk(path); !errors.Is(err, os.ErrExist) {
		t.Errorf("a second one: %v", err)
	}
	d, err := OpenDisk(path)
	must(t, err)
	if _, err := OpenDisk(path); !errors.Is(err, ErrInUse) {
		t.Errorf("a second writer: %v", err)
	}
	h5py(t, path, "r", `assert f.attrs["NX_class"] == "NXroot"`)
	open := []string{"-c", "import h5py, sys; h5py.File(sys.argv[1], 'r+')", path}
	if exec.Command(python, open...).Run() == nil {
		t.Error("h5py opened the file for writing")
	}
	must(t, d.Close())
	run(t, python, open...)
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestAFileInUseByAnotherProgramIsLeftAlone(t *testing.T) {
	needs(t)
	path := filepath.Join(t.TempDir(), "data.h5")
	must(t, CreateDisk(path))
	cmd := exec.Command(python, "-c", "import h5py, sys; f = h5py.File(sys.argv[1], 'r+'); print(1, flush=True); input()", path)
	in, err := cmd.StdinPipe()
	must(t, err)
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenDisk(path); !errors.Is(err, ErrInUse) {
		t.Errorf("a file that h5py writes: %v", err)
	}
	must(t, in.Close())
	cmd.Wait()
	d, err := OpenDisk(path)
	must(t, err)
	d.Close()
}
