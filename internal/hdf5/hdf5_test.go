package hdf5

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// everything is a group with one of each thing that can be written.
func everything(f *File) (*Group, *Table) {
	long := strings.Repeat("steered to a new range; ", 200)
	shared := &Data{Value: 1.5, Attributes: []Attribute{{"units", "mm"}}}
	g := &Group{Room: 500, Attributes: []Attribute{
		{"NX_class", "NXentry"}, {"empty", ""}, {"text", "Å ψ 中文"}, {"list", []string{"a", "", "中"}}, {"none", []string{}},
		{"number", 2.5}, {"numbers", []float64{1, math.Inf(1), -3}}, {"count", -7}, {"counts", []int{1, 2}}, {"long", long},
	}}
	for i := range 25 {
		g.Attributes = append(g.Attributes, Attribute{fmt.Sprintf("more_%d", i), i})
	}
	g.Put("title", &Data{Value: "ascan robz"}).Put("names", &Data{Value: []string{"x", "", "long " + long}})
	g.Put("position", shared).Put("same", shared).Put("soft", Soft("/1.1/position")).Put("dangling", Soft("nowhere"))
	g.Put("matrix", &Data{Type: Int(2, false), Shape: []int{2, 3}, Bytes: []byte{1, 0, 2, 0, 3, 0, 4, 0, 5, 0, 6, 1}})
	g.Put("nothing", &Data{Type: Float(8), Shape: []int{0}})
	g.Put("label", &Data{Type: FixedText(4), Shape: []int{2}, Bytes: []byte("ab\x00\x00abcd")})
	columns := map[string]*Column{
		"x": {Type: Float(8), Rows: 7, Attributes: []Attribute{{"units", "mm"}}}, "n": {Type: Int(4, true), Rows: 100}, "s": {Type: Float(4), Rows: 1},
		"mca": {Type: Int(4, false), Shape: []int{16}, Rows: 5}, "image": {Type: Int(2, false), Shape: []int{12, 10}, Deflate: true},
		"byte": {Type: Int(1, false), Rows: 3},
	}
	m := &Group{}
	var list []*Column
	for _, name := range names {
		m.Put(name, columns[name])
		list = append(list, columns[name])
	}
	return g.Put("measurement", m), f.NewTable(list...)
}

var names = []string{"x", "n", "s", "mca", "image", "byte"}

// rows are the blocks of n rows from first on, which checkRows expects.
func rows(first, n int) [][]byte {
	b := make([][]byte, len(names))
	for i := first; i < first+n; i++ {
		b[0] = append(b[0], floats(float64(i)*0.5)...)
		b[1] = append(b[1], u32(-i)...)
		b[2] = append(b[2], u32(int(math.Float32bits(float32(i))))...)
		for k := range 16 {
			b[3] = append(b[3], u32(i*16+k)...)
		}
		for k := range 120 {
			b[4] = append(b[4], u16((i+k*k*7919*(i%3))&0xffff)...) // some do not compress
		}
		b[5] = append(b[5], byte(i))
	}
	return b
}

const checkRows = `
def check(m, least=0):
    lengths = {k: len(m[k]) for k in m}
    n = m["x"].shape[0]
    assert set(lengths.values()) == {n}, "ragged: %s" % lengths
    assert n >= least, (n, least)
    i = np.arange(n)
    assert np.array_equal(m["x"][()], i * 0.5)
    assert np.array_equal(m["n"][()], -i) and m["n"].dtype == "<i4"
    assert np.array_equal(m["s"][()], i) and m["s"].dtype == "<f4"
    assert np.array_equal(m["mca"][()], np.arange(n * 16).reshape(n, 16))
    k = np.arange(120)
    want = (i[:, None] + k * k * 7919 * (i[:, None] % 3)) & 0xffff
    assert np.array_equal(m["image"][()].reshape(n, 120), want) and m["image"].dtype == "<u2"
    assert np.array_equal(m["byte"][()], i % 256)
    return n
`

