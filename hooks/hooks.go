// Package hooks finds, loads, isolates and reloads the scripts that watch scans.
//
// A hook is a type that embeds Base and overrides what it needs. Hook scripts
// are Go source, each interpreted on its own; the interpreter is given to this
// package as a Loader, so that it can be tested and used without one.
package hooks

import (
	"sync"
	"sync/atomic"
	"time"

	"blissh/data"
	"blissh/scan"
)

// WatchdogCallback is what a hook implements; see package scan.
type WatchdogCallback = scan.WatchdogCallback

// The modes and policies of a hook, repeated here so that a script needs one
// import less.
const (
	Observe  = scan.Observe
	Gate     = scan.Gate
	FailScan = scan.FailScan
	GoOn     = scan.GoOn
)

// Base is a hook that does nothing, to be embedded by value. Its methods have
// value receivers because interpreted types only inherit those.
type Base struct{}

func (Base) Timeout() time.Duration      { return time.Second }
func (Base) Mode() scan.Mode             { return scan.Observe }
func (Base) OnFailure() scan.Policy      { return scan.FailScan }
func (Base) OnScanNew(*data.Scan) error  { return nil }
func (Base) OnScanData(*scan.Data) error { return nil }
func (Base) OnTimeout() error            { return nil }
func (Base) OnScanEnd(*data.Scan) error  { return nil }

// Definition is one hook type found in a script.
type Definition struct {
	Name string // "StopAlignmentHook"
	File string // as shown to the user, "scripts/stop_alignment_hook.go"
	Line int    // of the type declaration
	Doc  string // first sentence of its comment
	// SHA256 is the hash of the file, in hexadecimal digits.
	SHA256 string
	// New makes a hook; it runs the script's constructor.
	New func() (*Hook, error)
}

// Loader reads one script file and returns the hooks in it. An error names
// file, line and column; all mistakes of the file are in it.
type Loader interface {
	Load(path string) ([]Definition, error)
}

// Hook is one instance of a hook type, with what is needed to isolate it.
type Hook struct {
	WatchdogCallback
	PresetCallback // nil: the hook is no preset
	Name           string
	File           string
	Line           int
	SHA256         string // of the file
	Typed          bool   // at the prompt: it runs in the prompt's interpreter
	// Wake, if not nil, receives when a shared channel that the hook opened
	// has changed.
	Wake <-chan struct{}
	// Kill, if not nil, makes the hook's interpreted code end at its next
	// loop turn or function entry. Safe from any goroutine.
	Kill func()
	// Hold, if not nil, lets the hook's interpreted code wait at its next loop turn
	// or function entry, or go on. Safe from any goroutine.
	Hold func(bool)
	// Where, if not nil, tells where an error or panic value of the last call
	// came from, as "file:line", or "".
	Where func(err error) string
	// Protect, if not nil, calls f although the code of the hook may have been
	// asked to end: the stops of a preset are called through it.
	Protect func(f func() error) error
	// Close, if not nil, gives back what the instance holds.
	Close func()

	presetOnce sync.Once
	preset     *preset
	last       atomic.Pointer[scan.Watchdog] // of the scan before
}
