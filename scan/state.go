package scan

import "blissh/data"

// State is where a scan is in its life.
type State int

// The states of a scan, in order; the last four are ends.
const (
	Idle State = iota
	Preparing
	Running
	Stopping
	Done
	Stopped
	Aborted
	Failed
)

func (s State) String() string {
	return [...]string{"idle", "preparing", "running", "stopping", "done", "stopped", "aborted", "failed"}[s]
}

// Ended reports whether the scan is over.
func (s State) Ended() bool { return s >= Done }

// stateOf is the last state of a scan with that outcome.
func stateOf(o data.Outcome) State {
	switch o {
	case data.Done:
		return Done
	case data.Stopped:
		return Stopped
	case data.Aborted:
		return Aborted
	}
	return Failed
}
