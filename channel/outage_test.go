package channel_test

import (
	"context"
	"errors"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/channel"
)

const keyX = "blissh:channel:{x}"

// stored is the value in the store, "" if there is none.
func stored(c redis.UniversalClient, key string) string {
	entries, err := c.XRevRangeN(context.Background(), key, "+", "-", 1).Result()
	if err != nil || len(entries) == 0 {
		return ""
	}
	v, _ := entries[0].Values["v"].(string)
	return v
}

func put(t *testing.T, c redis.UniversalClient, value string) {
	t.Helper()
	if err := c.Do(t.Context(), "XADD", keyX, "MAXLEN", "1", "*", "v", value).Err(); err != nil {
		t.Fatal(err)
	}
}

func TestStoreThatCameBackEmptyGetsTheLastValue(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		c := open(t, connect(t, s), "x", channel.Options{Initial: 1})
		if err := c.Set(2); err != nil {
			t.Fatal(err)
		}
		revision := c.Revision()
		s.Stop()
		eventually(t, "the shared channel to be stale", c.Stale)
		if c.Float() != 2 {
			t.Errorf("without a store it reads %v", c)
		}
		s.Restart()
		eventually(t, "the connection", func() bool { return !c.Stale() })
		cli := plain(t, s)
		eventually(t, "the value in the store", func() bool { return stored(cli, keyX) == "2" })
		if c.Revision() != revision {
			t.Errorf("revision %s became %s", revision, c.Revision())
		}
		if ttl := cli.PTTL(t.Context(), keyX).Val(); ttl <= 0 {
			t.Errorf("lives %v", ttl)
		}
		put(t, cli, "3")
		wait(t, c, 3)
	})
}

func TestNewestValueSetDuringAnOutageIsSent(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		c := open(t, connect(t, s), "x", channel.Options{Initial: 1})
		changed, cancel := c.Subscribe()
		defer cancel()
		s.Stop()
		for i := 2; i < 5; i++ {
			begin := time.Now()
			if err := c.Set(i); !errors.Is(err, channel.ErrNotSent) {
				t.Fatalf("set without a store: %v", err)
			}
			if d := time.Since(begin); d > 3*time.Second {
				t.Errorf("set took %v", d)
			}
		}
		<-changed
		if c.Float() != 4 {
			t.Errorf("this process reads %v", c)
		}
		s.Restart()
		cli := plain(t, s)
		eventually(t, "the newest value in the store", func() bool { return stored(cli, keyX) == "4" })
		put(t, cli, "5")
		wait(t, c, 5)
	})
}

func TestNothingIsMissedWhenTheConnectionBreaks(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		c := open(t, connect(t, s), "x", channel.Options{Initial: 0})
		cli := plain(t, s)
		for i := 1.; i <= 10; i++ {
			if real, ok := s.(*inside); ok {
				real.s.Disconnect()
			} else if err := cli.Do(t.Context(), "CLIENT", "KILL", "TYPE", "normal", "SKIPME", "yes").Err(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "a command to pass", func() bool {
				return cli.XAdd(context.Background(), &redis.XAddArgs{Stream: keyX, MaxLen: 1, Values: []any{"v", i}}).Err() == nil
			})
			wait(t, c, i)
			if err := c.Set(-i); err != nil && !errors.Is(err, channel.ErrNotSent) {
				t.Fatal(err)
			}
			eventually(t, "the value in the store", func() bool { return stored(cli, keyX) == c.String() && c.Float() == -i })
		}
	})
}

func TestDeletedKeyIsPublishedAgain(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		bus := connect(t, s)
		bus.RenewEvery(100 * time.Millisecond)
		c := open(t, bus, "x", channel.Options{Initial: "first"})
		if err := c.Set("last"); err != nil {
			t.Fatal(err)
		}
		unset := open(t, bus, "unset", channel.Options{Default: 1})
		revision := c.Revision()
		cli := plain(t, s)
		cli.Del(t.Context(), keyX)
		eventually(t, "the value in the store", func() bool { return stored(cli, keyX) == `"last"` })
		if c.Revision() != revision {
			t.Errorf("revision %s became %s", revision, c.Revision())
		}
		if cli.Exists(t.Context(), "blissh:channel:{unset}").Val() != 0 || unset.Float() != 1 {
			t.Error("a default was published")
		}
	})
}

func TestHoldersRenewTheLife(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		bus := connect(t, s)
		bus.RenewEvery(100 * time.Millisecond)
		c := open(t, bus, "x", channel.Options{Initial: 1})
		cli := plain(t, s)
		if err := cli.PExpire(t.Context(), keyX, time.Second).Err(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "renewal", func() bool { return cli.PTTL(context.Background(), keyX).Val() > 50*time.Second })
		c.Close()
		time.Sleep(50 * time.Millisecond)
		if err := cli.PExpire(t.Context(), keyX, time.Second).Err(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the key to expire when nobody holds it", func() bool { return cli.Exists(context.Background(), keyX).Val() == 0 })
	})
}

