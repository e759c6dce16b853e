package channel_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"os/exec"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/channel"
	"blissh/internal/embedded"
	"blissh/internal/redisconn"
)

// server is a store that a test can take away and bring back, empty.
type server interface {
	URL() string
	Stop()
	Restart() // at the same address
}

// onBoth runs a test on the embedded store and on a real redis-server.
func onBoth(t *testing.T, f func(t *testing.T, s server)) {
	t.Run("embedded", func(t *testing.T) { f(t, startEmbedded(t)) })
	t.Run("redis", func(t *testing.T) { f(t, startRedis(t)) })
}

type inside struct {
	t    *testing.T
	addr string
	s    *embedded.Server
}

func startEmbedded(t *testing.T) *inside {
	t.Helper()
	i := &inside{t: t, addr: "127.0.0.1:0"}
	i.Restart()
	i.addr = i.s.Addr()
	t.Cleanup(i.Stop)
	return i
}

func (i *inside) URL() string { return i.s.URL() }
func (i *inside) Stop()       { i.s.Close() }
func (i *inside) Restart() {
	i.t.Helper()
	time.Sleep(2 * time.Millisecond) // an ID is a millisecond and a number: no process begins anew within one
	s, err := embedded.Start(embedded.Options{Addr: i.addr, Password: "secret"})
	if err != nil {
		i.t.Fatal(err)
	}
	i.s = s
}

type outside struct {
	t    *testing.T
	port string
	args []string
	cmd  *exec.Cmd
}

func startRedis(t *testing.T, args ...string) *outside {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("no redis-server; apt-get install redis-server")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	l.Close()
	o := &outside{t: t, port: port, args: args}
	o.Restart()
	t.Cleanup(o.Stop)
	return o
}

func (o *outside) URL() string { return "redis://:secret@127.0.0.1:" + o.port }

func (o *outside) Stop() {
	if o.cmd != nil {
		o.cmd.Process.Kill()
		o.cmd.Wait()
		o.cmd = nil
	}
}

func (o *outside) Restart() {
	o.t.Helper()
	args := append([]string{"--port", o.port, "--bind", "127.0.0.1", "--requirepass", "secret", "--save", "",
		"--appendonly", "no", "--dir", o.t.TempDir()}, o.args...)
	o.cmd = exec.Command("redis-server", args...)
	if err := o.cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	c := plain(o.t, o)
	eventually(o.t, "redis-server to answer", func() bool { return c.Ping(context.Background()).Err() == nil })
}

// plain is a client that knows nothing of blissh.
func plain(t *testing.T, s server) redis.UniversalClient {
	t.Helper()
	c, err := redisconn.New(s.URL(), nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func connect(t *testing.T, s server) *channel.Bus {
	t.Helper()
	b, err := channel.Connect(t.Context(), s.URL())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func open(t *testing.T, b *channel.Bus, name string, o channel.Options) *channel.Channel {
	t.Helper()
	c, err := b.Open(t.Context(), name, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("waited 10 s for %s", what)
}

// wait waits for a value in one process that another has set.
func wait(t *testing.T, c *channel.Channel, want any) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := c.Wait(ctx, want); err != nil {
		t.Fatalf("%s is %v, want %v: %v", c.Name(), c.Value(), want, err)
	}
}

func TestValueReachesTheOthers(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		one, two := connect(t, s), connect(t, s)
		a := open(t, one, "flag", channel.Options{Default: false})
		b := open(t, two, "flag", channel.Options{})
		if a.Bool() || b.Value() != nil {
			t.Fatalf("at first: %v, %v", a.Value(), b.Value())
		}
		if err := a.Set(true); err != nil {
			t.Fatal(err)
		}
		if !a.Bool() {
			t.Error("the writer does not see its own value")
		}
		wait(t, b, true)
		if a.Revision() != b.Revision() || a.Revision() == "" {
			t.Errorf("revisions %q and %q", a.Revision(), b.Revision())
		}
	})
}

func TestLateJoinerReadsAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		open(t, connect(t, s), "x", channel.Options{Initial: 2.5})
		if got := open(t, connect(t, s), "x", channel.Options{Default: 1}).Float(); got != 2.5 {
			t.Errorf("got %v", got)
		}
	})
}

