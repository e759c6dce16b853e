package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"strings"
	"time"

	"blissh/channel"
	"blissh/commands"
	"blissh/device"
	"blissh/hooks"
	"blissh/repl"
	"blissh/scan"
	"blissh/session"
)

// sessionName is the session that clients in other processes follow.
const sessionName = "bench"

// instantDevices is a beamline on which only the software takes time.
const instantDevices = `
session: ` + sessionName + `
axes:
  - {name: robz, driver: sim, unit: mm, instant: true, steps_per_unit: 10000, velocity: 100, acceleration: 300}
controllers:
  - name: sim_ct
    driver: sim
    counters:
      - {name: sim_ct_gauss_noise, kind: gauss, center: -1, sigma: 0.6667, noise: 0.1}
`

// open opens a session on the engine's store, with the hook of the demo
// session. When ctx ends, what runs in it is stopped.
func (b *bench) open(ctx context.Context, e *engine, cfg *session.Config, err error) (*session.Session, func(), error) {
	if err != nil {
		return nil, nil, err
	}
	cfg.Hooks = []string{b.hooks}
	s, err := session.Open(ctx, session.Options{
		Config: cfg, URL: e.url, Version: "bench",
		Loader: func(s *session.Session) hooks.Loader { return hookLoader(s.Bus) },
		Warn: func(text string) {
			if !b.quiet.Load() {
				fmt.Fprintln(os.Stderr, text)
			}
		},
	})
	if err != nil {
		return nil, nil, err
	}
	stop := context.AfterFunc(ctx, func() { s.Stop(scan.ErrInterrupted) })
	return s, func() {
		stop()
		s.Close(context.WithoutCancel(ctx))
	}, nil
}

func (b *bench) openInstant(ctx context.Context, e *engine) (*session.Session, func(), error) {
	cfg, err := session.ParseConfig("bench.yml", []byte(instantDevices))
	return b.open(ctx, e, cfg, err)
}

func (b *bench) openDemo(ctx context.Context, e *engine) (*session.Session, func(), error) {
	cfg, err := session.DemoConfig()
	return b.open(ctx, e, cfg, err)
}

// hookLoader loads hook scripts as the program does: their shared channels are
// those of the session.
func hookLoader(bus *channel.Bus) hooks.Loader {
	return repl.NewHookLoader(repl.Options{Bind: func(s *repl.Scope) repl.Exports {
		open := func(name string, initial any) *channel.Channel {
			c, err := bus.Open(s.Context(), name, channel.Options{Initial: initial})
			if err != nil {
				panic(err)
			}
			s.OnClose(c.Watch(func(*channel.Channel) { s.Wake() }))
			return c
		}
		return repl.Exports{"blissh/channel/channel": {"Open": reflect.ValueOf(open)}}
	}})
}

// hookName is the hook that watches the scans.
const hookName = "StopAlignmentHook"

// watched makes a scan with table and hook, as at the prompt. closeHook is for
// after the run.
func watched(s *session.Session, p scan.Plan, sinks ...scan.Sink) (sc *session.Scan, closeHook func(), err error) {
	table := commands.NewScanTable(io.Discard, false)
	if sc, err = s.NewScan(p, append([]scan.Sink{table}, sinks...)...); err != nil {
		return nil, nil, err
	}
	h, err := s.Hooks.New(context.Background(), hookName)
	if err != nil {
		return nil, nil, err
	}
	return sc, h.Close, sc.SetWatchdog(h)
}

// timed runs a plan with table and hook, until the end is acknowledged, and
// makes sure that it is complete.
func timed(ctx context.Context, s *session.Session, p scan.Plan, sinks ...scan.Sink) (time.Duration, error) {
	sc, closeHook, err := watched(s, p, sinks...)
	if err != nil {
		return 0, err
	}
	defer closeHook()
	begin := time.Now()
	err = sc.Run(ctx)
	took := time.Since(begin)
	if err == nil && sc.State() != scan.Done {
		err = fmt.Errorf("the scan was %v: %s", sc.State(), sc.Info().Reason)
	}
	return took, err
}

// ascan is the plan of ascan(robz, -5, 5, intervals, count).
func ascan(s *session.Session, intervals int, count time.Duration) (scan.Plan, error) {
	for _, a := range s.Axes() {
		if a.Name() == "robz" {
			return scan.Plan{
				Name: "ascan", Axes: []device.Axis{a}, Counters: gauss(s), CountTime: count,
				Trajectory: scan.Linear{Start: []float64{-5}, Stop: []float64{5}, Intervals: intervals},
			}, nil
		}
	}
	return scan.Plan{}, errors.New("the session has no robz")
}

// loopscan is the plan of loopscan(points, count).
func loopscan(s *session.Session, points int, count time.Duration) scan.Plan {
	return scan.Plan{Name: "loopscan", Trajectory: scan.Static{N: points}, Counters: gauss(s), CountTime: count}
}

func gauss(s *session.Session) []*device.Counter {
	for _, c := range s.Counters() {
		if c.Name == "sim_ct_gauss_noise" {
			return []*device.Counter{c}
		}
	}
	return nil
}

// manyDevices is a beamline of instant devices: axes x1 to x4 and counters c1 to
// c20 of one controller each, so that each is triggered and read on its own.
func manyDevices() string {
	var b strings.Builder
	b.WriteString("session: " + sessionName + "\naxes:\n")
	for i := 1; i <= 4; i++ {
		fmt.Fprintf(&b, "  - {name: x%d, driver: sim, unit: mm, instant: true, steps_per_unit: 10000, velocity: 100, acceleration: 300}\n", i)
	}
	b.WriteString("controllers:\n")
	for i := 1; i <= 20; i++ {
		fmt.Fprintf(&b, "  - {name: ctl%d, driver: sim, counters: [{name: c%d, kind: gauss, center: -1, sigma: 0.6667, noise: 0.1}]}\n", i, i)
	}
	return b.String()
}

func (b *bench) openMany(ctx context.Context, e *engine) (*session.Session, func(), error) {
	cfg, err := session.ParseConfig("bench.yml", []byte(manyDevices()))
	return b.open(ctx, e, cfg, err)
}

// together is the plan of a scan that moves the first axes together and counts the
// first counters.
func together(s *session.Session, axes, counters int) scan.Plan {
	l := scan.Linear{Intervals: points - 1}
	p := scan.Plan{Name: "anscan", Counters: s.Counters()[:counters]}
	for _, a := range s.Axes()[:axes] {
		p.Axes = append(p.Axes, a)
		l.Start, l.Stop = append(l.Start, -5), append(l.Stop, 5)
	}
	p.Trajectory = l
	return p
}
