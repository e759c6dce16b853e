package main

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"blissh/channel"
	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/scan"
	"blissh/session"
)

// stopChannel is the shared channel of the hook; StopOn uses it, too.
const stopChannel = "stop_alignment"

// witness is a motor that notes when it was told to decelerate. It is the
// display of the scan as well: an axis that no move was under way of is at
// rest when the scan has ended.
type witness struct {
	*sim.Motor
	started chan struct{} // a move has begun
	stopped atomic.Int64
}

// Start notes that the axis moves.
func (w *witness) Start(ctx context.Context, dial float64) error {
	select {
	case w.started <- struct{}{}:
	default:
	}
	return w.Motor.Start(ctx, dial)
}

// Stop notes the time.
func (w *witness) Stop(ctx context.Context) error {
	w.stopped.CompareAndSwap(0, now())
	return w.Motor.Stop(ctx)
}

// Put notes the end of the scan.
func (w *witness) Put(_ context.Context, e data.Event) error {
	if _, ok := e.(*data.EndScan); ok {
		w.stopped.CompareAndSwap(0, now())
	}
	return nil
}

// newWitness makes an axis like the demo session's robz.
func newWitness() (*witness, *device.MotorAxis) {
	c := device.Config{Name: "robz", Unit: "mm", Address: "sim://robz", StepsPerUnit: 10000, Velocity: 100, Acceleration: 300}
	w := &witness{started: make(chan struct{}, 1)}
	w.Motor = sim.NewMotor(sim.MotorOptions{Velocity: c.Velocity, Acceleration: c.Acceleration, StepsPerUnit: c.StepsPerUnit})
	return w, device.NewAxis(c, w, nil)
}

// stopping is row 8.
func stopping(ctx context.Context, b *bench, e *engine) ([]figure, error) {
	s, done, err := b.openInstant(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	other, err := e.act(ctx, "set", stopChannel)
	if err != nil {
		return nil, err
	}
	defer other.end()
	t := &stopTest{b: b, s: s, other: other}
	if t.flag, err = s.Bus.Open(ctx, stopChannel, channel.Options{Initial: false}); err != nil {
		return nil, err
	}
	direct, err := t.all(ctx, t.direct)
	if err != nil {
		return nil, err
	}
	hooked, err := t.all(ctx, t.hooked)
	const point = 17330 * time.Microsecond // a step of 16.33 ms and a count of 1 ms
	return []figure{
		percentiles(direct, time.Millisecond, 0, 5*time.Millisecond),
		percentiles(hooked, time.Millisecond, 0, 5*time.Millisecond+point),
	}, err
}

// stopTest stops scans from another process.
type stopTest struct {
	b     *bench
	s     *session.Session
	other *actor
	flag  *channel.Channel
}

func (t *stopTest) all(ctx context.Context, one func(context.Context) (time.Duration, error)) (late samples, err error) {
	for range t.b.turns() * t.b.pick(60, 40) {
		if err := t.flag.Set(false); err != nil {
			return nil, err
		}
		d, err := one(ctx)
		if err != nil {
			return nil, err
		}
		late = append(late, d)
	}
	return late, nil
}

// direct stops one long move through StopOn.
func (t *stopTest) direct(ctx context.Context) (time.Duration, error) {
	w, axis := newWitness()
	sc, err := t.s.NewScan(t.plan(axis, 10000, 1), w)
	if err != nil {
		return 0, err
	}
	if err := sc.StopOn(t.flag); err != nil {
		return 0, err
	}
	return t.stop(ctx, sc, w)
}

// hooked stops the alignment scan through its hook, which looks at the shared
// channel after each point.
func (t *stopTest) hooked(ctx context.Context) (time.Duration, error) {
	w, axis := newWitness()
	sc, closeHook, err := watched(t.s, t.plan(axis, 10, 500), w)
	if err != nil {
		return 0, err
	}
	defer closeHook()
	return t.stop(ctx, sc, w)
}

func (t *stopTest) plan(axis device.Axis, length float64, intervals int) scan.Plan {
	return scan.Plan{
		Name: "ascan", Axes: []device.Axis{axis}, Counters: gauss(t.s), CountTime: time.Millisecond,
		Trajectory: scan.Linear{Start: []float64{0}, Stop: []float64{length}, Intervals: intervals},
	}
}

// stop runs a scan, has it stopped at a random moment of the motion, and gives
// the time from the other process' Set to the order to decelerate.
func (t *stopTest) stop(ctx context.Context, sc *session.Scan, w *witness) (time.Duration, error) {
	ended := make(chan error, 1)
	go func() { ended <- sc.Run(ctx) }()
	select {
	case <-w.started:
	case err := <-ended:
		return 0, fmt.Errorf("the scan has ended before it moved: %w", err)
	}
	nap(time.Duration(t.b.rand.Int64N(int64(40 * time.Millisecond)))) // the phase
	at, err := t.set(ctx)
	if err != nil {
		sc.Stop(err, scan.Now)
	}
	if failed := <-ended; failed != nil {
		return 0, failed
	}
	return time.Duration(w.stopped.Load() - at), err
}

// set has the other process set the shared channel, and tells when.
func (t *stopTest) set(ctx context.Context) (int64, error) {
	if _, err := fmt.Fprintln(t.other.in); err != nil {
		return 0, err
	}
	text, err := t.other.line(ctx)
	if err != nil {
		return 0, err
	}
	return strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
}
