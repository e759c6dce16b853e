package device

import (
	"context"
	"math"
	"time"
)

// Motor is what a driver writes for an axis. Positions are dial positions in
// the axis' unit. Every method returns soon and when its context ends, with
// the state of the hardware undefined in that case; Stop and Read may be called
// while another call is in progress.
type Motor interface {
	// Start begins a move and returns without waiting for its end.
	Start(ctx context.Context, dial float64) error
	// Stop begins to decelerate and returns without waiting for its end. At
	// rest it does nothing.
	Stop(ctx context.Context) error
	// Read says where the motor is and what it does.
	Read(ctx context.Context) (dial float64, s State, err error)
}

// Mover is a motor that does a whole move in one call, which returns with the
// hardware at rest; when ctx ends, it is brought to rest and the cause returned.
// Start is not called.
type Mover interface {
	Move(ctx context.Context, dial float64) error
}

// Homer is a motor that can look for its reference.
type Homer interface {
	// StartHome begins the search and returns without waiting for its end:
	// in a direction of the dial, 1 or -1, or 0 for the one that the hardware
	// is set to. A search that succeeded ends in a state with Home.
	StartHome(ctx context.Context, direction int) error
}

// LimitSearcher is a motor that can look for its limit switches.
type LimitSearcher interface {
	// StartLimit begins to move in a direction of the dial, 1 or -1, until
	// the switch at that end stops it, and returns without waiting.
	StartLimit(ctx context.Context, direction int) error
}

// SpeedSetter is a motor whose velocity (unit/s) and acceleration (unit/s²)
// can be set. The axis calls it before the value is used.
type SpeedSetter interface {
	SetSpeed(ctx context.Context, velocity, acceleration float64) error
}

// DialSetter is a motor whose counting can be set: the place where it stands
// gets another dial position, nothing moves.
type DialSetter interface {
	SetDial(ctx context.Context, dial float64) error
}

// Switch is a motor whose power can be switched.
type Switch interface {
	SetPower(ctx context.Context, on bool) error
}

// Timed is a motor that knows the duration of a move better than its velocity
// and acceleration tell.
type Timed interface {
	TravelTime(from, to float64) time.Duration
}

// Config describes an axis. Positions and speeds are in Unit.
type Config struct {
	Name         string
	Unit         string
	Address      string  // of the hardware, for reservations; empty: Name
	Offset       float64 // user = Sign·dial + Offset
	Sign         int     // 1 or -1; 0 means 1
	Low, High    float64 // dial; both 0 means no limits
	Velocity     float64 // unit/s
	Acceleration float64 // unit/s²
	VelocityLow  float64 // 0: none
	VelocityHigh float64 // 0: none
	Backlash     float64 // user; the sign is the direction of the last approach
	Tolerance    float64 // 0 means 1e-4
	StepsPerUnit float64 // targets are rounded to whole steps; 0: not rounded
	Encoder      *EncoderConfig
}

// DefaultTolerance is how far from its target an axis may rest, in its unit.
const DefaultTolerance = 1e-4

// complete fills in what a zero value stands for.
func (c Config) complete() Config {
	if c.Address == "" {
		c.Address = c.Name
	}
	if c.Sign >= 0 {
		c.Sign = 1
	} else {
		c.Sign = -1
	}
	if c.Low == 0 && c.High == 0 {
		c.Low, c.High = math.Inf(-1), math.Inf(1)
	}
	if c.Tolerance <= 0 {
		c.Tolerance = DefaultTolerance
	}
	return c
}

// user converts a dial position.
func (c *Config) user(dial float64) float64 { return float64(c.Sign)*dial + c.Offset }

// dial converts a user position to the nearest whole step.
func (c *Config) dial(user float64) float64 {
	d := (user - c.Offset) * float64(c.Sign)
	if c.StepsPerUnit == 0 {
		return d
	}
	return math.Round(d*c.StepsPerUnit) / c.StepsPerUnit
}

// halfStep is the largest error of rounding to whole steps.
func (c *Config) halfStep() float64 {
	if c.StepsPerUnit == 0 {
		return 0
	}
	return 0.5 / math.Abs(c.StepsPerUnit)
}

// stays reports whether there is nothing to do between two dial positions, the
// second one a whole step.
func (c *Config) stays(from, to float64) bool {
	return math.Abs(to-from) <= c.halfStep()*(1-1e-6)
}

// step is the smallest move that means anything.
func (c *Config) step() float64 {
	if c.StepsPerUnit == 0 {
		return c.Tolerance
	}
	return 1 / math.Abs(c.StepsPerUnit)
}

// limits are the user limits, the low one first.
func (c *Config) limits() (low, high float64) {
	low, high = c.user(c.Low), c.user(c.High)
	return min(low, high), max(low, high)
}

// needsBacklash reports whether a move goes against the direction of the last
// approach; from may be unknown, NaN.
func (c *Config) needsBacklash(from, to float64) bool {
	return c.Backlash != 0 && !math.IsNaN(from) && from != to && (to > from) != (c.Backlash > 0)
}
