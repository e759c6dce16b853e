package writer

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
	"blissh/internal/redistest"
)

var le = binary.LittleEndian

// python runs a program, which must not fail, and returns what it prints.
func (l *line) python(code string, args ...string) string {
	l.Helper()
	out, err := exec.Command(python, append([]string{"-W", "ignore", "-c", code}, args...)...).CombinedOutput()
	if err != nil {
		l.Fatalf("%v\n%s", err, out)
	}
	return string(out)
}

// TestMain is also the writer that is killed.
func TestMain(m *testing.M) {
	url := os.Getenv("WRITER_TEST_STORE")
	if url == "" {
		os.Exit(m.Run())
	}
	db, err := store.Open(context.Background(), url)
	if err == nil {
		err = Run(context.Background(), db, options(os.Getenv("WRITER_TEST_ROOT"), func(line string) { fmt.Println(line) }))
	}
	fmt.Println(err)
	os.Exit(1)
}

func options(root string, say func(string)) Options {
	formats, err := file.Named("spec,csv,hdf5")
	if err != nil {
		panic(err)
	}
	return Options{Session: "demo_session", Formats: formats, Place: Place{root, "{session}"}, Self: store.Writer{Host: "h", PID: os.Getpid(), Root: root}, Say: say}
}

// line is a beamline without devices: it publishes scans.
type line struct {
	*testing.T
	url, root string
	db        *store.DB
	scans     []*data.Scan
	known     map[string]stream // of scans that have ended
}

func newLine(t *testing.T) *line { return lineAt(t, redistest.Embedded(t)) }

// lineAt is a beamline at a store of any kind.
func lineAt(t *testing.T, url string) *line {
	db, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &line{T: t, url: url, root: t.TempDir(), db: db, known: map[string]stream{}}
}

// running is a scan that is being published.
type running struct {
	*line
	scan *data.Scan
	p    *store.Publisher
	n    int
}

func (l *line) begin() *running {
	l.Helper()
	n := len(l.scans) + 1
	zero := 0.25
	s := &data.Scan{
		Session: "demo_session", UID: fmt.Sprint("u", n), Number: n, Name: "ascan", Title: fmt.Sprintf("ascan robz 0 %d 100 0.001", n),
		User: "opid00", Host: "h", Start: time.Now(), Planned: 100, Save: true, Moving: []string{"robz"}, Axes: []data.Axis{{Name: "robz", Unit: "mm", Start: &zero}},
		Channels: []data.Channel{
			{Name: "robz", Unit: "mm", DType: "<f8", Role: "axis"}, {Name: "camera", DType: "<u2", Shape: []int{16, 40}, Role: "counter"},
			{Name: "elapsed_time", Unit: "s", DType: "<f8", Role: "timer"}, {Name: "counts", DType: "<u4", Role: "counter"}, {Name: "mca", DType: "<u4", Shape: []int{8}, Role: "counter"},
		},
	}
	p, err := l.db.Publish(l.Context(), s, store.PublishOptions{})
	if err != nil {
		l.Fatal(err)
	}
	l.scans = append(l.scans, s)
	r := &running{line: l, scan: s, p: p}
	r.put(&data.NewNode{Node: data.ScanNode(s)})
	r.put(&data.Prepared{Node: data.ScanNode(s)})
	return r
}

func (r *running) put(e data.Event) {
	r.Helper()
	if err := r.p.Put(r.Context(), e); err != nil {
		r.Fatalf("put %T: %v", e, err)
	}
}

func (r *running) take(n int) {
	r.Helper()
	for range n {
		row := &data.Row{Index: r.n, Time: time.Now(), Values: []float64{float64(r.n) * 0.1, float64(r.n) * 0.001, float64(r.n * r.n)}}
		for _, c := range r.scan.Channels {
			if !c.Scalar() {
				a := data.Array{DType: c.DType, Shape: c.Shape}
				for k := range c.PointSize() / data.ItemSize(c.DType) {
					a.Bytes = data.Append(a.Bytes, c.DType, float64((r.n*31+k)%997))
				}
				row.Arrays = append(row.Arrays, a)
			}
		}
		r.put(row)
		r.n++
	}
}

