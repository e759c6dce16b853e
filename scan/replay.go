package scan

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"time"

	"blissh/data"
)

// Replay is a scan that is over, or was made up, to be shown to a hook as fast as
// the hook can take it: what would it have done? Nothing is asked of anybody.
type Replay struct {
	Info   *data.Scan
	Points []ReplayPoint
	// Clock, if not nil, is the time that the hook sees: it is set to that of each
	// point, and tells how much the hook has waited.
	Clock Clock
	// Say hears of each verdict at once; it may be nil.
	Say func(Verdict)
}

// ReplayPoint is one point: its index, when it came, and a value for each scalar
// data channel.
type ReplayPoint struct {
	Index  int
	Time   time.Time
	Values []float64
}

// Clock is a time that somebody else sets.
type Clock interface {
	Set(time.Time)
	Elapsed() time.Duration
}

// Verdict is something that a hook would have done.
type Verdict struct {
	Call  string       // "OnScanData"
	Point *ReplayPoint // the newest one; nil: none had come
	What  string       // "stop", "pause", "range 4 8 4", "fails", ...
	Why   string
}

// Report sums up what a hook did in a replay.
type Report struct {
	Shown, Missed int // points
	Verdicts      int
	Failure       error // of the hook itself
	Ended         bool  // by the hook: it was shown no more
	Left          bool  // a call did not return
	Calls         int
	Times         []time.Duration // of the calls, shortest first
	Objects       float64         // allocated by a call, on the average
	Bytes         float64
	Timeouts      int      // calls of OnTimeout
	Absent        []string // data channels that it asked for and that are not there
}

// mostTimeouts is how often OnTimeout is called between two points at most: a scan
// may have been paused for hours.
const mostTimeouts = 1000

// replayAnswer is what becomes of a request in a replay.
const replayAnswer = "refused: this is a replay"

// Run shows the scan to the hook. A hook that ends the scan is shown no more
// points; one that asks for something else goes on with the points that there are.
// When ctx ends, so does the call in progress, and there are no more.
func (r *Replay) Run(ctx context.Context, cb WatchdogCallback, o WatchdogOptions) *Report {
	p := &player{Replay: r, ctx: ctx, report: &Report{}, cb: cb}
	o.Stop, o.Ask, o.Warn = p.stop, p.ask, func(string) {}
	o.Answer = func(string) string { return replayAnswer }
	o.Absent = p.absent
	p.w = NewWatchdog(p, o)
	p.w.alarm = time.AfterFunc(time.Hour, p.w.look)
	p.w.alarm.Stop()
	info := *r.Info
	info.Outcome, info.Reason, info.End, info.Taken = "", "", time.Time{}, 0
	p.w.refresh(&info)
	go p.play()
	select {
	case <-p.w.done:
	case <-p.w.stuck:
		p.w.awaitReport()
		p.left()
	case <-ctx.Done():
		p.w.CutShort("the replay was interrupted")
	}
	return p.sum()
}

// player is the hook with a stop watch, and what it does.
type player struct {
	*Replay
	ctx context.Context
	w   *Watchdog
	cb  WatchdogCallback

	mu     sync.Mutex
	report *Report
	call   string
	point  *ReplayPoint
	stops  string // why, once it has ended the scan
	weighs int    // calls whose memory was looked at
}

// play is the hook's goroutine.
func (p *player) play() {
	returned := false
	defer close(p.w.done)
	defer func() {
		switch v := recover(); {
		case v != nil: // of this package
			p.w.fail(panicked(v), p.w.o.File)
		case !returned:
			p.w.leave(errGoexit)
			p.w.fail(errGoexit, p.w.o.File)
		}
	}()
	p.show()
	returned = true
}

// show makes the hook's calls.
func (p *player) show() {
	p.set(p.Info.Start)
	p.w.ask()
	if info := p.w.copyOf(nil); p.w.isWatching() {
		p.w.do("OnScanNew", func() error { return p.OnScanNew(info) })
	}
	for i := range p.Points {
		if p.ctx.Err() != nil {
			return
		}
		if p.goesOn() {
			p.quiet(&p.Points[i])
		}
		p.put(&p.Points[i])
		if p.goesOn() {
			p.w.showPoints()
		}
	}
	if p.w.mayEnd() {
		info := p.ending()
		p.w.mu.Lock()
		p.w.ended = true
		p.w.mu.Unlock()
		p.w.do("OnScanEnd", func() error { return p.OnScanEnd(info) })
	}
}

// left notes that a call does not return.
func (p *player) left() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report.Left = true
}

// goesOn reports whether the hook is to be shown more.
func (p *player) goesOn() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.w.isWatching() && p.stops == "" && p.ctx.Err() == nil
}

