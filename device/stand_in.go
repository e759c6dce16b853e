package device

import (
	"context"
	"fmt"
	"sync"
)

// standIn is in the place of a motor during a dry run: it begins where the motor
// stands, goes wherever it is sent at once, and has no hardware.
type standIn struct {
	velocity, acceleration float64 // those that the motor knows

	mu  sync.Mutex
	at  float64
	off bool
}

var (
	_ Motor         = (*standIn)(nil)
	_ Mover         = (*standIn)(nil)
	_ SpeedSetter   = (*standIn)(nil)
	_ DialSetter    = (*standIn)(nil)
	_ Switch        = (*standIn)(nil)
	_ EncoderReader = (*standIn)(nil)
)

// StandIn puts a stand-in in the place of the motor, for a dry run: from now on
// nothing that is done with the axis reaches its hardware, which is read once
// for that. Limits, steps and the duration of moves stay those of the axis. A
// calculated axis has no motor: its parts get one each. It must not be called
// while the axis is used.
func (a *MotorAxis) StandIn(ctx context.Context) error {
	if a.Parts() != nil {
		return nil
	}
	at, err := a.Dial(ctx)
	if err != nil {
		return fmt.Errorf("where a dry run begins: %w", err)
	}
	c := a.Config()
	a.standIn = &standIn{velocity: c.Velocity, acceleration: c.Acceleration, at: at, off: a.LastState().Has(Off)}
	return nil
}

// driven is what the axis talks to.
func (a *MotorAxis) driven() Motor {
	if a.standIn != nil {
		return a.standIn
	}
	return a.motor
}

// keepsSpeed reports whether the motor still knows best how long its moves take.
func (m *standIn) keepsSpeed(c *Config) bool {
	return m.velocity == c.Velocity && m.acceleration == c.Acceleration
}

// IsStandIn reports whether the hardware of the axis is left out.
func (a *MotorAxis) IsStandIn() bool { return a.standIn != nil }

func (m *standIn) Start(ctx context.Context, dial float64) error { return m.Move(ctx, dial) }

func (m *standIn) Move(ctx context.Context, dial float64) error { return m.SetDial(ctx, dial) }

func (m *standIn) Stop(context.Context) error { return nil }

func (m *standIn) Read(context.Context) (float64, State, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.off {
		return m.at, Off, nil
	}
	return m.at, Ready, nil
}

func (m *standIn) SetSpeed(context.Context, float64, float64) error { return nil }

func (m *standIn) SetDial(_ context.Context, dial float64) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.at = dial
	return nil
}

func (m *standIn) SetPower(_ context.Context, on bool) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.off = !on
	return nil
}

func (m *standIn) ReadEncoder(context.Context) (float64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at, nil
}
