package writer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"

	"github.com/redis/go-redis/v9"
)

// large are whole numbers that a float64 does not hold.
var large = struct {
	signed   []int64
	unsigned []uint64
}{[]int64{1<<53 + 77777, -1<<63 + 1, 1<<63 - 1}, []uint64{1<<53 + 77777, 1<<64 - 1, 1<<63 + 1}}

// published makes a scan with such numbers, as a program of another language does:
// in the stream they are bytes.
func (l *line) published() *data.Scan {
	l.Helper()
	n := len(l.scans) + 1
	s := &data.Scan{
		Session: "demo_session", UID: fmt.Sprint("u", n), Number: n, Name: "ascan", Title: "ascan robz 0 1 2 0.001", Start: time.Now(), Planned: 3, Save: true, Moving: []string{"robz"},
		Channels: []data.Channel{
			{Name: "robz", DType: "<f8", Role: "axis"}, {Name: "counts", DType: "<i8", Role: "counter"}, {Name: "mca", DType: "<u8", Shape: []int{3}, Role: "counter"}, {Name: "clock", DType: "<u8", Role: "counter"},
		},
	}
	p, err := l.db.Publish(l.Context(), s, store.PublishOptions{})
	if err != nil {
		l.Fatal(err)
	}
	l.scans = append(l.scans, s)
	r := &running{line: l, scan: s, p: p}
	r.put(&data.NewNode{Node: data.ScanNode(s)})
	var spectrum []byte
	for _, u := range large.unsigned {
		spectrum = le.AppendUint64(spectrum, u)
	}
	for i := range large.signed {
		r.put(&data.Row{Index: i, Time: time.Now(), Values: []float64{float64(i), 0, 0}, Arrays: []data.Array{{DType: "<u8", Shape: []int{3}, Bytes: spectrum}}})
	}
	r.n = len(large.signed)
	r.end(data.Done, "")
	l.enlarge(s)
	return s
}

// enlarge writes the stream of a scan anew, with the large numbers.
func (l *line) enlarge(s *data.Scan) {
	l.Helper()
	o, err := redis.ParseURL(l.url)
	if err != nil {
		l.Fatal(err)
	}
	raw := redis.NewClient(o)
	defer raw.Close()
	key := "blissh:{demo_session}:scan:" + s.UID + ":stream"
	entries, err := raw.XRange(l.Context(), key, "-", "+").Result()
	if err != nil || raw.Del(l.Context(), key).Err() != nil {
		l.Fatalf("%v", err)
	}
	k := 0
	for _, e := range entries {
		if old, ok := e.Values["counts"].(string); ok {
			var counts, clock []byte
			for range len(old) / 8 {
				counts, clock = le.AppendUint64(counts, uint64(large.signed[k])), le.AppendUint64(clock, large.unsigned[k])
				k++
			}
			e.Values["counts"], e.Values["clock"] = counts, clock
		}
		if err := raw.XAdd(l.Context(), &redis.XAddArgs{Stream: key, ID: e.ID, Values: e.Values}).Err(); err != nil {
			l.Fatal(err)
		}
	}
}

const checkLarge = `
import sys, h5py
folder, signed, unsigned = sys.argv[1], [int(x) for x in sys.argv[2].split()], [int(x) for x in sys.argv[3].split()]
m = h5py.File(folder + "/demo_session.h5", "r")["1.1/measurement"]
assert m["counts"].dtype == "<i8" and m["counts"][()].tolist() == signed, m["counts"][()]
assert m["clock"].dtype == "<u8" and m["clock"][()].tolist() == unsigned, m["clock"][()]
assert m["mca"].dtype == "<u8" and m["mca"][()].tolist() == [unsigned] * 3, m["mca"][()]
spec = [l.split() for l in open(folder + "/demo_session.spec") if l[0] not in "#\n"]
assert [[int(w) for w in l[1:]] for l in spec[::2]] == [list(x) for x in zip(signed, unsigned)], spec
assert [[int(w) for w in l[1:]] for l in spec[1::2]] == [unsigned] * 3 and spec[1][0] == "@A", spec
rows = [l.strip().split(",") for l in open(folder + "/demo_session_0001_ascan.csv") if l[0] != "#"][1:]
assert [[int(w) for w in r[1:]] for r in rows] == [list(x) for x in zip(signed, unsigned)], rows
`

