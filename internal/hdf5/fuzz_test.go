package hdf5

import (
	"os"
	"path/filepath"
	"testing"
)

// walk reads all that a file has, as far as it can be read; so many objects at most,
// for a damaged one may lead in circles.
func walk(f *File, n *Node, left *int) {
	*left--
	for _, m := range n.header.messages {
		n.Attribute(attributeName(m))
	}
	if !n.Group() {
		n.Value()
		if shape, err := n.Shape(); err == nil && len(shape) > 0 {
			n.Bytes(0, min(shape[0], 3))
			n.Bytes(max(shape[0]-3, 0), min(shape[0], 3))
		}
		f.openColumn(n.Path)
		return
	}
	for _, name := range n.Members() {
		if m, err := n.Member(name); err == nil && *left > 0 {
			walk(f, m, left)
		}
	}
}

// seeds are files of ours, of h5py and of h5repack.
func seeds(f *testing.F) (list [][]byte) {
	file, path := newFile(f)
	g, table := everything(file)
	must(f, file.Add("/1.1", g))
	must(f, table.Append(12, rows(0, 12)...))
	must(f, file.SetText("default", "1.1"))
	must(f, file.Close())
	packed, theirs := filepath.Join(f.TempDir(), "packed.h5"), filepath.Join(f.TempDir(), "theirs.h5")
	run(f, "h5repack", path, packed)
	h5py(f, theirs, "w", `
f["a/b"] = np.arange(5); f["a"].attrs["x"] = "text"; f["link"] = h5py.SoftLink("/a/b"); f["strings"] = ["a", "b"]
f.create_dataset("c", data=np.arange(100), chunks=(10,), maxshape=(None,), compression="gzip", shuffle=True)`)
	for _, p := range []string{path, packed, theirs} {
		b, err := os.ReadFile(p)
		must(f, err)
		list = append(list, b)
	}
	return list
}

// FuzzOpen opens and reads anything: it must not panic, nor write, nor take more
// memory than the file can have.
func FuzzOpen(f *testing.F) {
	needs(f)
	for _, b := range seeds(f) {
		f.Add(b, 0, byte(0))
	}
	f.Fuzz(func(t *testing.T, b []byte, at int, with byte) {
		if at > 0 && len(b) > 0 {
			b[at%len(b)] ^= with
		}
		m := &memory{b: b, blocks: map[int64]bool{}}
		file, err := Open(m)
		if err == nil {
			if root, err := file.Find("/"); err == nil {
				left := 200
				walk(file, root, &left)
			}
		}
		if len(m.record) > 0 {
			t.Errorf("%d writes", len(m.record))
		}
	})
}
