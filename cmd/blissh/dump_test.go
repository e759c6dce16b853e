package main

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/data/store"
	"blissh/internal/embedded"
)

// published is a store with scans that a test publishes, and the place of the
// programs that read them.
type published struct {
	*place
	url string
	db  *store.DB
}

func newPublished(t *testing.T) *published {
	t.Helper()
	s, err := embedded.Start(embedded.Options{Password: "secret"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	db, err := store.Open(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return &published{newPlace(t, "BLISSH_STORE="+s.URL()), s.URL(), db}
}

// putter is a scan that a test publishes.
type putter struct {
	t    *testing.T
	scan *data.Scan
	p    *store.Publisher
	n    int
}

func (p *published) begin(t *testing.T, number int, channels ...data.Channel) *putter {
	t.Helper()
	s := &data.Scan{Session: "demo_session", UID: fmt.Sprintf("u%d", number), Number: number, Name: "ascan", Start: time.Now(), Channels: channels}
	pub, err := p.db.Publish(t.Context(), s, store.PublishOptions{})
	if err != nil {
		t.Fatal(err)
	}
	x := &putter{t, s, pub, 0}
	x.put(&data.NewNode{Node: data.ScanNode(s)})
	x.put(&data.Prepared{Node: data.ScanNode(s)})
	return x
}

func (x *putter) put(e data.Event) {
	x.t.Helper()
	if err := x.p.Put(x.t.Context(), e); err != nil {
		x.t.Fatal(err)
	}
}

func (x *putter) point(values []float64, arrays ...data.Array) {
	x.t.Helper()
	x.put(&data.Row{Index: x.n, Time: time.Now(), Values: values, Arrays: arrays})
	x.n++
	for end := time.Now().Add(testPatience); x.p.Acked() < x.n; time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			x.t.Fatalf("point %d is not acknowledged", x.n-1)
		}
	}
}

func (x *putter) end() {
	x.t.Helper()
	x.scan.Outcome, x.scan.Taken, x.scan.End = data.Done, x.n, time.Now()
	x.put(&data.EndScan{Node: data.ScanNode(x.scan), Outcome: data.Done, Points: x.n})
}

// dump runs `blissh dump` to its end.
func (p *published) dump(args ...string) (out, errs string, status int) {
	var o, e bytes.Buffer
	c := p.command(append([]string{"dump"}, args...)...)
	c.Stdout, c.Stderr = &o, &e
	if err := c.Run(); err != nil && !errors.As(err, new(*exec.ExitError)) {
		p.t.Fatal(err)
	}
	return o.String(), e.String(), c.ProcessState.ExitCode()
}

var everyKind = []data.Channel{
	{Name: "robz", Unit: "mm", DType: "<f8", Role: "axis"},
	{Name: "ratio", DType: "<f4", Role: "counter"},
	{Name: "mca", DType: "<u2", Shape: []int{3}, Role: "counter"},
	{Name: "camera", Unit: "a,b", DType: "<f4", Shape: []int{2, 2}, Role: "counter"},
}

func (x *putter) takeEveryKind(i int) {
	var mca, camera []byte
	for j := range 3 {
		mca = data.Append(mca, "<u2", float64(100*i+j))
	}
	for j := range 4 {
		camera = binary.LittleEndian.AppendUint32(camera, math.Float32bits(float32(i)+float32(j)/10))
	}
	x.point([]float64{math.Nextafter(0.3, 1), math.NaN()},
		data.Array{DType: "<u2", Shape: []int{3}, Bytes: mca}, data.Array{DType: "<f4", Shape: []int{2, 2}, Bytes: camera})
}

const everyKindCSV = `point,robz [mm],ratio,mca(3),"camera(2x2) [a,b]"
0,0.30000000000000004,NaN,0 1 2,0 0.1;0.2 0.3
1,0.30000000000000004,NaN,100 101 102,1 1.1;1.2 1.3
`

func TestAScanIsDumped(t *testing.T) {
	t.Parallel()
	p := newPublished(t)
	s := p.begin(t, 12, everyKind...)
	s.takeEveryKind(0)
	s.takeEveryKind(1)
	for range 2 { // while it runs, and then
		for _, name := range []string{"12", "last", "u12"} {
			if out, errs, status := p.dump("Demo_Session", name); out != everyKindCSV || errs != "" || status != 0 {
				t.Errorf("%s: status %d, %s\n%s", name, status, errs, out)
			}
		}
		if s.scan.Outcome == "" {
			s.end()
		}
	}
	out, _, status := p.dump("demo_session", "12", "--no-arrays")
	if want := "point,robz [mm],ratio\n0,0.30000000000000004,NaN\n1,0.30000000000000004,NaN\n"; out != want || status != 0 {
		t.Errorf("status %d\n%s", status, out)
	}
	out, _, status = p.dump("demo_session", "12", "--json")
	lines := strings.Split(out, "\n")
	if len(lines) != 5 || status != 0 || !strings.HasPrefix(lines[0], `{"type":"scan","scan":{"session":"demo_session","uid":"u12","number":12,`) ||
		lines[2] != `{"index":1,"scan":12,"type":"point","values":{"camera":[[1,1.1],[1.2,1.3]],"mca":[100,101,102],"ratio":null,"robz":0.30000000000000004}}` ||
		lines[3] != `{"outcome":"done","points":2,"reason":"","scan":12,"type":"end"}` {
		t.Errorf("status %d\n%s", status, out)
	}
}

func TestADumpFollowsAScanToItsEnd(t *testing.T) {
	t.Parallel()
	p := newPublished(t)
	s := p.begin(t, 12, everyKind...)
	s.takeEveryKind(0)
	x := p.start("dump", "demo_session", "12", "--follow")
	x.see(`^0,0.3.*;0\.2 0\.3$`)
	s.takeEveryKind(1)
	x.see(`^1,0.3`)
	s.end()
	if status := x.exit(); status != 0 || x.out.String() != everyKindCSV {
		t.Errorf("status %d\n%s", status, x.out.String())
	}
}

func TestADumpThatIsInterruptedIsWholeLines(t *testing.T) {
	t.Parallel()
	p := newPublished(t)
	s := p.begin(t, 12, everyKind...)
	s.takeEveryKind(0)
	for _, args := range [][]string{{"dump", "demo_session", "last", "--follow"}, {"listen", "demo_session", "--data"}, {"listen", "--data"}} {
		x := p.start(args...)
		x.see(`^0,0\.3|robz 0: 0\.3`)
		x.signal(os.Interrupt)
		out := x.out.String()
		if status := x.exit(); status != 130 || !strings.HasSuffix(out, "\n") || strings.Contains(out, "goroutine") {
			t.Errorf("%v: status %d\n%s", args, status, out)
		}
	}
}

func TestWhatIsMissingInADumpIsSaid(t *testing.T) {
	t.Parallel()
	p := newPublished(t)
	s := p.begin(t, 12, everyKind...)
	for i := range 4 {
		s.takeEveryKind(i)
	}
	s.end()
	o, err := redis.ParseURL(p.url)
	if err != nil {
		t.Fatal(err)
	}
	raw := redis.NewClient(o)
	defer raw.Close()
	key := "blissh:{demo_session}:scan:u12"
	raw.XTrimMinID(t.Context(), key+":stream", "3-0")
	raw.XDel(t.Context(), key+":array:mca", "4-0")
	out, errs, status := p.dump("demo_session", "12")
	if status != 1 || !strings.Contains(errs, "points before 2 are no longer in the store\n") || !strings.Contains(errs, "12_ascan:mca: arrays") ||
		!strings.Contains(out, "\n2,0.30000000000000004,NaN,200 201 202,2 2.1;2.2 2.3\n3,0.30000000000000004,NaN,,3 3.1;3.2 3.3\n") {
		t.Errorf("status %d\n%s%s", status, errs, out)
	}
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"demo_session", "13"}, 1, "scan 13 of demo_session: not in the store"},
		{[]string{"nobody", "last"}, 1, "a scan of nobody: not in the store"},
		{[]string{"demo_session", "u9"}, 1, "scan u9 of demo_session: not in the store"},
		{[]string{"demo session", "1"}, 2, `"demo session" is no name of a session`},
		{[]string{"demo_session", "a}:b"}, 2, `"a}:b" is no scan`},
		{[]string{"demo_session"}, 2, "accepts 2 arg(s)"},
	} {
		out, errs, status := p.dump(c.args...)
		if status != c.status || out != "" || !strings.Contains(errs, c.want) || strings.Count(errs, "\n") != 1 {
			t.Errorf("%q: status %d, %q, %q", c.args, status, out, errs)
		}
	}
	if raw.HSet(t.Context(), key, "channels", "[").Err() != nil {
		t.Fatal("the description is not damaged")
	}
	if _, errs, status := p.dump("demo_session", "u12"); status != 1 || !strings.Contains(errs, "demo_session:12_ascan: not as docs/data.md says") {
		t.Errorf("status %d, %q", status, errs)
	}
}

