package scan

import (
	"time"

	"blissh/data"
)

// Mode says how closely a watchdog is tied to the scan.
type Mode int

const (
	// Observe never delays the scan; points that arrive while the hook runs
	// merge into its next call.
	Observe Mode = iota
	// Gate makes the scan wait for the hook's verdict on each point.
	Gate
)

// Policy says what a failure of the hook itself does to the scan.
type Policy int

const (
	// FailScan ends the scan as failed: a dead guard is no guard.
	FailScan Policy = iota
	// GoOn drops the hook with a warning and lets the scan go on.
	GoOn
)

// WatchdogCallback is user code that watches one scan. Its calls never
// overlap. An error that wraps StopIteration or StopAfterPoint ends the scan
// cleanly; any other error, a panic or an overrun is a failure of the hook.
// Embed hooks.Base and write only the methods that matter.
type WatchdogCallback interface {
	// Timeout is the time without a point after which OnTimeout is called,
	// and called again while no point arrives.
	Timeout() time.Duration
	Mode() Mode
	OnFailure() Policy
	// OnScanNew is called once, before anything moves.
	OnScanNew(s *data.Scan) error
	// OnScanData is called with the newest point and how many it covers.
	OnScanData(d *Data) error
	// OnTimeout is called when no point came for Timeout, and at once when a
	// shared channel that the hook opened has changed.
	OnTimeout() error
	// OnScanEnd is called once, with outcome and reason.
	OnScanEnd(s *data.Scan) error
}

// Data is what a watchdog is shown: the newest point of the scan. It is a copy
// of its own and may be kept.
type Data struct {
	info    *data.Scan
	index   int
	covered int
	values  []float64
	control *Control
	absent  func(name string)
}

// NewData makes the value for point index of scan s; values follow the scalar
// data channels of s, and covered says how many new points it stands for.
func NewData(s *data.Scan, index, covered int, values []float64) *Data {
	return &Data{info: s, index: index, covered: covered, values: values}
}

// Scan is the handle by which a hook asks the scan for a change:
// d.Scan().Range(-1.5, -0.5, 100). Of Data that no watchdog has made it asks
// nobody.
func (d *Data) Scan() *Control {
	if d.control == nil {
		return &Control{}
	}
	return d.control
}

// Info describes the scan; do not change it.
func (d *Data) Info() *data.Scan { return d.info }

// Index is the index of the newest point, from 0.
func (d *Data) Index() int { return d.index }

// Covered is the number of points since the last call, this one included.
func (d *Data) Covered() int { return d.covered }

// Axis is the name of the first scanned axis, "" if the scan moves none.
func (d *Data) Axis() string {
	if len(d.info.Moving) == 0 {
		return ""
	}
	return d.info.Moving[0]
}

// Counter is the name of the first counter with a number per point, "" if there
// is none.
func (d *Data) Counter() string {
	for _, c := range d.info.Channels {
		if c.Role == "counter" && c.Scalar() {
			return c.Name
		}
	}
	return ""
}

// Has reports whether the scan has a scalar data channel of that name.
func (d *Data) Has(name string) bool { return d.find(name) >= 0 }

// Value is the newest value of a scalar data channel, for example
// d.Value("robz"); it is 0 when the scan has no such data channel (see Has).
func (d *Data) Value(name string) float64 {
	if i := d.find(name); i >= 0 && i < len(d.values) {
		return d.values[i]
	} else if i < 0 && d.absent != nil {
		d.absent(name)
	}
	return 0
}

// find gives the position of a scalar data channel among the values, or -1.
func (d *Data) find(name string) int {
	i := 0
	for _, c := range d.info.Channels {
		if !c.Scalar() {
			continue
		}
		if c.Name == name {
			return i
		}
		i++
	}
	return -1
}
