package embedded

import (
	"bufio"
	"context"
	"io"
	"runtime"
	"runtime/metrics"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

const (
	tick      = 100 * time.Millisecond // precision of a time to live
	tickShare = 50                     // at most 1/50 of the time goes into expiry
	second    = time.Second            // how often memory and dead connections are looked at
	collect   = 5 * time.Second        // at most one forced garbage collection in this time
)

// clock makes time pass in miniredis. Its own ClockTTL visits every key at
// every command, 3.8 ms at 20 000 keys; this visits them some times a second.
type clock struct {
	data      *miniredis.Miniredis
	engine    *server.Server
	guard     *guard
	collected time.Time
}

func (c *clock) run(ctx context.Context) {
	last, looked := time.Now(), time.Now()
	c.measure(last)
	wait := time.NewTimer(tick)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		now := time.Now()
		c.data.FastForward(now.Sub(last))
		last = now
		if now.Sub(looked) >= second {
			looked = now
			wake(c.engine)
			c.measure(now)
		}
		wait.Reset(max(tick, tickShare*time.Since(now)))
	}
}

// wake makes blocked readers look whether their client is still there. Any
// executed command does; AUTH is executed, if in vain, without a password too.
func wake(engine *server.Server) {
	engine.Dispatch(server.NewPeer(bufio.NewWriter(io.Discard)), []string{"AUTH", ""})
}

// measure decides whether the store is full. The live heap is known as of the
// last garbage collection, so one is asked for when it may be out of date.
func (c *clock) measure(now time.Time) {
	live, all := heap()
	limit := c.guard.maxBytes
	if limit > 0 && all > limit && now.Sub(c.collected) > collect {
		c.collected = now
		runtime.GC()
		live, _ = heap()
	}
	c.guard.used.Store(live)
	c.guard.full.Store(limit > 0 && live > limit)
}

// heap returns the bytes of live objects, and of those and what is not yet
// collected.
func heap() (live, all int64) {
	s := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	live, all = int64(s[0].Value.Uint64()), int64(s[1].Value.Uint64())
	if live == 0 {
		live = all // not collected yet
	}
	return live, all
}