func TestAReaderThatLeavesEndsADumpQuietly(t *testing.T) {
	t.Parallel()
	p := newPublished(t)
	s := p.begin(t, 12, data.Channel{Name: "image", DType: "<u4", Shape: []int{512, 512}}, everyKind[0])
	image := data.Array{DType: "<u4", Shape: []int{512, 512}, Bytes: make([]byte, 512*512*4)}
	for range 8 { // more than a pipe holds
		s.point([]float64{1}, image)
	}
	s.end()
	for _, args := range [][]string{{"dump", "demo_session", "12"}, {"dump", "demo_session", "12", "--json"}, {"listen", "demo_session", "--replay", "--data", "--json"}} {
		var errs bytes.Buffer
		c := p.command(args...)
		c.Stderr = &errs
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReaderSize(out, 16).ReadSlice('\n'); len(line) == 0 {
			t.Fatalf("%v: %v", args, err)
		}
		out.Close()
		c.Wait()
		if ws := c.ProcessState.Sys().(syscall.WaitStatus); !ws.Signaled() || ws.Signal() != syscall.SIGPIPE || errs.Len() > 0 {
			t.Errorf("%v ended with %v, %q", args, c.ProcessState, errs.String())
		}
	}
}

func TestListeningToAllSessions(t *testing.T) {
	t.Parallel()
	p := newPublished(t)
	sessions := map[string]*putter{}
	open := func(name string) {
		h, err := p.db.OpenSession(t.Context(), name, store.Holder{Host: "h", PID: 1, User: "u"}, store.SessionOptions{})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { h.Close(t.Context()) })
		s := &data.Scan{Session: name, UID: "u1", Number: 1, Name: "ascan", Start: time.Now(), Channels: everyKind[:1]}
		pub, err := p.db.Publish(t.Context(), s, store.PublishOptions{})
		if err != nil {
			t.Fatal(err)
		}
		sessions[name] = &putter{t, s, pub, 0}
		sessions[name].put(&data.NewNode{Node: data.ScanNode(s)})
	}
	open("one")
	x := p.start("listen")
	x.see(`^Scan one:1_ascan started$`)
	open("two")
	sessions["two"].end()
	sessions["one"].end()
	x.see(`^Scan two:1_ascan started$`)
	x.see(`^Scan two:1_ascan ends: done, 0 points$`)
	x.see(`^Scan one:1_ascan ends: done, 0 points$`)
	y := p.start("listen", "one", "--scan", "last", "--json")
	if status := y.exit(); status != 0 || strings.Count(y.out.String(), `"event":"end"`) != 1 {
		t.Errorf("status %d\n%s", status, y.out.String())
	}
	for _, args := range [][]string{{"listen", "--scan", "1"}, {"listen", "a b"}, {"listen", "one", "--filter", "x"}} {
		if status := p.start(args...).exit(); status != 2 {
			t.Errorf("%v: status %d", args, status)
		}
	}
}