func TestH5pyReadsEverything(t *testing.T) {
	needs(t)
	f, path := newFile(t, Attribute{"default", "1.1"}, Attribute{"creator", "blissh"})
	g, table := everything(f)
	must(t, f.Add("/1.1", g))
	for i := 0; i < 300; i += 3 {
		must(t, table.Append(3, rows(i, 3)...))
	}
	must(t, f.Close())
	h5py(t, path, "r", checkRows+`
assert f.attrs["default"] == "1.1" and f.attrs["creator"] == "blissh", dict(f.attrs)
e = f["1.1"]
a = dict(e.attrs)
assert a["NX_class"] == "NXentry" and a["empty"] == "" and a["text"] == "Å ψ 中文", a
assert list(a["list"]) == ["a", "", "中"] and len(a["none"]) == 0
assert a["number"] == 2.5 and list(a["numbers"]) == [1, np.inf, -3] and a["count"] == -7 and list(a["counts"]) == [1, 2]
assert a["long"] == "steered to a new range; " * 200 and [a["more_%d" % i] for i in range(25)] == list(range(25))
assert e["title"].asstr()[()] == "ascan robz" and list(e["names"].asstr()[()][:2]) == ["x", ""]
assert e["position"][()] == 1.5 and e["position"].attrs["units"] == "mm"
assert e["same"] == e["position"] and e["soft"] == e["position"] and h5py.h5o.get_info(e["same"].id).rc == 2
assert e.get("dangling", getlink=True).path == "nowhere"
assert e["matrix"][()].tolist() == [[1, 2, 3], [4, 5, 262]] and e["nothing"].shape == (0,)
assert e["label"][()].tolist() == [b"ab", b"abcd"]
assert e["measurement/image"].compression == "gzip" and e["measurement/x"].maxshape == (None,)
assert check(e["measurement"]) == 300
`)
	checkTools(t, path)
}

// checkTools lets the programs of Debian read all of a file.
func checkTools(t testing.TB, path string) {
	t.Helper()
	run(t, "h5dump", path)
	packed := filepath.Join(t.TempDir(), "packed.h5")
	run(t, "h5repack", path, packed)
	run(t, "h5diff", path, packed) // its exit code says whether they differ
}

func TestColumnsOfManyChunksAndLevels(t *testing.T) {
	needs(t)
	f, path := newFile(t)
	c := &Column{Type: Int(4, false), Rows: 1}
	table := f.NewTable(c)
	must(t, f.Add("/deep", c))
	n := fanOut*fanOut + 3*fanOut + 5 // three levels
	for i := range n {
		must(t, table.Append(1, u32(i)))
	}
	must(t, f.Close())
	h5py(t, path, "r", fmt.Sprintf("assert np.array_equal(f['deep'][()], np.arange(%d))", n))
	checkTools(t, path)
	d, err := reopen(t, path).Find("/deep")
	must(t, err)
	b, err := d.Bytes(n-3, 3)
	must(t, err)
	if want := join(u32(n-3), u32(n-2), u32(n-1)); !reflect.DeepEqual(b, want) {
		t.Errorf("the last rows are %v, want %v", b, want)
	}
}

func TestOurReaderReadsWhatWeWrote(t *testing.T) {
	f, path := newFile(t)
	g, table := everything(f)
	must(t, f.Add("1.1", g))
	must(t, table.Append(40, rows(0, 40)...))
	must(t, f.Close())
	f = reopen(t, path)
	for at, want := range map[string]any{
		"/1.1/title": "ascan robz", "/1.1/soft": 1.5, "/1.1/matrix": []int{1, 2, 3, 4, 5, 262}, "/1.1/label": []string{"ab", "abcd"}, "/1.1/nothing": []float64{},
	} {
		n, err := f.Find(at)
		must(t, err)
		if got, err := n.Value(); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s is %v, %v; want %v", at, got, err, want)
		}
	}
	e, err := f.Find("/1.1")
	must(t, err)
	for _, a := range g.Attributes {
		if got, err := e.Attribute(a.Name); err != nil || fmt.Sprint(got) != fmt.Sprint(a.Value) {
			t.Errorf("attribute %s is %v, %v; want %v", a.Name, got, err, a.Value)
		}
	}
	for i, name := range names {
		n, err := f.Find("/1.1/measurement/" + name)
		must(t, err)
		if got, err := n.Bytes(0, 40); err != nil || !reflect.DeepEqual(got, rows(0, 40)[i]) {
			t.Errorf("%s is not what was written: %v", name, err)
		}
	}
	for _, at := range []string{"/1.1/dangling", "/2.1", "/1.1/title/x"} {
		if _, err := f.Find(at); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %v", at, err)
		}
	}
}

