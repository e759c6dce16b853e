package channel_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"blissh/channel"
	"blissh/internal/embedded"
)

// The test binary run with this variable set answers each "ping" with an equal
// "pong", until its standard input ends.
const asEcho = "BLISSH_TEST_ECHO_URL"

func TestMain(m *testing.M) {
	if url := os.Getenv(asEcho); url != "" {
		echo(url)
		return
	}
	// After failed connections go-redis looks once a second whether the store is
	// back, and notices only then that its client was closed.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/redis/go-redis/v9/internal/pool.(*ConnPool).tryDial"))
}

func echo(url string) {
	bus, err := channel.Connect(context.Background(), url)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	ping, err1 := bus.Open(context.Background(), "ping", channel.Options{})
	pong, err2 := bus.Open(context.Background(), "pong", channel.Options{})
	if err1 != nil || err2 != nil {
		fmt.Fprintln(os.Stderr, err1, err2)
		os.Exit(1)
	}
	ping.Watch(func(c *channel.Channel) {
		if err := pong.Set(c.Float()); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	})
	if err := pong.Set(-1); err != nil { // it listens now
		fmt.Fprintln(os.Stderr, err)
	}
	os.Stdin.Read(make([]byte, 1))
	bus.Close()
}

// TestAnotherProcessAnswersQuickly measures set here, callback there, set there,
// seen here: two times what a stop by shared channel takes. The bound is for
// the median, because a busy machine may delay any single one.
func TestAnotherProcessAnswersQuickly(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		cmd := exec.Command(os.Args[0])
		cmd.Env = append(os.Environ(), asEcho+"="+s.URL())
		cmd.Stderr = os.Stderr
		in, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Wait()
		defer in.Close()
		bus := connect(t, s)
		ping, pong := open(t, bus, "ping", channel.Options{}), open(t, bus, "pong", channel.Options{})
		wait(t, pong, -1)
		var times []time.Duration
		for i := range 500 {
			begin := time.Now()
			if err := ping.Set(i); err != nil {
				t.Fatal(err)
			}
			wait(t, pong, i)
			times = append(times, time.Since(begin))
		}
		slices.Sort(times)
		t.Logf("there and back: p50 %v, p99 %v", times[250], times[495])
		if times[250] > 50*time.Millisecond {
			t.Errorf("median %v", times[250])
		}
	})
}

func BenchmarkBool(b *testing.B) {
	s, err := embedded.Start(embedded.Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	bus, err := channel.Connect(b.Context(), s.URL())
	if err != nil {
		b.Fatal(err)
	}
	defer bus.Close()
	c, err := bus.Open(b.Context(), "x", channel.Options{Initial: true})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if !c.Bool() {
			b.Fatal("false")
		}
	}
}