func TestWholeNumbersPassThroughNoFloat(t *testing.T) {
	needsSilx(t)
	l := newLine(t)
	s := l.published()
	stop := l.writing(func(string) {})
	l.complete(s)
	stop()
	folder := filepath.Join(l.root, "demo_session")
	l.python(checkLarge, folder, strings.Trim(fmt.Sprint(large.signed), "[]"), strings.Trim(fmt.Sprint(large.unsigned), "[]"))
	for _, name := range []string{"demo_session.h5", "demo_session.spec", "demo_session_0001_ascan.csv"} {
		path := filepath.Join(folder, name)
		if list := l.verify(path); len(list) != 1 || list[0] != "" {
			t.Errorf("%s: %q", name, list)
		}
		whole, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		old, other := "9007199254818769", "9007199254818768"
		if strings.HasSuffix(name, "h5") {
			old, other = string(le.AppendUint64(nil, 1<<53+77777)), string(le.AppendUint64(nil, 1<<53+77776))
		}
		changed := strings.Replace(string(whole), old, other, 1) // the same in a float64
		if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
			t.Fatal(err)
		}
		if list := l.verify(path); !strings.Contains(list[0], "is 9007199254818768 in the file and 9007199254818769 in the stream") {
			t.Errorf("%s: %q", name, list)
		}
	}
}

// TestVerifyOfAScanThatRuns compares what the files have so far.
func TestVerifyOfAScanThatRuns(t *testing.T) {
	l := newLine(t)
	stop := l.writing(func(string) {})
	r := l.begin()
	r.take(7)
	eventually(t, "its points are in files", func() bool { return l.saved(r.scan).Points == 7 })
	folder := filepath.Join(l.root, "demo_session")
	for _, name := range []string{"demo_session.h5", "demo_session.spec", "demo_session_0001_ascan.csv"} {
		path := filepath.Join(folder, name)
		if list := l.verify(path); len(list) != 1 || list[0] != "still running, 7 points so far, all as in the store" {
			t.Errorf("%s: %q", name, list)
		}
		found, err := file.Look(path)
		if err != nil {
			t.Fatal(err)
		}
		found[0].Points = 5 // a file that was looked at two points ago
		if err := Verify(t.Context(), l.db, "demo_session", found[0]); !errors.Is(err, ErrRunning) || !strings.Contains(err.Error(), "5 points") {
			t.Errorf("%s: %v", name, err)
		}
	}
	r.take(3)
	r.end(data.Stopped, "by hook x")
	l.complete(r.scan)
	stop()
	for _, name := range []string{"demo_session.h5", "demo_session.spec", "demo_session_0001_ascan.csv"} {
		if list := l.verify(filepath.Join(folder, name)); len(list) != 1 || list[0] != "" {
			t.Errorf("%s: %q", name, list)
		}
	}
}

// TestVerifyOfAScanThatWasBegunAgain cuts a scan of a SPEC file short and puts others
// behind it: it is written again there, and the beginning is told from a difference.
func TestVerifyOfAScanThatWasBegunAgain(t *testing.T) {
	l := newLine(t)
	spec := options(l.root, func(string) {})
	spec.Formats = file.Formats[:1]
	for _, n := range []int{30, 4} {
		r := l.begin()
		r.take(n)
		r.end(data.Done, "")
	}
	path := filepath.Join(l.root, "demo_session", "demo_session.spec")
	export := func(i int) {
		t.Helper()
		if _, err := Export(t.Context(), l.db, l.scans[i], spec); err != nil {
			t.Fatal(err)
		}
	}
	export(0)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	cut := strings.Index(string(whole), "\n0.5 0.005 25\n") // point 5
	if err := os.WriteFile(path, whole[:cut+1], 0o644); err != nil {
		t.Fatal(err)
	}
	export(1)
	export(0)
	found, err := file.Look(path)
	if err != nil || len(found) != 3 || found[0].Points != 5 || found[0].Again != "1.2" || found[1].Again != "" || found[2].Again != "" || found[2].Name != "1.2" {
		t.Fatalf("%v, %+v", err, found)
	}
	if list := l.verify(path); strings.Join(list, "") != "" {
		t.Errorf("%q", list)
	}
	text, _ := os.ReadFile(path)
	changed := strings.Replace(string(text), "\n0.4 0.004 16\n", "\n0.4 0.004 17\n", 1)
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	if list := l.verify(path); list[0] != "point 4: counts is 17 in the file and 16 in the stream" || list[2] != "" {
		t.Errorf("%q", list)
	}
}
