package scan_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/scan"
)

// shutter is a preset that is told of pauses.
type shutter struct{ told []string }

func (s *shutter) Prepare(context.Context, *scan.Scan) error { return nil }
func (s *shutter) Start(context.Context, *scan.Scan) error   { return nil }
func (s *shutter) Stop(context.Context, *scan.Scan) error {
	s.told = append(s.told, "stop")
	return nil
}
func (s *shutter) Pause(context.Context, *scan.Scan) error {
	s.told = append(s.told, "pause")
	return nil
}
func (s *shutter) Resume(context.Context, *scan.Scan) error {
	s.told = append(s.told, "resume")
	return nil
}

var errAway = errors.New("the store stays away")

// awayStore is a sink that holds the scan back once, after three points.
type awayStore struct {
	rows int
	away time.Duration
	err  error
}

func (a *awayStore) Put(_ context.Context, e data.Event) error {
	if _, ok := e.(*data.Row); ok {
		a.rows++
	}
	return nil
}

func (a *awayStore) Ready(context.Context) error {
	if a.rows != 3 || a.away == 0 {
		return nil
	}
	time.Sleep(a.away)
	a.away = 0
	return a.err
}

// TestPresetsPauseWhileTheStoreIsAway: a shutter closes while the scan waits for
// its store, and is told when it goes on, or that it does not.
func TestPresetsPauseWhileTheStoreIsAway(t *testing.T) {
	for _, c := range []struct {
		name  string
		store awayStore
		want  []string
		rows  int
		err   error
	}{
		{"it comes back", awayStore{away: 2 * time.Second}, []string{"pause", "resume", "stop"}, 11, nil},
		{"it stays away", awayStore{away: 10 * time.Second, err: errAway}, []string{"pause", "resume", "stop"}, 3, errAway},
		{"a moment is no pause", awayStore{away: 50 * time.Millisecond}, []string{"stop"}, 11, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				axis, _ := newInstant("robz")
				_, gauss := newController("gauss")
				p, k := &shutter{}, c.store
				plan := line(axis, 0, 10, 10, time.Millisecond, gauss)
				plan.Presets = []scan.Preset{p}
				s := mustNew(t, plan, scan.Options{Wait: device.TimerWait, Sinks: []scan.Sink{&k}})
				err := s.Run(t.Context())
				if !errors.Is(err, c.err) || c.err == nil && err != nil {
					t.Errorf("ended with %v", err)
				}
				if !slices.Equal(p.told, c.want) || k.rows != c.rows {
					t.Errorf("the shutter heard %v, %d rows; want %v, %d", p.told, k.rows, c.want, c.rows)
				}
			})
		})
	}
}