// TestAScriptWalks runs the walk, the filter and the indices in the interpreter.
func TestAScriptWalks(t *testing.T) {
	t.Parallel()
	p := newPublished(t)
	s := p.begin(t, 1, everyKind...)
	s.takeEveryKind(0)
	s.end()
	s = p.begin(t, 2, append([]data.Channel{{Name: "empty", DType: "<f8", Role: "counter"}}, everyKind[0])...)
	s.point([]float64{7.25, 1})
	p.begin(t, 3, everyKind...)
	out, err := p.command("run", "scripts/last_values.go").CombinedOutput()
	want := "demo_session:1_ascan: 1 points\n  ratio = NaN \ndemo_session:2_ascan: 1 points\n  empty = 7.25 \ndemo_session:3_ascan: 0 points\n"
	if err != nil || string(out) != want {
		t.Errorf("%v\n%s", err, out)
	}
	walk := filepath.Join(p.dir, "walk.go")
	write(t, walk, `package main

import (
	"context"
	"fmt"
	"io"

	"blissh/data"
	"blissh/data/store"
)

func main() {
	ctx := context.Background()
	db, err := store.Open(ctx, "")
	if err != nil {
		panic(err)
	}
	for _, n := range []string{"demo_session", "demo_session:1_ascan", "demo_session:1_ascan:camera", "demo_session:1_ascan:x"} {
		node, err := db.Node(ctx, n)
		fmt.Println(node.Kind, node.DBName, err)
	}
	mca, _ := db.Node(ctx, "demo_session:1_ascan:mca")
	arrays, err := db.Arrays(ctx, mca, 0, -1)
	fmt.Println(arrays[0].Shape, err)
	o := store.WalkOptions{Include: store.OfKind(data.KindScan), NoWait: true}
	last, err := db.WalkFromLast(ctx, data.SessionNode("demo_session"), o)
	if err != nil {
		panic(err)
	}
	n, err := last.NextNode(ctx)
	fmt.Println(n.DBName, err)
	_, err = last.Next(ctx)
	fmt.Println(err == io.EOF)
	o.NoWait = false
	o.Include = nil
	o.ExcludeChildren = func(n data.Node) bool { return n.Kind == data.KindScan }
	live, err := db.WalkOnNewEvents(ctx, data.SessionNode("demo_session"), o)
	if err != nil {
		panic(err)
	}
	for i := 0; i < 3; i++ {
		e, err := live.Next(ctx)
		if err != nil {
			panic(err)
		}
		switch e := e.(type) {
		case *data.NewNode:
			fmt.Println("new", e.Node.DBName)
		case *data.Prepared:
			fmt.Println("prepared", e.Node.DBName)
		}
	}
	live.Close()
	_, err = live.Next(ctx)
	fmt.Println(err)
}
`)
	out, err = p.command("run", walk).CombinedOutput()
	want = `session demo_session <nil>
scan demo_session:1_ascan <nil>
channel demo_session:1_ascan:camera <nil>
  node demo_session:1_ascan:x: not in the store
[3] <nil>
demo_session:3_ascan <nil>
true
new demo_session:2_ascan
prepared demo_session:2_ascan
new demo_session:3_ascan
closed
`
	if err != nil || string(out) != want {
		t.Errorf("%v\n%s", err, out)
	}
}
