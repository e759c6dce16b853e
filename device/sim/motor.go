package sim

import (
	"context"
	"errors"
	"math"
	"sync"
	"time"

	"blissh/device"
)

// MotorOptions describe a simulated motor; positions are dial positions.
type MotorOptions struct {
	Velocity     float64 // unit/s; 0: not limited
	Acceleration float64 // unit/s²; 0: not limited
	StepsPerUnit float64 // 0: no steps
	Start        float64 // where it stands at first
	Low, High    float64 // limit switches; both 0: none
	Instant      bool    // moves take no time
	Home         float64 // where its reference is
}

// Motor is a simulated motor that needs the time a real one would need. It is
// safe for concurrent use.
type Motor struct {
	Faults

	mu      sync.Mutex
	o       MotorOptions
	motion  motion
	blocked device.State // the switch that the motion ends on, if any
	slip    float64      // how far the encoder is from what the motor counts
	homing  bool         // the motion is a home search
	found   bool         // it has ended, and nothing has moved since
	broken  bool
	off     bool
}

// The abilities of a Motor.
var (
	_ device.Motor       = (*Motor)(nil)
	_ device.SpeedSetter = (*Motor)(nil)
	_ device.Timed       = (*Motor)(nil)
	_ device.DialSetter  = (*Motor)(nil)
	_ device.Switch      = (*Motor)(nil)

	_ device.EncoderReader = (*Motor)(nil)
	_ device.Homer         = (*Motor)(nil)
	_ device.LimitSearcher = (*Motor)(nil)
)

// NewMotor makes a motor at rest.
func NewMotor(o MotorOptions) *Motor {
	if o.Low == 0 && o.High == 0 {
		o.Low, o.High = math.Inf(-1), math.Inf(1)
	}
	m := &Motor{o: o}
	m.motion = rest(m.whole(o.Start), time.Now())
	return m
}

// NewAxis makes a motor that fits c, and its axis.
func NewAxis(c device.Config, o MotorOptions, w device.Wait) (*device.MotorAxis, *Motor) {
	o.Velocity, o.Acceleration, o.StepsPerUnit = c.Velocity, c.Acceleration, c.StepsPerUnit
	if c.Address == "" {
		c.Address = "sim://" + c.Name
	}
	m := NewMotor(o)
	return device.NewAxis(c, m, w), m
}

// Start begins a move.
func (m *Motor) Start(ctx context.Context, dial float64) error {
	if err := m.meet(ctx, Start); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.depart(dial)
}

// depart begins a motion if the motor is fit for it. m.mu is held.
func (m *Motor) depart(dial float64) error {
	now := time.Now()
	switch {
	case m.off:
		return errors.New("the power is off")
	case m.broken:
		return errors.New("the motor is broken")
	case now.Before(m.motion.end):
		return errors.New("the motor is moving")
	}
	m.begin(dial, now)
	return nil
}

// begin starts towards dial, as far as the limit switches let it.
func (m *Motor) begin(dial float64, now time.Time) {
	from, _ := m.motion.at(now)
	to := m.whole(min(max(dial, m.o.Low), m.o.High))
	m.blocked, m.homing, m.found = 0, false, false
	if dial > m.o.High {
		m.blocked = device.LimitPositive
	} else if dial < m.o.Low {
		m.blocked = device.LimitNegative
	}
	m.motion = travel(from, to, m.o.Velocity, m.o.Acceleration, now, m.duration(from, to))
}

// Stop begins to decelerate.
func (m *Motor) Stop(ctx context.Context) error {
	if err := m.meet(ctx, Stop); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.brake(time.Now())
	return nil
}

// brake ends a motion; one that brakes already goes on doing so.
func (m *Motor) brake(now time.Time) {
	if !now.Before(m.motion.end) || m.motion.start > 0 && m.motion.acc > 0 {
		return
	}
	b := m.motion.braking(now, m.whole)
	if b.end.After(m.motion.end) {
		return
	}
	m.motion, m.blocked, m.homing = b, 0, false
}

// Read says where the motor is, in whole steps, and what it does.
func (m *Motor) Read(ctx context.Context) (float64, device.State, error) {
	if err := m.meet(ctx, Read); err != nil {
		return 0, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	m.referenced(now)
	at, _ := m.motion.at(now)
	return m.whole(at), m.state(now), nil
}

// state is what Read reports.
func (m *Motor) state(now time.Time) device.State {
	switch {
	case now.Before(m.motion.end):
		return device.Moving
	case m.off:
		return device.Off
	case m.broken:
		return device.Fault
	case m.found:
		return device.Ready | device.Home | m.blocked
	}
	return device.Ready | m.blocked
}

// SetSpeed sets what the next move uses.
func (m *Motor) SetSpeed(_ context.Context, velocity, acceleration float64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.o.Velocity, m.o.Acceleration = velocity, acceleration
	return nil
}

// SetDial gives the place where the motor stands another position. The limit
// switches stay where they are on the dial.
func (m *Motor) SetDial(_ context.Context, dial float64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	if now.Before(m.motion.end) {
		return errors.New("the motor is moving")
	}
	m.motion = rest(m.whole(dial), now)
	return nil
}

// SetPower is Power, as the axis calls it.
func (m *Motor) SetPower(_ context.Context, on bool) error {
	m.Power(on)
	return nil
}

// TravelTime is how long a move takes.
func (m *Motor) TravelTime(from, to float64) time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.duration(m.whole(from), m.whole(to))
}

// duration is how long a move between whole steps takes.
func (m *Motor) duration(from, to float64) time.Duration {
	if m.o.Instant {
		return 0
	}
	return device.TravelTime(to-from, m.o.Velocity, m.o.Acceleration)
}

// Push moves the motor by delta at once, as if somebody had turned the knob.
func (m *Motor) Push(delta float64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := time.Now()
	at, _ := m.motion.at(now)
	m.motion, m.found = rest(m.whole(at+delta), now), false
}

// Break makes the motor stop with a fault, or repairs it.
func (m *Motor) Break(broken bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.broken = broken
	if broken {
		m.brake(time.Now())
	}
}

// Power switches the motor on or off; without power it stops at once.
func (m *Motor) Power(on bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.off = !on
	if m.off {
		now := time.Now()
		at, _ := m.motion.at(now)
		m.motion = rest(m.whole(at), now)
	}
}

// whole rounds to whole steps.
func (m *Motor) whole(x float64) float64 {
	if m.o.StepsPerUnit == 0 {
		return x
	}
	return math.Round(x*m.o.StepsPerUnit) / m.o.StepsPerUnit
}