func TestInitialOverwritesDefaultNever(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		c := plain(t, s)
		bus := connect(t, s)
		d := open(t, bus, "d", channel.Options{Default: "local"})
		if n := c.Exists(t.Context(), "blissh:channel:{d}").Val(); n != 0 || d.String() != "local" || d.Revision() != "" {
			t.Errorf("a default was published: %d %q %q", n, d, d.Revision())
		}
		i := open(t, bus, "i", channel.Options{Initial: 1})
		other := open(t, connect(t, s), "i", channel.Options{Initial: 2})
		wait(t, i, 2)
		if again := open(t, bus, "i", channel.Options{Default: 3}); again != i || again.Float() != 2 {
			t.Errorf("opened again: %p %v, want %p 2", again, again.Value(), i)
		}
		_ = other
	})
}

func TestCommandLineClient(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		cli := plain(t, s)
		c := open(t, connect(t, s), "stop_alignment", channel.Options{Initial: false})
		if err := cli.Do(t.Context(), "XADD", "blissh:channel:{stop_alignment}", "MAXLEN", "1", "*", "v", "true").Err(); err != nil {
			t.Fatal(err)
		}
		wait(t, c, true)
		if err := c.Set(map[string]any{"a": []int{1, 2}}); err != nil {
			t.Fatal(err)
		}
		entries, err := cli.XRevRangeN(t.Context(), "blissh:channel:{stop_alignment}", "+", "-", 1).Result()
		if err != nil || len(entries) != 1 || entries[0].Values["v"] != `{"a":[1,2]}` || entries[0].ID != c.Revision() {
			t.Errorf("%v, %v", entries, err)
		}
		if n := cli.XLen(t.Context(), "blissh:channel:{stop_alignment}").Val(); n != 1 {
			t.Errorf("stream of length %d", n)
		}
		if ttl := cli.PTTL(t.Context(), "blissh:channel:{stop_alignment}").Val(); ttl <= 50*time.Second || ttl > time.Minute {
			t.Errorf("lives %v more", ttl)
		}
	})
}

func TestSessionsHaveTheirOwn(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		bus := connect(t, s)
		mine := open(t, bus, "x", channel.Options{Initial: 1, Session: "demo_session"})
		global := open(t, bus, "x", channel.Options{Initial: 2})
		if mine.Float() != 1 || global.Float() != 2 {
			t.Errorf("%v %v", mine, global)
		}
		if plain(t, s).Exists(t.Context(), "blissh:{demo_session}:channel:x").Val() != 1 {
			t.Error("key not found")
		}
	})
}

func TestSubscribersAndWatchers(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		c := open(t, connect(t, s), "n", channel.Options{Initial: 0})
		remote := open(t, connect(t, s), "n", channel.Options{})
		var seen atomic.Int64
		stop := c.Watch(func(c *channel.Channel) { seen.Store(int64(c.Float())) })
		first, cancelFirst := c.Subscribe()
		second, cancelSecond := c.Subscribe()
		defer cancelSecond()
		if err := remote.Set(7); err != nil {
			t.Fatal(err)
		}
		<-first
		<-second
		eventually(t, "the watcher to see 7", func() bool { return seen.Load() == 7 })
		stop()
		cancelFirst()
		if _, open := <-first; open {
			t.Error("a cancelled subscription is not closed")
		}
		if err := remote.Set(8); err != nil {
			t.Fatal(err)
		}
		<-second
		time.Sleep(20 * time.Millisecond)
		if seen.Load() != 7 {
			t.Error("a cancelled watcher was called")
		}
	})
}