func TestAddingLeavesTheRestAsItIs(t *testing.T) {
	needs(t)
	f, path := newFile(t)
	g, table := everything(f)
	must(t, f.Add("/1.1", g))
	must(t, table.Append(20, rows(0, 20)...))
	must(t, f.Close())
	before, err := os.ReadFile(path)
	must(t, err)
	for i := 2; i < 150; i++ { // the root group has to be written anew on the way
		f := reopen(t, path)
		must(t, f.Add(fmt.Sprintf("/%d.1", i), (&Group{}).Put("title", &Data{Value: fmt.Sprint("scan ", i)})))
		must(t, f.Close())
	}
	if err := reopen(t, path).Add("/7.1", &Group{}); err == nil || !strings.Contains(err.Error(), "in the file already") {
		t.Errorf("a name that is taken: %v", err)
	}
	h5py(t, path, "r", checkRows+`
assert check(f["1.1/measurement"]) == 20
assert sorted(f) == sorted("%d.1" % i for i in range(1, 150))
assert all(f["%d.1/title" % i].asstr()[()] == "scan %d" % i for i in range(2, 150))`)
	checkTools(t, path)
	after, err := os.ReadFile(path)
	must(t, err)
	from := int(pad(superSize)) + prefixSize + rootRoom + 200 // behind superblock and root group
	if used := len(before) - closedMargin - closedAhead; !reflect.DeepEqual(after[from:used], before[from:used]) {
		t.Error("what had been in the file was changed")
	}
}

func TestAnotherProgramEditsTheFileAndWeGoOn(t *testing.T) {
	needs(t)
	f, path := newFile(t)
	g, table := everything(f)
	must(t, f.Add("/1.1", g))
	must(t, table.Append(20, rows(0, 20)...))
	must(t, f.Close())
	h5py(t, path, "r+", `
f["1.1"].attrs["comment"] = "a comment"
f["1.1"].attrs.modify("NX_class", "NXentry, edited")
for i in range(30):
    f["1.1"].create_dataset("extra_%d" % i, data=np.arange(5))
    f.create_group("group_%d" % i)
    f["1.1"].attrs["a_%d" % i] = i
f["1.1/measurement/x"].resize((25,))
f["1.1/measurement/x"][20:] = 9
`)
	checkTools(t, path)
	f = reopen(t, path)
	g, table = everything(f)
	must(t, f.Add("/2.1", g))
	must(t, table.Append(50, rows(0, 50)...))
	must(t, f.Close())
	h5py(t, path, "r", checkRows+`
assert check(f["2.1/measurement"]) == 50
assert f["1.1"].attrs["comment"] == "a comment" and len(f) == 32 and f["1.1/extra_29"][4] == 4
assert f["1.1/measurement/x"][20:].tolist() == [9] * 5`)
	checkTools(t, path)
}

func TestMembersAndTextThatComeLater(t *testing.T) {
	needs(t)
	f, path := newFile(t, Attribute{"default", "1.1"})
	g, _ := everything(f)
	must(t, f.Add("/1.1", g))
	must(t, f.SetText("default", "2.1, now"))
	must(t, f.SetText("another", ""))
	for range 2 { // the second time they are there
		must(t, f.AddTo("/1.1", Member{"end_time", &Data{Value: "2026-11-28"}}, Member{"duration", &Data{Value: 2.5, Attributes: []Attribute{{"units", "s"}}}}))
	}
	must(t, f.Close())
	h5py(t, path, "r", `
assert f.attrs["default"] == "2.1, now" and f.attrs["another"] == "" and len(f.attrs) == 2
assert f["1.1/end_time"].asstr()[()] == "2026-11-28" and f["1.1/duration"].attrs["units"] == "s"`)
	checkTools(t, path)
}

func TestWhatCannotBeWrittenIsRefused(t *testing.T) {
	f, _ := newFile(t)
	for _, o := range []Object{
		&Group{Attributes: []Attribute{{"x", struct{}{}}}},
		&Group{Attributes: []Attribute{{"x", make([]float64, 9000)}}},
		(&Group{}).Put("a/b", &Group{}), (&Group{}).Put("", &Group{}),
		(&Group{}).Put("a", &Group{}).Put("a", &Group{}),
		&Data{Value: true}, &Data{Type: Float(8), Shape: []int{3}, Bytes: make([]byte, 8)}, &Column{Type: Float(8)},
	} {
		if err := f.Add("/x", o); err == nil {
			t.Errorf("%+v was written", o)
		}
		if root, _ := f.Find("/"); root.Has("x") {
			t.Fatalf("%+v is in the file", o)
		}
	}
	if err := f.Add("/no/such/place", &Group{}); !errors.Is(err, ErrNotFound) {
		t.Errorf("a place that is not there: %v", err)
	}
	c := &Column{Type: Float(8), Rows: 4}
	table := f.NewTable(c)
	must(t, f.Add("/c", c))
	if err := table.Append(2, make([]byte, 8)); err == nil || table.Rows() != 0 {
		t.Errorf("half a block: %v", err)
	}
}