func (r *running) end(outcome data.Outcome, reason string) {
	r.Helper()
	r.scan.Outcome, r.scan.Reason, r.scan.Taken, r.scan.End = outcome, reason, r.n, time.Now()
	r.put(&data.EndScan{Node: data.ScanNode(r.scan), Outcome: outcome, Reason: reason, Points: r.n})
}

// eventually waits for a condition, generously.
func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(60 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within 60 s: %s", what)
}

func (l *line) saved(s *data.Scan) store.Saved {
	v, err := l.db.Saved(l.Context(), s.Session, s.UID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		l.Fatal(err)
	}
	return v
}

func (l *line) complete(s *data.Scan) {
	l.Helper()
	eventually(l.T, fmt.Sprintf("scan %d is complete in files", s.Number), func() bool { return l.saved(s).Complete })
}

// writing runs a writer in this process; it ends with the test, or by stop.
func (l *line) writing(say func(string)) (stop func()) {
	ctx, cancel := context.WithCancel(l.Context())
	done := make(chan error, 1)
	db, err := store.Open(ctx, l.url)
	if err != nil {
		l.Fatal(err)
	}
	go func() { done <- Run(ctx, db, options(l.root, say)) }()
	stop = func() {
		cancel()
		if err, ok := <-done; ok && !errors.Is(err, context.Canceled) {
			l.Errorf("the writer ended: %v", err)
		}
		db.Close()
	}
	return stop
}

// process is a writer in a process of its own.
type process struct{ cmd *exec.Cmd }

func (l *line) process() *process {
	l.Helper()
	p := &process{cmd: exec.Command(os.Args[0])}
	p.cmd.Env = append(os.Environ(), "WRITER_TEST_STORE="+l.url, "WRITER_TEST_ROOT="+l.root)
	if err := p.cmd.Start(); err != nil {
		l.Fatal(err)
	}
	l.Cleanup(p.kill)
	return p
}

func (p *process) kill() {
	p.cmd.Process.Kill()
	p.cmd.Wait()
}

// stream is a scan as the store has it, read with nothing that the writer uses.
type stream struct {
	Number  int              `json:"number"`
	Title   string           `json:"title"`
	Reason  string           `json:"reason"`
	Points  int              `json:"points"`
	Values  map[string][]any `json:"values"`
	Shapes  map[string][]int `json:"shapes"`
	Running bool             `json:"running"` // more may come: Points is the least
	Perhaps bool             `json:"perhaps"` // it need not be in the files
}

func (l *line) stream(s *data.Scan) stream {
	l.Helper()
	if x, ok := l.known[s.UID]; ok {
		return x
	}
	x := stream{Number: s.Number, Title: s.Title, Reason: string(s.Outcome), Values: map[string][]any{}, Shapes: map[string][]int{}, Running: s.Outcome == ""}
	if s.Reason != "" {
		x.Reason += ": " + s.Reason
	}
	columns, err := l.db.Columns(l.Context(), s)
	if err != nil {
		l.Fatal(err)
	}
	x.Points = len(columns["robz"])
	for _, c := range s.Channels {
		x.Shapes[c.Name] = append([]int{}, c.Shape...)
		x.Values[c.Name] = l.values(s, c, columns[c.Name], x.Points)
	}
	if !x.Running {
		l.known[s.UID] = x
	}
	return x
}

// values are those of a data channel, a list for each array.
func (l *line) values(s *data.Scan, c data.Channel, column []float64, n int) []any {
	l.Helper()
	list := []any{}
	for _, v := range column {
		list = append(list, v)
	}
	if c.Scalar() || n == 0 {
		return list
	}
	arrays, err := l.db.Arrays(l.Context(), data.ChannelNode(s, c), 0, n)
	if err != nil {
		l.Fatal(err)
	}
	for _, a := range arrays {
		values, _ := a.Floats()
		list = append(list, values)
	}
	return list
}

func isOneLine(text string) bool { return text != "" && !strings.Contains(text, "\n") }