// quiet calls OnTimeout as often as it would have been before a point came.
func (p *player) quiet(next *ReplayPoint) {
	last := p.Info.Start
	if p.point != nil {
		last = p.point.Time
	}
	for n := 0; n < mostTimeouts && p.goesOn(); n++ {
		if last = last.Add(p.w.timeout); !last.Before(next.Time) || p.w.timeout > time.Hour {
			return
		}
		p.set(last)
		p.w.do("OnTimeout", p.OnTimeout)
	}
}

// put leaves a point for the hook.
func (p *player) put(r *ReplayPoint) {
	w := p.w
	w.mu.Lock()
	w.values = append(w.values[:0], r.Values...)
	w.index = r.Index
	w.put++
	w.mu.Unlock()
	if p.goesOn() {
		p.set(r.Time)
		p.mu.Lock()
		p.point = r
		p.mu.Unlock()
	}
}

func (p *player) set(t time.Time) {
	if p.Clock != nil && !t.IsZero() {
		p.Clock.Set(t)
	}
}

// ending is what OnScanEnd is shown: the end as it was, or the one that the hook
// has made.
func (p *player) ending() *data.Scan {
	info := *p.Info
	info.Missed, info.Taken = p.w.missed(), len(p.Points)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stops != "" {
		info.Outcome, info.Reason = data.Stopped, p.stops
	}
	return &info
}

// stop hears that the hook ends the scan, or has failed.
func (p *player) stop(cause error, when When) {
	var end *StopError
	if !errors.As(cause, &end) {
		return // told by the failure
	}
	what := "stop"
	if when == AfterPoint {
		what = "stop after the point"
	}
	p.say(what, end.Reason)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stops, p.report.Ended = end.Error(), true
}

// ask hears a request.
func (p *player) ask(q data.Request) string {
	what, why := q.String(), q.Reason
	p.say(what, why)
	return "replay"
}

func (p *player) say(what, why string) {
	p.mu.Lock()
	v := Verdict{Call: p.call, Point: p.point, What: what, Why: why}
	p.report.Verdicts++
	p.mu.Unlock()
	if p.Say != nil {
		p.Say(v)
	}
}

func (p *player) absent(name string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !slices.Contains(p.report.Absent, name) {
		p.report.Absent = append(p.report.Absent, name)
	}
}

// sum completes the report.
func (p *player) sum() *Report {
	if err := p.w.Err(); err != nil && p.ctx.Err() == nil {
		p.say("fails", err.Error())
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	r := *p.report // what a call that is left behind does is not heard any more
	r.Failure, r.Missed = p.w.Err(), p.w.missed()
	_, r.Shown = p.w.Counts()
	r.Times = slices.Sorted(slices.Values(r.Times))
	if p.weighs > 0 {
		r.Objects /= float64(p.weighs)
		r.Bytes /= float64(p.weighs)
	}
	return &r
}

// weighCalls is how many calls of a replay are weighed: the process stands still
// for some microseconds at each.
const weighCalls = 500

// timed makes one call and notes what it takes, also when it panics.
func (p *player) timed(call string, f func() error) (err error) {
	p.mu.Lock()
	p.call = call
	p.report.Calls++
	if call == "OnTimeout" {
		p.report.Timeouts++
	}
	weigh := p.report.Calls < 10 || p.report.Calls%max(1, len(p.Points)/weighCalls) == 0
	p.mu.Unlock()
	var before runtime.MemStats
	if weigh {
		runtime.ReadMemStats(&before)
	}
	waited, begin := p.waited(), time.Now()
	defer func() {
		took := time.Since(begin) + p.waited() - waited
		p.note(took, weigh, &before)
		if err == nil && took > p.w.limit { // it waits in the time of the replay
			err = &OverrunError{Call: call, Budget: p.w.limit}
		}
	}()
	return f()
}

// note adds what a call has taken.
func (p *player) note(took time.Duration, weigh bool, before *runtime.MemStats) {
	var after runtime.MemStats
	if weigh {
		runtime.ReadMemStats(&after)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report.Times = append(p.report.Times, took)
	if weigh {
		p.weighs++
		p.report.Objects += float64(after.Mallocs - before.Mallocs)
		p.report.Bytes += float64(after.TotalAlloc - before.TotalAlloc)
	}
}

func (p *player) waited() time.Duration {
	if p.Clock == nil {
		return 0
	}
	return p.Clock.Elapsed()
}

func (p *player) Timeout() time.Duration { return p.cb.Timeout() }
func (p *player) Mode() Mode             { return p.cb.Mode() }
func (p *player) OnFailure() Policy      { return p.cb.OnFailure() }

func (p *player) OnScanNew(s *data.Scan) error {
	return p.timed("OnScanNew", func() error { return p.cb.OnScanNew(s) })
}

func (p *player) OnScanData(d *Data) error {
	return p.timed("OnScanData", func() error { return p.cb.OnScanData(d) })
}

func (p *player) OnTimeout() error {
	return p.timed("OnTimeout", p.cb.OnTimeout)
}

func (p *player) OnScanEnd(s *data.Scan) error {
	return p.timed("OnScanEnd", func() error { return p.cb.OnScanEnd(s) })
}
