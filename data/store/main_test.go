package store

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"blissh/data"
	"blissh/internal/embedded"
)

// The pool of go-redis ends a goroutine that tries to dial up to 1 s after Close.
func TestMain(m *testing.M) {
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

// bench is a store behind a proxy that can be cut, with a DB on it whose
// delays are short.
type bench struct {
	*testing.T
	proxy *proxy
	db    *DB
	raw   *redis.Client // to the store itself, past the proxy
	start func(t testing.TB) string

	url    string         // of the store, if there is no proxy
	tune   func(t *times) // of a DB that is opened, if not nil
	naming string         // of the session, if not demo_session
}

// name is that of the session.
func (b *bench) name() string { return cmp.Or(b.naming, "demo_session") }

// onEachStore runs a test on both engines.
func onEachStore(t *testing.T, test func(b *bench)) {
	for name, start := range map[string]func(t testing.TB) string{"embedded": startEmbedded, "redis": startRedis} {
		t.Run(name, func(t *testing.T) { test(newBench(t, start)) })
	}
}

func newBench(t *testing.T, start func(t testing.TB) string) *bench {
	b := &bench{T: t, start: start}
	b.proxy = newProxy(t, start(t))
	b.db = b.open()
	b.connect()
	return b
}

// open makes another DB, as another process would.
func (b *bench) open() *DB {
	b.Helper()
	if b.proxy != nil {
		b.url = "redis://" + b.proxy.addr()
	}
	db, err := Open(b.Context(), b.url)
	if err != nil {
		b.Fatal(err)
	}
	db.times = times{
		block: 50 * time.Millisecond, patience: 400 * time.Millisecond, grace: 700 * time.Millisecond,
		slow: 100 * time.Millisecond, giveUp: 600 * time.Millisecond, ending: 2 * time.Second, asked: 200 * time.Millisecond, late: 500 * time.Millisecond,
		window: 10 * time.Second, retry: 5 * time.Millisecond, idle: 50 * time.Millisecond,
		lease: 800 * time.Millisecond, guard: 400 * time.Millisecond, beat: 60 * time.Millisecond, axis: 800 * time.Millisecond,
	}
	if b.tune != nil {
		b.tune(&db.times)
	}
	b.Cleanup(func() { db.Close() })
	return db
}

func (b *bench) connect() {
	b.raw = redis.NewClient(&redis.Options{Addr: b.proxy.target(), Protocol: 2})
	b.Cleanup(func() { b.raw.Close() })
}

// restartEmpty puts a new and empty store in the place of the old one.
func (b *bench) restartEmpty() {
	b.Helper()
	b.proxy.setTarget(b.start(b.T))
	b.proxy.cut()
	b.connect()
}

func startEmbedded(t testing.TB) string {
	s, err := embedded.Start(embedded.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s.Addr()
}

func startRedis(t testing.TB) string { return startRedisWith(t) }

func startRedisWith(t testing.TB, options ...string) string {
	t.Helper()
	addr, _ := startRedisProcess(t, options...)
	return addr
}

func startRedisProcess(t testing.TB, options ...string) (string, *os.Process) {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed: apt-get install redis-server")
	}
	addr := freeAddr(t)
	_, port, _ := net.SplitHostPort(addr)
	args := append([]string{"--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no", "--dir", t.TempDir(),
		"--logfile", filepath.Join(t.TempDir(), "log")}, options...)
	cmd := exec.Command(path, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	eventually(t, "redis-server answers", func() bool {
		c, err := net.Dial("tcp", addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return addr, cmd.Process
}

func freeAddr(t testing.TB) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

func eventually(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); time.Sleep(2 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within 5 s: %s", what)
}

// run is a scan in the hands of a test, which plays the engine.
type run struct {
	b    *bench
	p    *Publisher
	scan *data.Scan
	n    int
}

func robz() []data.Channel {
	return []data.Channel{
		{Name: "robz", Unit: "mm", DType: "<f8", Role: "axis"},
		{Name: data.ElapsedTime, Unit: "s", DType: "<f8", Role: "timer"},
		{Name: "diode", DType: "<u4", Role: "counter"},
	}
}

var images = []data.Channel{
	{Name: "robz", Unit: "mm", DType: "<f8", Role: "axis"},
	{Name: "image", DType: "<u2", Shape: []int{2, 3}, Role: "counter"},
	{Name: "mca", DType: "<u4", Shape: []int{4}, Role: "counter"},
}

func (b *bench) describe(number int, channels []data.Channel) *data.Scan {
	return &data.Scan{
		Session: b.name(), UID: fmt.Sprintf("u%d", number), Number: number, Name: "ascan",
		Title: "ascan robz 0 1 1000 0.001", Command: "ascan(robz,0,1,1000,.001)", User: "u", Host: "h",
		Start: time.Now(), Planned: 1000, Moving: []string{"robz"}, Channels: channels,
	}
}

// begin publishes a scan up to prepared.
func (b *bench) begin(number int, channels []data.Channel, o PublishOptions) *run {
	b.Helper()
	return b.beginIn(b.db, number, channels, o)
}

// beginIn is begin by way of another DB.
func (b *bench) beginIn(db *DB, number int, channels []data.Channel, o PublishOptions) *run {
	b.Helper()
	s := b.describe(number, channels)
	p, err := db.Publish(b.Context(), s, o)
	if err != nil {
		b.Fatal(err)
	}
	r := &run{b: b, p: p, scan: s}
	r.must(&data.NewNode{Node: data.ScanNode(s)})
	r.must(&data.Prepared{Node: data.ScanNode(s)})
	return r
}

func (r *run) must(e data.Event) {
	r.b.Helper()
	if err := r.p.Put(r.b.Context(), e); err != nil {
		r.b.Fatalf("put %T: %v", e, err)
	}
}

// row makes the point that a test expects at index i.
func row(i int, channels []data.Channel) *data.Row {
	r := &data.Row{Index: i, Time: time.Now()}
	for c, ch := range channels {
		if ch.Scalar() {
			r.Values = append(r.Values, float64(i*10+c))
			continue
		}
		var b []byte
		for j := range ch.PointSize() / data.ItemSize(ch.DType) {
			b = data.Append(b, ch.DType, float64(i*100+j))
		}
		r.Arrays = append(r.Arrays, data.Array{DType: ch.DType, Shape: ch.Shape, Bytes: b})
	}
	return r
}

// points puts n more points, asking Ready before each, as the engine does.
func (r *run) points(n int) error {
	for range n {
		if err := r.p.Ready(r.b.Context()); err != nil {
			return err
		}
		if err := r.p.Put(r.b.Context(), row(r.n, r.scan.Channels)); err != nil {
			return err
		}
		r.n++
	}
	return nil
}

func (r *run) take(n int) {
	r.b.Helper()
	if err := r.points(n); err != nil {
		r.b.Fatalf("point %d: %v", r.n, err)
	}
}

func (r *run) acked() {
	r.b.Helper()
	eventually(r.b.T, "all points are acknowledged", func() bool { return r.p.Acked() == r.n })
}

func (r *run) end(o data.Outcome, reason string) error {
	r.scan.Outcome, r.scan.Reason, r.scan.Taken, r.scan.End = o, reason, r.n, time.Now()
	return r.p.Put(r.b.Context(), &data.EndScan{Node: data.ScanNode(r.scan), Outcome: o, Reason: reason, Points: r.n})
}

func (r *run) finish() {
	r.b.Helper()
	if err := r.end(data.Done, ""); err != nil {
		r.b.Fatal(err)
	}
}

// check reads the scan back: nothing doubled, ragged or missing.
func (b *bench) check(s *data.Scan, n int) {
	b.Helper()
	b.checkIn(b.open(), s, n)
}

// checkIn is check by way of another DB.
func (b *bench) checkIn(db *DB, s *data.Scan, n int) {
	b.Helper()
	columns, err := db.Columns(b.Context(), s)
	if err != nil {
		b.Fatal(err)
	}
	for i := range n {
		for c, v := range row(i, s.Channels).Values {
			name := scalarNames(s.Channels)[c]
			if got := columns[name]; len(got) != n || got[i] != v {
				b.Fatalf("%s has %d points, want %d; point %d is not %v", name, len(got), n, i, v)
			}
		}
	}
}

func scalarNames(channels []data.Channel) (names []string) {
	for _, c := range channels {
		if c.Scalar() {
			names = append(names, c.Name)
		}
	}
	return names
}

func (b *bench) follow(o FollowOptions) *Reader {
	b.Helper()
	r, err := b.open().Follow(b.Context(), b.name(), o)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// until reads events up to and with the first that ok likes.
func (b *bench) until(r *Reader, ok func(data.Event) bool) []data.Event {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), 10*time.Second)
	defer cancel()
	var list []data.Event
	for {
		e, err := r.Next(ctx)
		if err != nil {
			b.Fatalf("after %d events (%s): %v", len(list), kinds(list), err)
		}
		if list = append(list, e); ok(e) {
			return list
		}
	}
}

func isEnd(e data.Event) bool { _, ok := e.(*data.EndScan); return ok }

// kinds names events, those that repeat once.
func kinds(list []data.Event) string {
	var names []string
	for _, e := range list {
		name := strings.TrimPrefix(fmt.Sprintf("%T", e), "*data.")
		if n, ok := e.(*data.NewNode); ok {
			name += ":" + n.Node.Name
		}
		if len(names) == 0 || names[len(names)-1] != name {
			names = append(names, name)
		}
	}
	return strings.Join(names, " ")
}

// values joins the blocks of one data channel and checks that they are whole.
func (b *bench) values(list []data.Event, name string) []float64 {
	b.Helper()
	var all []float64
	for _, e := range list {
		if d, ok := e.(*data.NewData); ok && d.Node.Name == name {
			if d.First != len(all) {
				b.Fatalf("block of %s begins at %d, want %d", name, d.First, len(all))
			}
			all = append(all, d.Values...)
		}
	}
	return all
}

func (b *bench) isRamp(list []float64, n, c int) {
	b.Helper()
	if len(list) != n {
		b.Fatalf("%d points, want %d", len(list), n)
	}
	for i, v := range list {
		if v != float64(i*10+c) {
			b.Fatalf("point %d is %v", i, v)
		}
	}
}
