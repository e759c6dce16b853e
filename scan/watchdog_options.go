package scan

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"blissh/data"
)

// The time that one call of a hook may take when its options say nothing. A
// hook that only observes gets long enough for a fit or a slow network; one
// that gates pays with the dead time of every point.
const (
	ObserveBudget = 5 * time.Second
	GateBudget    = 100 * time.Millisecond
)

// killGrace is how long a hook that was told to end is waited for: an
// interpreted loop notices within microseconds, only a call that blocks does
// not.
const killGrace = 20 * time.Millisecond

// WatchdogOptions ties a hook to one scan. The zero value works; without Stop
// verdicts have no effect.
type WatchdogOptions struct {
	Name string // "StopAlignmentHook", for messages
	File string // where the hook is written, when Where cannot tell
	// Wake, if not nil, makes OnTimeout be called at once on every receive.
	Wake <-chan struct{}
	// Kill, if not nil, ends the hook's call in progress if it can be ended.
	Kill func()
	// Where, if not nil, tells where an error of the last call came from, as
	// "file:line", or "".
	Where func(error) string
	// Hold, if not nil, lets the hook's code wait at its next loop turn until LetGo.
	// It waits for that, for so long at most, and reports whether the code stands
	// there. With them and with Kill the hook has a memory budget.
	Hold  func(limit time.Duration) bool
	LetGo func()
	// Memory is that budget in bytes; 0 is MemoryBudget. Trials is shared by all
	// hooks of a process; nil: the hook is the only one.
	Memory int64
	Trials *Trials
	// Linger, if not nil, is handed the watchdog of a hook that observes and may
	// fail, when the scan does not wait for its end any longer; see Done and
	// CutShort. Nil: the scan waits for every hook.
	Linger func(*Watchdog)
	// Budget limits each call; 0 is ObserveBudget, or GateBudget of a hook
	// that gates (OnScanNew and OnScanEnd have ObserveBudget then).
	Budget time.Duration
	// Stop ends the scan; called from the hook's goroutine.
	Stop func(cause error, when When)
	// Ask, if not nil, hands a request of the hook to the scan and returns its
	// id; Answer is what became of it, "" while that is not known.
	Ask    func(data.Request) (id string)
	Answer func(id string) string
	// Absent, if not nil, hears the names of data channels that the hook asks for
	// and the scan has not.
	Absent func(name string)
	// Warn shows one line to the user; called from any goroutine.
	Warn func(line string)
}

// budgets gives the limit of a call in mid-scan and of the first and last call.
func (o WatchdogOptions) budgets(m Mode) (call, frame time.Duration) {
	switch {
	case o.Budget > 0:
		return o.Budget, o.Budget
	case m == Gate:
		return GateBudget, ObserveBudget
	}
	return ObserveBudget, ObserveBudget
}

func (o *WatchdogOptions) memory() int64 {
	if o.Memory > 0 {
		return o.Memory
	}
	return MemoryBudget
}

// HookError is a failure of a hook itself: an error that is no verdict, a
// panic, an overrun.
type HookError struct {
	Name  string // "StopAlignmentHook"
	Where string // "scripts/stop.go:22", may be empty
	Err   error
}

// Error is "hook StopAlignmentHook (scripts/stop.go:22): no fit", on one line.
func (e *HookError) Error() string {
	text := oneLine(e.Err.Error())
	if e.Where == "" {
		return fmt.Sprintf("hook %s: %s", e.Name, text)
	}
	return fmt.Sprintf("hook %s (%s): %s", e.Name, e.Where, text)
}

// Unwrap gives what the hook failed with.
func (e *HookError) Unwrap() error { return e.Err }

// OverrunError says that one call of a hook took longer than its budget.
type OverrunError struct {
	Call   string // "OnScanData"
	Budget time.Duration
}

// Error is "OnScanData took longer than 5s".
func (e *OverrunError) Error() string {
	return fmt.Sprintf("%s took longer than %v", e.Call, e.Budget)
}

// hookVerdict reads a hook's error as a wish to end the scan; nil if it is none.
func hookVerdict(hook string, err error) (*StopError, When) {
	for _, v := range []struct {
		sentinel error
		when     When
	}{{StopIteration, Now}, {StopAfterPoint, AfterPoint}} {
		if errors.Is(err, v.sentinel) {
			return &StopError{By: "hook " + hook, Reason: without(err, v.sentinel)}, v.when
		}
	}
	return nil, AfterPoint
}

// without is the text of err less that of the sentinel in it, on one line.
func without(err, sentinel error) string {
	text, mark := err.Error(), sentinel.Error()
	if i := strings.LastIndex(text, mark); i >= 0 {
		text = text[:i] + text[i+len(mark):]
	}
	return strings.Trim(oneLine(text), " :;,()")
}

// oneLine joins the lines of a text that is shown as one.
func oneLine(text string) string {
	return strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}
