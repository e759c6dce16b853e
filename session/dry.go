package session

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/device"
)

// A session that is opened with Options.Dry is there for a dry run: its axes are
// stand-ins, its scans end without a point, its time is virtual, and what it would
// keep goes into a copy of its settings that ends with it. It should be given a
// store of its own.

// openDrySettings copies the settings, so that changes end with the session.
func openDrySettings(session string, warn func(string)) (*settings, error) {
	state, err := stateDir()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "blissh-dry-run-")
	if err != nil {
		return nil, err
	}
	s := &settings{dir, warn}
	kept, err := os.ReadFile(filepath.Join(state, "blissh", session, filepath.Base(s.path())))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return s, nil
	case err == nil:
		err = os.WriteFile(s.path(), kept, 0o600)
	}
	if err != nil {
		err = fmt.Errorf("settings of a dry run: %w", err)
	}
	return s, err
}

// Dry is the time of a dry run; nil when this is none.
func (s *Session) Dry() *device.VirtualTime { return s.options.Dry }

// standIn leaves the hardware of all axes out. One that cannot say where it
// stands has not come up at all.
func (s *Session) standIn(ctx context.Context) error {
	if s.options.Dry == nil {
		return nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, answerTime, errNoAnswer)
	defer cancel()
	for _, a := range s.devices.Axes {
		if err := a.StandIn(ctx); err != nil {
			return err
		}
	}
	return nil
}

// passTime takes a dry run on by the time that a move would take.
func (s *Session) passTime(ctx context.Context, list []device.Axis, targets []float64) error {
	if s.options.Dry == nil {
		return nil
	}
	var longest time.Duration
	for k, a := range list {
		from, err := a.Position(ctx)
		if err != nil {
			return err
		}
		if e, ok := a.(device.Estimator); ok {
			longest = max(longest, e.MoveTime(from, targets[k]))
		}
	}
	return s.options.Dry.Wait(ctx, longest)
}

// dryColumns are the data that a dry run can know: where the axes would be, and
// when. Everything else is NaN.
func (sc *Scan) dryColumns() map[string][]float64 {
	info := sc.Info()
	columns := map[string][]float64{}
	for _, c := range info.Channels {
		if c.Scalar() {
			columns[c.Name] = unknown(info.Taken)
		}
	}
	for i := range info.Taken {
		for k, x := range sc.SetPoint(i) {
			columns[info.Moving[k]][i] = x
		}
		at := time.Duration(float64(info.Timing.Total) * float64(i) / float64(info.Taken))
		columns[data.ElapsedTime][i] = at.Seconds()
		columns[data.Epoch][i] = float64(info.Start.Add(at).UnixMicro()) / 1e6
	}
	return columns
}

// unknown is a number of values that nobody knows.
func unknown(n int) []float64 {
	list := make([]float64, n)
	for i := range list {
		list[i] = math.NaN()
	}
	return list
}

// askTime bounds the look into the store of real runs.
const askTime = 3 * time.Second

// noteInUse tells, once an axis, who has reserved it in the store of real runs:
// the script would be refused now, which says nothing about later.
func (s *Session) noteInUse(ctx context.Context, axes []device.Axis) {
	var fresh []device.Addressed
	s.mu.Lock()
	for _, a := range axes {
		if x, ok := a.(device.Addressed); ok && !s.asked[x.Address()] {
			s.asked[x.Address()] = true
			fresh = append(fresh, x)
		}
	}
	s.mu.Unlock()
	if s.options.Reservations == "" || len(fresh) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	for _, a := range fresh {
		holder, err := store.Reserved(ctx, s.options.Reservations, a.Address())
		switch {
		case err != nil:
			s.options.Warn(fmt.Sprintf("whether %s is in use is not known: %v", a.(device.Axis).Name(), err))
		case holder != "":
			s.options.Warn(fmt.Sprintf("%s is in use now by %s; the script would be refused", a.(device.Axis).Name(), holder))
		}
	}
}
