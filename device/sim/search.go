package sim

import (
	"context"
	"errors"
	"math"
	"time"
)

// StartHome begins to look for the reference, wherever it is; a limit switch
// in between ends the search.
func (m *Motor) StartHome(ctx context.Context, direction int) error {
	if err := m.meet(ctx, Start); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	at, _ := m.motion.at(time.Now())
	to := m.o.Home - m.slip
	if direction != 0 && float64(direction)*(to-at) < 0 {
		return errors.New("the home switch is in the other direction")
	}
	if err := m.depart(to); err != nil {
		return err
	}
	m.homing = m.blocked == 0
	return nil
}

// referenced lets the motor count from its reference again once a search has
// found it. m.mu is held.
func (m *Motor) referenced(now time.Time) {
	if m.homing && !now.Before(m.motion.end) {
		m.motion = rest(m.whole(m.o.Home), m.motion.end)
		m.slip, m.homing, m.found = 0, false, true
	}
}

// StartLimit begins to move to the limit switch at one end.
func (m *Motor) StartLimit(ctx context.Context, direction int) error {
	if err := m.meet(ctx, Start); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	end := m.o.High
	if direction < 0 {
		end = m.o.Low
	}
	if math.IsInf(end, 0) {
		return errors.New("there is no limit switch at that end")
	}
	return m.depart(math.Nextafter(end, math.Inf(direction)))
}

// ReadEncoder says where the encoder sees the motor.
func (m *Motor) ReadEncoder(ctx context.Context) (float64, error) {
	if err := m.meet(ctx, Encoder); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.referenced(now)
	at, _ := m.motion.at(now)
	return at + m.slip, nil
}

// Slip moves what the encoder sees by delta, as if the motor had lost steps. A
// home search puts it right.
func (m *Motor) Slip(delta float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.slip += delta
}
