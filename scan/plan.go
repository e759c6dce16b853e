package scan

import (
	"context"
	"fmt"
	"time"

	"blissh/data"
	"blissh/device"
)

// Plan is the full description of a scan. Positions are absolute.
type Plan struct {
	Name       string // "ascan"
	Title      string // "ascan robz -5 5 500 0.001"; empty: Name
	Command    string // as typed
	Axes       []device.Axis
	Trajectory Trajectory
	Counters   []*device.Counter
	CountTime  time.Duration
	SleepTime  time.Duration // between points: before every point but the first
	StabTime   time.Duration // between the end of a move and the count
	Deadline   time.Duration // of the whole scan, from Run; 0: none
	Save       bool
	Presets    []Preset
	Return     bool // go back to where the axes stood before
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
	// Positions gives all axes of the session; nil: the scanned ones.
	Positions func(ctx context.Context) []data.Axis
	// CleanUp bounds each step of the clean-up: a controller's or a preset's
	// Stop, the end event of a sink. 0 means DefaultCleanUp.
	CleanUp time.Duration
	// Answer bounds each call of a device while the scan runs, beside the time
	// it counts; moves have limits of their own. 0 means DefaultAnswer.
	Answer time.Duration
}

// DefaultCleanUp is long enough for a shutter to close and for a store that is
// away to be given up.
const DefaultCleanUp = 30 * time.Second

// Preset is code around a scan. Prepare comes before anything moves, Start
// before the first count, Stop in reverse order at the end, under a fresh
// bounded context, for every preset whose Prepare was called.
type Preset interface {
	Prepare(ctx context.Context, s *Scan) error
	Start(ctx context.Context, s *Scan) error
	Stop(ctx context.Context, s *Scan) error
}

// Pauser is a preset that is told when the scan has to wait for its store, and
// when it goes on: it closes a shutter, say. Resume follows every Pause, before
// anything moves or counts again, also when the scan is to end.
type Pauser interface {
	Pause(ctx context.Context, s *Scan) error
	Resume(ctx context.Context, s *Scan) error
}

// pauseAfter is how long a sink may hold the scan back before it is a pause.
const pauseAfter = 100 * time.Millisecond

// presetName is how errors call a preset: by its Name, if it has one.
func presetName(p Preset) string {
	if n, ok := p.(interface{ Name() string }); ok {
		return "preset " + n.Name()
	}
	return fmt.Sprintf("preset %T", p)
}

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
	if p.Title == "" {
		p.Title = p.Name
	}
	if p.Trajectory == nil {
		p.Trajectory = Static{N: 1}
	}
	return p
}
