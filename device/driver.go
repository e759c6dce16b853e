package device

import (
	"context"
	"fmt"
	"time"
)

// The calls of a driver's code. A panic of it is an error like any other, so
// that the axis can still be stopped and the program goes on.

// panicError is a panic of a driver.
type panicError struct{ value any }

func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }

// recovered is deferred; it makes a panic into an error.
func recovered(err *error) {
	if p := recover(); p != nil {
		*err = &panicError{p}
	}
}

func (a *MotorAxis) askRead(ctx context.Context) (dial float64, s State, err error) {
	defer recovered(&err)
	return a.driven().Read(ctx)
}

func (a *MotorAxis) askStart(ctx context.Context, dial float64) (err error) {
	defer recovered(&err)
	return a.driven().Start(ctx, dial)
}

// askMove names the axis in front of what stopped its move, unless that is the
// end of ctx.
func (a *MotorAxis) askMove(ctx context.Context, m Mover, dial float64) (err error) {
	defer recovered(&err)
	err = m.Move(ctx, dial)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("%s: %w", a.name, err)
}

func (a *MotorAxis) askStop(ctx context.Context) (err error) {
	defer recovered(&err)
	return a.driven().Stop(ctx)
}

// legTime is the duration of one straight move between dial positions.
func (a *MotorAxis) legTime(c *Config, from, to float64) (d time.Duration, err error) {
	t, ok := a.motor.(Timed)
	if !ok || a.standIn != nil && !a.standIn.keepsSpeed(c) {
		return TravelTime(to-from, c.Velocity, c.Acceleration), nil
	}
	defer recovered(&err)
	return t.TravelTime(from, to), nil
}

// tellSpeed tells the motor, if it has to know.
func (a *MotorAxis) tellSpeed(ctx context.Context, c *Config) (err error) {
	m, ok := a.driven().(SpeedSetter)
	if !ok {
		return nil
	}
	defer recovered(&err)
	return m.SetSpeed(ctx, c.Velocity, c.Acceleration)
}

// tellDial and tellPower are for motors that have the ability.
func (a *MotorAxis) tellDial(ctx context.Context, dial float64) (err error) {
	defer recovered(&err)
	return a.driven().(DialSetter).SetDial(ctx, dial)
}

func (a *MotorAxis) tellPower(ctx context.Context, on bool) (err error) {
	defer recovered(&err)
	return a.driven().(Switch).SetPower(ctx, on)
}

// ask is a guard's answer.
func ask(ctx context.Context, guard func(context.Context) error) (err error) {
	defer recovered(&err)
	return guard(ctx)
}

// safely makes an error of a panic.
func safely(f func() error) (err error) {
	defer recovered(&err)
	return f()
}
