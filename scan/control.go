package scan

import (
	"errors"
	"time"

	"blissh/data"
)

// Control is how a hook asks its scan for a change. Each method hands over a
// request and returns at once with its id; it is applied between two points, or
// refused, and Answer tells which. The scan obeys stop, pause and resume; the
// rest only as far as it was told to allow them.
type Control struct {
	name   string
	to     func(data.Request) string
	answer func(id string) string
}

func (c *Control) ask(q data.Request) string {
	if c.to == nil {
		return ""
	}
	q.By = c.name
	return c.to(q)
}

// Ask hands over any request.
func (c *Control) Ask(q data.Request) string { return c.ask(q) }

// Answer is "applied at point k" or "refused: reason", "" while it is open.
func (c *Control) Answer(id string) string {
	if c.answer == nil {
		return ""
	}
	return c.answer(id)
}

// Stop ends the scan after the point in progress.
func (c *Control) Stop(reason string) string {
	return c.ask(data.AskStop(reason))
}

// Pause lets the scan wait after the point in progress.
func (c *Control) Pause(reason string) string {
	return c.ask(data.AskPause(reason))
}

// Resume ends the hook's own pause.
func (c *Control) Resume() string { return c.ask(data.AskResume()) }

// GoOn asks for no change, of a scan that waits for advice.
func (c *Control) GoOn() string { return c.ask(data.AskGoOn()) }

// Range goes from start to stop from now on, in so many intervals, or with the
// step that the scan has.
func (c *Control) Range(start, stop float64, intervals ...int) string {
	return c.ask(data.AskRange(start, stop, intervals...))
}

// StopAt goes on as before, until the first axis is at a position.
func (c *Control) StopAt(position float64) string {
	return c.ask(data.AskStopAt(position))
}

// Step goes on to the same end in steps of another length.
func (c *Control) Step(step float64) string {
	return c.ask(data.AskStep(step))
}

// Points goes to these points from now on, of a scan of one axis.
func (c *Control) Points(list []float64) string {
	return c.ask(data.AskPoints(list))
}

// Insert takes n points around a position first and then goes on as planned.
func (c *Control) Insert(around, width float64, n int) string {
	return c.ask(data.AskInsert(around, width, n))
}

// SkipTo leaves out the points before a position.
func (c *Control) SkipTo(position float64) string {
	return c.ask(data.AskSkipTo(position))
}

// Repeat takes the last point again.
func (c *Control) Repeat() string { return c.ask(data.AskRepeat()) }

// CountTime counts for that many s from the next point on.
func (c *Control) CountTime(seconds float64) string {
	return c.ask(data.AskCountTime(seconds))
}

// Comment puts a text into the scan's record.
func (c *Control) Comment(text string) string { return c.ask(data.AskComment(text)) }

// Advice is a request in the place of an error: a hook returns it instead of
// calling its Control. Several can be joined by errors.Join.
type Advice struct{ Request data.Request }

func (a *Advice) Error() string { return "ask for " + a.Request.String() }

// advised are the requests in what a hook returned, and what else is in it: an
// end, or an error, which counts as if it had come alone.
func advised(err error) (list []data.Request, rest error) {
	if errors.Is(err, StopIteration) || errors.Is(err, StopAfterPoint) {
		return nil, err
	}
	switch e := err.(type) {
	case nil:
	case *Advice:
		list = append(list, e.Request)
	case interface{ Unwrap() []error }:
		for _, one := range e.Unwrap() {
			more, other := advised(one)
			list, rest = append(list, more...), errors.Join(rest, other)
		}
	default:
		if list, rest = advised(errors.Unwrap(err)); list == nil {
			rest = err
		}
	}
	return list, rest
}

// AskAll is returned by a hook that asks for several things, in that order.
func AskAll(list ...error) error { return errors.Join(list...) }

// AskPause is returned by a hook to let the scan wait; also by OnScanNew, before
// anything moves.
func AskPause(reason string) error {
	return &Advice{data.AskPause(reason)}
}

// AskResume is returned by a hook to end its own pause.
func AskResume() error { return &Advice{data.AskResume()} }

// AskRange is returned by a hook to go from start to stop from now on.
func AskRange(start, stop float64, intervals ...int) error {
	return &Advice{data.AskRange(start, stop, intervals...)}
}

// AskStopAt is returned by a hook to go on until a position.
func AskStopAt(position float64) error {
	return &Advice{data.AskStopAt(position)}
}

// AskStep is returned by a hook to go on with another step.
func AskStep(step float64) error {
	return &Advice{data.AskStep(step)}
}

// AskPoints is returned by a hook to go to these points, of a scan of one axis.
func AskPoints(list []float64) error {
	return &Advice{data.AskPoints(list)}
}

// AskInsert is returned by a hook to take n points around a position first.
func AskInsert(around, width float64, n int) error {
	return &Advice{data.AskInsert(around, width, n)}
}

// AskSkipTo is returned by a hook to leave out the points before a position.
func AskSkipTo(position float64) error {
	return &Advice{data.AskSkipTo(position)}
}

// AskRepeat is returned by a hook to take the last point again.
func AskRepeat() error { return &Advice{data.AskRepeat()} }

// AskCountTime is returned by a hook to count for another time.
func AskCountTime(count time.Duration) error {
	return &Advice{data.AskCountTime(count.Seconds())}
}