// A watcher that takes its time holds nobody up, and sees the newest value next.
func TestSlowWatcherSeesTheNewest(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		near, far := open(t, connect(t, s), "n", channel.Options{Initial: 0}), open(t, connect(t, s), "n", channel.Options{})
		wait(t, far, 0)
		entered, leave := make(chan struct{}, 1000), make(chan struct{})
		var calls, last atomic.Int64
		defer far.Watch(func(c *channel.Channel) {
			entered <- struct{}{}
			<-leave
			calls.Add(1)
			last.Store(int64(c.Float()))
		})()
		if err := near.Set(1); err != nil {
			t.Fatal(err)
		}
		<-entered // and there it stays
		for i := range 200 {
			if err := near.Set(i + 2); err != nil {
				t.Fatal(err)
			}
		}
		wait(t, far, 201) // the value itself is there
		close(leave)
		eventually(t, "the watcher to see the newest value", func() bool { return last.Load() == 201 })
		if n := calls.Load(); n > 3 {
			t.Errorf("the watcher was called %d times for what had passed", n)
		}
	})
}

func TestSetWithinWatch(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		bus := connect(t, s)
		in := open(t, bus, "in", channel.Options{Initial: 0})
		out := open(t, bus, "out", channel.Options{Initial: 0})
		in.Watch(func(c *channel.Channel) {
			if err := out.Set(c.Float() + 1); err != nil {
				t.Error(err)
			}
		})
		if err := open(t, connect(t, s), "in", channel.Options{}).Set(41); err != nil {
			t.Fatal(err)
		}
		wait(t, out, 42)
	})
}

func TestPanicOfAWatcherIsReported(t *testing.T) {
	bus := connect(t, startEmbedded(t))
	reported := make(chan error, 1)
	bus.Report(func(err error) { reported <- err })
	c := open(t, bus, "x", channel.Options{})
	c.Watch(func(*channel.Channel) { panic("ouch") })
	if err := c.Set(1); err != nil {
		t.Fatal(err)
	}
	if err := <-reported; err.Error() != "shared channel x: a watching function failed: ouch" {
		t.Error(err)
	}
}

func TestValuesOfAllKinds(t *testing.T) {
	c := open(t, connect(t, startEmbedded(t)), "x", channel.Options{})
	for _, v := range []struct {
		set   any
		truth bool
		float float64
		text  string
	}{
		{true, true, 1, "true"},
		{false, false, 0, "false"},
		{nil, false, math.NaN(), "null"},
		{3, true, 3, "3"},
		{0, false, 0, "0"},
		{-2.5e-9, true, -2.5e-9, "-2.5e-9"},
		{math.NaN(), true, math.NaN(), "NaN"},
		{math.Inf(-1), true, math.Inf(-1), "-Infinity"},
		{"<ä & b>", false, math.NaN(), "<ä & b>"},
		{"1.5", false, 1.5, "1.5"},
		{"True", true, math.NaN(), "True"},
		{[]string{"a"}, false, math.NaN(), `["a"]`},
		{struct{ A int }{1}, false, math.NaN(), `{"A":1}`},
	} {
		if err := c.Set(v.set); err != nil {
			t.Errorf("%v: %v", v.set, err)
			continue
		}
		same := c.Float() == v.float || math.IsNaN(c.Float()) && math.IsNaN(v.float)
		if c.Bool() != v.truth || !same || c.String() != v.text {
			t.Errorf("%v: %v %v %q, want %v %v %q", v.set, c.Bool(), c.Float(), c, v.truth, v.float, v.text)
		}
	}
	for _, bad := range []any{make(chan int), func() {}, []float64{math.NaN()}, strings.Repeat("x", 2<<20)} {
		if err := c.Set(bad); err == nil || !strings.HasPrefix(err.Error(), "shared channel x: ") {
			t.Errorf("%T: %v", bad, err)
		}
	}
}

