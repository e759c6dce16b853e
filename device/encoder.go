package device

import (
	"context"
	"fmt"
	"math"
)

// EncoderConfig describes the encoder of an axis.
type EncoderConfig struct {
	StepsPerUnit float64 // readings are whole steps; 0: as they come
	Tolerance    float64 // how far from its target it may be after a move; 0: not looked at
}

// EncoderReader is a motor that has an encoder, whose reading is a dial
// position.
type EncoderReader interface {
	ReadEncoder(ctx context.Context) (dial float64, err error)
}

// EncoderError says that an axis did not get to where it was sent, whatever its
// motor says.
type EncoderError struct {
	Axis          string
	Unit          string
	At, Want, Tol float64
}

func (e *EncoderError) Error() string {
	return fmt.Sprintf("%s did not reach its position: the encoder is at %.10g %s, %.10g %s was asked (tolerance %.10g %s)",
		e.Axis, e.At, e.Unit, e.Want, e.Unit, e.Tol, e.Unit)
}

// EncoderName is what the counter of an axis' encoder is called.
func EncoderName(axis string) string { return axis + "_encoder" }

// HasEncoder reports whether the motor has an encoder.
func (a *MotorAxis) HasEncoder() bool {
	_, ok := a.motor.(EncoderReader)
	return ok
}

// Encoder is the counter of the encoder; nil when none is configured.
func (a *MotorAxis) Encoder() *Counter { return a.encoder }

// newEncoder makes the counter of a configured encoder.
func newEncoder(a *MotorAxis) *Counter {
	if a.cfg.Encoder == nil || !a.HasEncoder() {
		return nil
	}
	return &Counter{Name: EncoderName(a.name), Unit: a.unit, Controller: &encoder{a}}
}

// EncoderPosition reads the user position from the encoder.
func (a *MotorAxis) EncoderPosition(ctx context.Context) (float64, error) {
	c := a.Config()
	if c.Encoder == nil || !a.HasEncoder() {
		return 0, fmt.Errorf("%s has no encoder", a.name)
	}
	dial, err := a.askEncoder(ctx)
	if err != nil {
		return 0, a.failed(ctx, "read encoder", err)
	}
	if s := c.Encoder.StepsPerUnit; s > 0 {
		dial = math.Round(dial*s) / s
	}
	return c.user(dial), nil
}

func (a *MotorAxis) askEncoder(ctx context.Context) (dial float64, err error) {
	defer recovered(&err)
	return a.driven().(EncoderReader).ReadEncoder(ctx)
}

// checkEncoder compares the encoder with where the axis was sent.
func (a *MotorAxis) checkEncoder(ctx context.Context, c *Config, to float64) error {
	if a.encoder == nil || c.Encoder.Tolerance == 0 {
		return nil
	}
	at, err := a.EncoderPosition(ctx)
	if err != nil {
		return err
	}
	if math.Abs(at-to) <= c.Encoder.Tolerance*(1+1e-9) {
		return nil
	}
	return &EncoderError{Axis: a.name, Unit: a.unit, At: at, Want: to, Tol: c.Encoder.Tolerance}
}

// encoder is the controller of the counter of one encoder.
type encoder struct{ axis *MotorAxis }

func (e *encoder) Name() string                                        { return e.axis.name }
func (e *encoder) Prepare(context.Context, Setup) (Acquisition, error) { return e, nil }
func (e *encoder) Trigger(context.Context, Point) error                { return nil }
func (e *encoder) Stop(context.Context) error                          { return nil }

func (e *encoder) Read(ctx context.Context, r *Reading) (err error) {
	r.Values[0], err = e.axis.EncoderPosition(ctx)
	return err
}
