package hdf5

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"blissh/internal/soak"
)

// defaultOf opens a file and returns what its root says; the default and the last
// entry have titles, and all of them if everything is to be read.
func defaultOf(s Storage, everything bool) (name string, entries []string, err error) {
	f, err := Open(s)
	if err != nil {
		return "", nil, err
	}
	root, err := f.Find("/")
	if err != nil {
		return "", nil, err
	}
	v, err := root.Attribute("default")
	if err != nil {
		return "", nil, err
	}
	name, _ = v.(string)
	entries = root.Members()
	for i, e := range entries {
		if e != name && i < len(entries)-1 && !everything {
			continue
		}
		n, err := f.Find("/" + e + "/title")
		if err != nil {
			return "", nil, err
		}
		if v, err := n.Value(); err != nil || v != "scan "+e {
			return "", nil, fmt.Errorf("the title of %s is %v, %w", e, v, err)
		}
	}
	return name, entries, nil
}

func titled(name string) *Group { return (&Group{}).Put("title", &Data{Value: "scan " + name}) }

// addEntries adds entries, each of which becomes the default, whose texts differ in
// length; told hears of each one that is there.
func addEntries(s Storage, from, to int, told func(name string)) error {
	f, err := Open(s)
	if err != nil {
		return err
	}
	for i := from; i < to; i++ {
		name := fmt.Sprintf("%d.1", i*i*i)
		if err := f.Add("/"+name, titled(name)); err != nil {
			return err
		}
		if err := f.SetText("default", name); err != nil {
			return err
		}
		told(name)
	}
	return f.Close()
}

// TestTheRootChangesAtOnce takes a file as it is after each write while entries are
// added and the default is changed, and after each byte of a write that is more than
// a word of eight bytes. It starts with a root group of ours and with one of h5py,
// which is of another kind.
func TestTheRootChangesAtOnce(t *testing.T) {
	needs(t)
	rng := rand.New(rand.NewPCG(soak.Seed(t), 5))
	theirs := filepath.Join(t.TempDir(), "theirs.h5")
	h5py(t, theirs, "w", `
for i in range(40):
    f["entry_%d/title" % i] = "scan entry_%d" % i
f.attrs["default"] = "entry_3"`)
	old, err := os.ReadFile(theirs)
	must(t, err)
	ours := newMemory(0)
	f, err := Create(ours)
	must(t, err)
	must(t, f.Close())
	dir, saved, step := t.TempDir(), 0, soak.Count(499, 61)
	for kind, start := range map[string]*memory{"ours": ours, "theirs": {b: old}} {
		m := start.copy()
		at := map[int]string{0: map[string]string{"theirs": "entry_3"}[kind]}
		must(t, addEntries(m, 1, soak.Count(5, 110), func(name string) { at[len(m.record)] = name }))
		replay := start.copy()
		now, last := at[0], len(m.record)
		check := func(i int, more string) {
			t.Helper()
			name, entries, err := defaultOf(replay, more == "")
			next := now
			for k := i; k <= last && next == now; k++ {
				if n, ok := at[k]; ok {
					next = n
				}
			}
			if err != nil || name != now && name != next || name != "" && !slices.Contains(entries, name) {
				t.Fatalf("%s, write %d%s: default %q of %q, %v; want %q or %q", kind, i, more, name, entries, err, now, next)
			}
			if rng.IntN(12*last) < soak.Count(4, 900) {
				saved++
				replay.save(t, filepath.Join(dir, fmt.Sprintf("%s_%d_%s_%s.h5", kind, saved, now, next)))
			}
		}
		for i, c := range m.record {
			if c.b != nil {
				replay.reach(c.at + int64(len(c.b)))
			}
			if c.b == nil {
				must(t, replay.Truncate(c.at))
			} else if len(c.b) <= 8 && c.at/8 == (c.at+int64(len(c.b))-1)/8 {
				replay.WriteAt(c.b, c.at)
			} else {
				for n := range c.b {
					if replay.WriteAt(c.b[n:n+1], c.at+int64(n)); n%step == 0 || n < 24 {
						check(i, fmt.Sprintf(" byte %d", n))
					}
				}
			}
			if name, ok := at[i+1]; ok {
				now = name
			}
			check(i+1, "")
		}
	}
	out := run(t, python, "-c", `
import sys, os, h5py
for name in os.listdir(sys.argv[1]):
    kind, _, now, then = name[:-3].replace("entry_", "entry-").split("_")
    with h5py.File(os.path.join(sys.argv[1], name), "r") as f:
        for e in f:
            assert f[e]["title"].asstr()[()] == "scan " + e, (name, e)
        d = f.attrs.get("default", "")
        assert d in (now.replace("-", "_"), then.replace("-", "_")) and (d == "" or d in f), (name, d)
print(len(os.listdir(sys.argv[1])))`, dir)
	t.Logf("read by h5py: %s", out)
}

// TestANameThatLeadsElsewhereIsTaken: a member that is in another file keeps its name.
func TestANameThatLeadsElsewhereIsTaken(t *testing.T) {
	needs(t)
	f, path := newFile(t)
	must(t, f.Add("/1.1", &Group{}))
	must(t, f.Close())
	h5py(t, path, "a", `f["2.1"] = h5py.ExternalLink("other.h5", "/1.1")`)
	f = reopen(t, path)
	if err := f.Add("/2.1", &Group{}); err == nil || !strings.Contains(err.Error(), "in the file already") {
		t.Errorf("a name that leads to another file: %v", err)
	}
	must(t, f.Add("/3.1", &Group{}))
	must(t, f.Close())
	h5py(t, path, "r", `assert sorted(f.keys()) == ["1.1", "2.1", "3.1"], list(f.keys())`)
}