func TestDamagedAndForeignFilesAreRefusedAndLeftAlone(t *testing.T) {
	needs(t)
	f, path := newFile(t)
	g, _ := everything(f)
	must(t, f.Add("/1.1", g))
	must(t, f.Close())
	whole, err := os.ReadFile(path)
	must(t, err)
	newest := filepath.Join(t.TempDir(), "newest.h5")
	run(t, python, "-c", "import h5py, sys; h5py.File(sys.argv[1], 'w', libver='latest')['x'] = 1", newest)
	latest, _ := os.ReadFile(newest)
	zeroed := append([]byte(nil), whole...)
	clear(zeroed[f.root : f.root+64])
	low := append([]byte(nil), whole...)
	le.PutUint64(low[eofAt:], 5000)
	rank := append([]byte(nil), whole...)
	rank[18] = 0 // what a node of a group holds
	for name, c := range map[string]struct {
		bytes []byte
		want  error
	}{
		"cut off": {whole[:len(whole)-closedMargin-10], ErrDamaged}, "empty": {nil, ErrDamaged}, "text": {[]byte(strings.Repeat("#S 1 ascan\n", 50)), ErrDamaged},
		"root zeroed": {zeroed, ErrDamaged}, "end too low": {low, ErrDamaged}, "superblock": {rank, ErrDamaged}, "latest": {latest, ErrForeign},
	} {
		path := filepath.Join(t.TempDir(), "bad.h5")
		must(t, os.WriteFile(path, c.bytes, 0o644))
		d, err := os.OpenFile(path, os.O_RDWR, 0)
		must(t, err)
		if _, err := Open(Disk{d}); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
		d.Close()
		if after, _ := os.ReadFile(path); string(after) != string(c.bytes) {
			t.Errorf("%s: the file was changed", name)
		}
	}
}

// TestWaysToCompress: images with noise, dark ones, such as do not become smaller and
// those that were in a hurry, in one column.
func TestWaysToCompress(t *testing.T) {
	needs(t)
	f, path := newFile(t)
	c := &Column{Type: Int(2, false), Shape: []int{64, 64}, Deflate: true}
	table := f.NewTable(c)
	must(t, f.Add("/image", c))
	rng := rand.New(rand.NewPCG(1, 2))
	n := 4 * (sameLevel + skipChunks)
	sizes := map[string]int64{}
	for i := range n {
		kind := []string{"noise", "dark", "full", "hurry"}[i*4/n]
		var image []byte
		for k := range 64 * 64 {
			v := map[string]int{"noise": 100 + rng.IntN(16), "dark": k / 4000 * k, "full": rng.IntN(65536), "hurry": 7}[kind]
			image = append(image, u16(v)...)
		}
		image[0], image[1] = byte(i), byte(i>>8)
		table.Hurry(kind == "hurry")
		before := f.used
		must(t, table.Append(1, image))
		sizes[kind] += f.used - before
	}
	must(t, f.Close())
	t.Logf("bytes of each kind, of %d: %v", n/4*8192, sizes)
	if sizes["dark"] > sizes["noise"]/2 || sizes["noise"] > sizes["full"]/2 || sizes["hurry"] < int64(n/4*8192) {
		t.Errorf("bytes of each kind: %v", sizes)
	}
	h5py(t, path, "r", fmt.Sprintf(`
x = f["image"][()].reshape(%d, -1)
assert (x[:, 0] == np.arange(len(x))).all()
q = len(x) // 4
assert x[:q, 1:].min() >= 100 and x[:q].max() >= 115 and (x[q:2*q, 1:4000] == 0).all() and (x[q:2*q, 4000:] == np.arange(4000, 4096)).all() and (x[3*q:, 1:] == 7).all()`, n))
	checkTools(t, path)
}
