package scan

import (
	"cmp"
	"context"
	"time"

	"blissh/data"
	"blissh/device"
)

// Plan is the full description of a scan. Positions are absolute unless it is a
// relative one.
type Plan struct {
	Name       string // "ascan"
	Type       string // which kind of scan it is, whatever it is called; empty: Name
	Title      string // "ascan robz -5 5 500 0.001"; empty: Name
	Command    string // as typed
	Axes       []device.Axis
	Trajectory Trajectory
	Relative   bool // Trajectory counts from where the axes stand when Run begins
	// Resolved gives the title of a relative scan once its path is known; nil:
	// Title stays.
	Resolved  func(Trajectory) string
	Info      map[string]any // what the user wants to have in the description
	Counters  []*device.Counter
	CountTime time.Duration
	SleepTime time.Duration // between points: before every point but the first
	StabTime  time.Duration // between the end of a move and the count
	Deadline  time.Duration // of the whole scan, from Run; 0: none
	Save      bool
	Presets   []Preset
	Return    bool // go back to where the axes stood before
	// WaitAdvice is how long the scan waits after each point for a request; 0: it
	// goes on and takes what comes. Without says what it does when none comes.
	WaitAdvice time.Duration
	Without    WithoutAdvice
}

// Options are what a scan needs of its surroundings. The zero value works.
type Options struct {
	// Wait is what the scan waits with; nil means device.PreciseWait.
	Wait device.Wait
	// Open is called at the start of Run with the scan's description, which
	// it completes: number, uid, session, user, host. The engine updates the
	// description in place, on its own goroutine. The sinks it returns come
	// before the others, the publisher first. When it returns after Abandon,
	// those with a Close method are closed and none is told anything.
	Open func(ctx context.Context, s *data.Scan) ([]Sink, error)
	// Sinks are told what happens, after those of Open.
	Sinks []Sink
	// Guard is asked before every move and every count; an error fails the
	// scan.
	Guard func(ctx context.Context) error
	// Reserve takes the axes for this scan alone, before anything else.
	Reserve func(ctx context.Context, axes []device.Axis) (release func(), err error)
	// Presets are asked for when Run begins and come before those of the plan;
	// nil: none.
	Presets func() []Preset
	// Room is asked before a request makes the scan longer; an error refuses it.
	// It has a second for its answer.
	Room func(ctx context.Context, points int) error
	// Positions gives all axes of the session; nil: the scanned ones.
	Positions func(ctx context.Context) []data.Axis
	// CleanUp bounds each step of the clean-up: a controller's or a preset's
	// Stop, the end event of a sink. 0 means DefaultCleanUp.
	CleanUp time.Duration
	// Answer bounds each call of a device while the scan runs, beside the time
	// it counts; moves have limits of their own. 0 means DefaultAnswer.
	Answer time.Duration
	// Dry, if not nil, is the time of a dry run: the scan ends as it should
	// without a point, and only the stand-ins of its axes move.
	Dry *device.VirtualTime
}

// DefaultCleanUp is long enough for a shutter to close and for a store that is
// away to be given up.
const DefaultCleanUp = 30 * time.Second

// complete fills in what zero values stand for.
func (o Options) complete() Options {
	if o.Wait == nil {
		o.Wait = device.PreciseWait
	}
	if o.CleanUp <= 0 {
		o.CleanUp = DefaultCleanUp
	}
	if o.Answer <= 0 {
		o.Answer = DefaultAnswer
	}
	return o
}

// complete fills in what zero values stand for.
func (p Plan) complete() Plan {
	p.Type, p.Title = cmp.Or(p.Type, p.Name), cmp.Or(p.Title, p.Name)
	if p.Trajectory == nil {
		p.Trajectory = Static{N: 1}
	}
	return p
}