// A store restarted under an earlier clock gives lower revisions.
func TestLowerRevisionIsAccepted(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		bus := connect(t, s)
		bus.RenewEvery(100 * time.Millisecond)
		c := open(t, bus, "x", channel.Options{Initial: "new clock"})
		_, err := plain(t, s).TxPipelined(t.Context(), func(p redis.Pipeliner) error {
			p.Del(t.Context(), keyX)
			p.XAdd(t.Context(), &redis.XAddArgs{Stream: keyX, ID: "5-1", Values: []any{"v", `"old clock"`}})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		wait(t, c, "old clock")
		if c.Revision() != "5-1" {
			t.Errorf("revision %s", c.Revision())
		}
	})
}

func TestKeyOverwrittenWithAnotherTypeSpoilsNoOther(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		bus := connect(t, s)
		bus.RenewEvery(100 * time.Millisecond)
		var reports atomic.Int64
		bus.Report(func(error) { reports.Add(1) })
		x := open(t, bus, "x", channel.Options{Initial: 1})
		y := open(t, bus, "y", channel.Options{Initial: 1})
		other := open(t, connect(t, s), "y", channel.Options{})
		cli := plain(t, s)
		if err := cli.Set(t.Context(), keyX, "a string", 0).Err(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "a report", func() bool { return reports.Load() > 0 })
		if err := other.Set(2); err != nil {
			t.Fatal(err)
		}
		wait(t, y, 2)
		if err := x.Set(2); err == nil || errors.Is(err, channel.ErrNotSent) {
			t.Errorf("set into a string: %v", err)
		}
		if _, err := connect(t, s).Open(t.Context(), "x", channel.Options{}); err == nil {
			t.Error("opened a string")
		}
		cli.Del(t.Context(), keyX)
		put(t, cli, "3")
		wait(t, x, 3)
	})
}

func TestOpenWithoutAStore(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		bus := connect(t, s)
		s.Stop()
		if _, err := bus.Open(t.Context(), "x", channel.Options{}); err == nil {
			t.Error("opened without a store")
		}
		s.Restart()
		var c *channel.Channel
		eventually(t, "open to work", func() (ok bool) {
			var err error
			c, err = bus.Open(context.Background(), "x", channel.Options{Initial: 1})
			return err == nil
		})
		put(t, plain(t, s), "2")
		wait(t, c, 2)
	})
}

// Writers in several processes and the command line: in the end all agree with
// the store, whatever overtook whatever.
func TestAllAgreeInTheEnd(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		var all []*channel.Channel
		for range 5 {
			all = append(all, open(t, connect(t, s), "x", channel.Options{}))
		}
		cli := plain(t, s)
		var writers sync.WaitGroup
		for i, c := range all {
			writers.Go(func() {
				for n := range 100 {
					if err := c.Set(1000*i + n); err != nil {
						t.Error(err)
					}
				}
			})
		}
		writers.Go(func() {
			for n := range 100 {
				if err := cli.XAdd(context.Background(), &redis.XAddArgs{Stream: keyX, MaxLen: 1, Values: []any{"v", 9000 + n}}).Err(); err != nil {
					t.Error(err)
				}
			}
		})
		writers.Wait()
		last := stored(cli, keyX)
		for i, c := range all {
			eventually(t, "agreement", func() bool { return c.String() == last })
			if c.Revision() != all[0].Revision() {
				t.Errorf("process %d has revision %s, process 0 %s", i, c.Revision(), all[0].Revision())
			}
		}
	})
}

// What one reader sees of one writer never goes back.
func TestRevisionsOnlyGrow(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		w := open(t, connect(t, s), "x", channel.Options{Initial: 0})
		r := open(t, connect(t, s), "x", channel.Options{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			for i := 1; i <= 500; i++ {
				if err := w.Set(i); err != nil {
					t.Error(err)
				}
			}
		}()
		last := math.Inf(-1)
		for r.Float() < 500 {
			select {
			case <-time.After(10 * time.Second):
				t.Fatal("stuck")
			default:
			}
			if v := r.Float(); v < last {
				t.Fatalf("%v after %v", v, last)
			} else {
				last = v
			}
			time.Sleep(10 * time.Microsecond)
		}
		<-done
	})
}

func TestOpenAndCloseFromEverywhere(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		bus := connect(t, s)
		var all sync.WaitGroup
		for i := range 8 {
			all.Go(func() {
				name := string(rune('a' + i%3))
				for n := range 30 {
					c, err := bus.Open(t.Context(), name, channel.Options{Default: 0})
					if err != nil {
						t.Error(err)
						return
					}
					stop := c.Watch(func(c *channel.Channel) { _ = c.Float() })
					if err := c.Set(n); err != nil {
						t.Error(err)
					}
					stop()
					c.Close()
				}
			})
		}
		all.Wait()
	})
}