func TestTextThatIsNotJSON(t *testing.T) {
	s := startEmbedded(t)
	cli, c := plain(t, s), open(t, connect(t, s), "x", channel.Options{Default: false})
	for text, truth := range map[string]bool{"True": true, "hello there": false, "{": false, "1": true, "": false} {
		if err := cli.Do(t.Context(), "XADD", "blissh:channel:{x}", "MAXLEN", "1", "*", "v", text).Err(); err != nil {
			t.Fatal(err)
		}
		eventually(t, fmt.Sprintf("%q", text), func() bool { return c.String() == text })
		if c.Bool() != truth {
			t.Errorf("%q is %v", text, c.Bool())
		}
	}
	if err := cli.Do(t.Context(), "XADD", "blissh:channel:{x}", "MAXLEN", "1", "*", "other", "1").Err(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "an entry without v to read as nil", func() bool { return c.Value() == nil })
}

func TestNames(t *testing.T) {
	bus := connect(t, startEmbedded(t))
	for _, bad := range []string{"", "a b", "a{b}", "x:y", "ä", strings.Repeat("x", 65)} {
		if _, err := bus.Open(t.Context(), bad, channel.Options{}); err == nil {
			t.Errorf("%q accepted", bad)
		}
		if _, err := bus.Events(t.Context(), bad); err == nil {
			t.Errorf("%q accepted for events", bad)
		}
	}
	if _, err := bus.Open(t.Context(), "x", channel.Options{Session: "a b"}); err == nil {
		t.Error("session \"a b\" accepted")
	}
	open(t, bus, "axis.robz_position-2", channel.Options{})
}

func TestWaitEndsWithItsContext(t *testing.T) {
	c := open(t, connect(t, startEmbedded(t)), "x", channel.Options{Initial: 1})
	if err := c.Wait(t.Context(), 1.0); err != nil {
		t.Error(err)
	}
	reason := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(reason)
	if err := c.Wait(ctx, true); !errors.Is(err, reason) {
		t.Errorf("waiting for true while it is 1: %v", err)
	}
}

func TestCloseCountsOpens(t *testing.T) {
	s := startEmbedded(t)
	bus, remote := connect(t, s), open(t, connect(t, s), "x", channel.Options{})
	first := open(t, bus, "x", channel.Options{})
	second := open(t, bus, "x", channel.Options{})
	changed, _ := second.Subscribe()
	first.Close()
	if err := remote.Set(1); err != nil {
		t.Fatal(err)
	}
	wait(t, second, 1)
	<-changed
	second.Close()
	if _, open := <-changed; open {
		t.Error("subscription outlives the shared channel")
	}
	if err := second.Set(2); !errors.Is(err, channel.ErrClosed) {
		t.Errorf("set after close: %v", err)
	}
	if err := second.Wait(t.Context(), 2); !errors.Is(err, channel.ErrClosed) {
		t.Errorf("wait after close: %v", err)
	}
	if third := open(t, bus, "x", channel.Options{}); third == second || third.Float() != 1 {
		t.Errorf("opened anew: %v", third.Value())
	}
}

func TestConnectToNothing(t *testing.T) {
	_, err := channel.Connect(t.Context(), "redis://:secret@127.0.0.1:1")
	if err == nil || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "127.0.0.1:1") {
		t.Error(err)
	}
}

func TestClosedBus(t *testing.T) {
	bus := connect(t, startEmbedded(t))
	c := open(t, bus, "x", channel.Options{Initial: 5})
	c.Watch(func(*channel.Channel) {})
	bus.Close()
	bus.Close()
	if c.Float() != 5 {
		t.Error("the last value is gone")
	}
	if _, err := bus.Open(t.Context(), "y", channel.Options{}); !errors.Is(err, channel.ErrClosed) {
		t.Error(err)
	}
	if err := c.Set(1); !errors.Is(err, channel.ErrClosed) {
		t.Error(err)
	}
	c.Watch(func(*channel.Channel) {})()
}
