// Package data is the vocabulary of what a scan says to other programs.
//
// A scan is described once by a [Scan] and then speaks in events, always in
// the order new, prepared, data, end:
//
//	NewNode   the scan exists, nothing has moved yet
//	Prepared  its data channels are known and its devices are ready
//	Row       one point, inside the process that runs the scan
//	NewData   the same points as seen by a reader, one data channel at a time
//	Steering  something that happened between points: a pause, a request
//	EndScan   outcome and reason; nothing follows
//	Lost      a reader's presumption that the scan's process is gone
//	Deleted   the scan, or its beginning, is no longer in the store
//
// The package needs the standard library only, so that a program in another
// module can speak about scans without linking a database or an interpreter.
// Package blissh/data/store carries these events through Redis.
package data

import (
	"fmt"
	"strings"
	"time"
)

// Kind says what a Node is.
type Kind string

// The three kinds of node, as they are written in filters.
const (
	KindSession Kind = "session"
	KindScan    Kind = "scan"
	KindChannel Kind = "channel"
)

// Outcome is how a scan ended.
type Outcome string

// The four outcomes. Data are whole points in every one of them.
const (
	Done    Outcome = "done"    // all points were taken
	Stopped Outcome = "stopped" // a hook or a request ended it; the data are valid
	Aborted Outcome = "aborted" // Ctrl-C, a deadline, SIGTERM
	Failed  Outcome = "failed"  // a device, a preset, a hook, the store or the lease
)

// Names of the two data channels that every scan has.
const (
	ElapsedTime = "elapsed_time" // s since the first point was triggered
	Epoch       = "epoch"        // s since 1970-01-01 UTC
)

// Float64 is the dtype of ordinary data channels, in numpy's spelling.
const Float64 = "<f8"

// Channel describes one data channel: the stream of values of one axis,
// timer or counter in one scan.
type Channel struct {
	Name       string `json:"name"`
	Unit       string `json:"unit"`
	DType      string `json:"dtype"` // numpy name, little-endian: "<f8", "<i4", "<u2", ...
	Shape      []int  `json:"shape"` // empty: scalar; [n]: spectrum; [rows, columns]: image
	Role       string `json:"role"`  // "axis", "timer" or "counter"
	Controller string `json:"controller,omitempty"`
}

// Scalar reports whether each point has one number.
func (c Channel) Scalar() bool { return len(c.Shape) == 0 }

// Axis is where an axis of the session stood when the scan began, and when it had
// ended.
type Axis struct {
	Name  string   `json:"name"`
	Unit  string   `json:"unit"`
	Start *float64 `json:"start"` // user position; nil if it could not be read
	End   *float64 `json:"end"`   // likewise; nil while the scan runs
}

// Timing splits the wall time of a scan; the parts sum to Total.
type Timing struct {
	Total    time.Duration `json:"total_ns"`
	Counting time.Duration `json:"counting_ns"`
	Motion   time.Duration `json:"motion_ns"`
	Overhead time.Duration `json:"overhead_ns"`
	Paused   time.Duration `json:"paused_ns"` // by a request, or waiting for advice
}

// Scan is the description of one scan, kept beside its data.
type Scan struct {
	Session  string // name of the session, lower case as in keys
	UID      string // unique for ever, [A-Za-z0-9_.-]{1,64}
	Number   int    // counts up within the session, from 1
	Name     string // "ascan", "loopscan", ...
	Title    string // "ascan robz -5 5 500 0.001": absolute positions
	Command  string // as typed
	User     string
	Host     string
	Version  string
	Start    time.Time
	End      time.Time // zero while it runs
	Planned  int       // points; 0 when open-ended
	Taken    int       // points
	Save     bool
	Axes     []Axis    // all axes of the session
	Moving   []string  // names of the scanned axes, first one first
	Channels []Channel // in the order of Row.Values and Row.Arrays
	Outcome  Outcome   // empty while it runs
	Reason   string
	Timing   Timing
	Bytes    int64 // predicted size in the store

	Type       string         // which kind of scan it is: "dmesh"; Name may have been chosen
	Relative   string         // the title in relative positions; empty unless it was a relative scan
	CountTime  time.Duration  // of each point
	Ranges     []Range        // where the scanned axes go, in the order of Moving
	Shape      []int          // of a mesh that is on its grid, the slowest axis first; empty for other scans
	BackNForth bool           // every second line of the mesh runs backwards
	Info       map[string]any // what the user added

	Path  []Segment // all points as they are planned, those taken included
	Allow *Envelope // what a request may change; nil: nothing but stop and pause
	Plan  *Plan     // what was planned at first; nil: requests have changed nothing

	Saving *Saving // where its files go, as its session wants it; nil: as the writer wants it
	Hooks  []Hook  // the hook scripts that watch it, in the order in which they are asked
	Meta   []Meta  // what the user keeps with all scans of the session
	Missed int     // in a hook's OnScanEnd: points that the hook was not shown; else 0
}

// Saving is where a session wants the files of a scan.
type Saving struct {
	Root     string   `json:"root"`     // folder, absolute, as it is called on the shell's host
	Template string   `json:"template"` // folders below it: "{session}/{date}"
	Formats  []string `json:"formats"`  // "spec", "csv", "hdf5"
	Proposal string   `json:"proposal"` // these three fill in the template; may be empty
	Sample   string   `json:"sample"`
	Dataset  string   `json:"dataset"`
}

// Hook is the script of a hook as it was when the scan began.
type Hook struct {
	Name   string `json:"name"`
	File   string `json:"file"`
	SHA256 string `json:"sha256"` // of the file's bytes, in hexadecimal digits
}

// Range is where one axis goes in a scan; absolute positions.
type Range struct {
	Axis  string  `json:"axis"`
	Start float64 `json:"start"` // first and last position, of a mesh the two ends of the grid
	Stop  float64 `json:"stop"`
	Low   float64 `json:"low"` // smallest and largest position
	High  float64 `json:"high"`
}

// PlannedShape is that of the mesh that was planned, whatever has become of it;
// empty for other scans.
func (s *Scan) PlannedShape() []int {
	if s.Plan != nil {
		return s.Plan.Shape
	}
	return s.Shape
}

// DBName is the scan's address in the data tree: SESSION:NUMBER_NAME.
func (s *Scan) DBName() string { return fmt.Sprintf("%s:%d_%s", s.Session, s.Number, s.Name) }

// Channel finds a data channel by name.
func (s *Scan) Channel(name string) (Channel, bool) {
	for _, c := range s.Channels {
		if c.Name == name {
			return c, true
		}
	}
	return Channel{}, false
}

// Node is an address in the data tree: a session, a scan of it, or a data
// channel of that scan.
type Node struct {
	Kind    Kind
	Name    string   // "demo_session", "12_ascan", "sim_ct_gauss"
	DBName  string   // "demo_session:12_ascan:sim_ct_gauss"
	Scan    *Scan    // nil for a session; shared, do not change
	Channel *Channel // nil unless Kind is KindChannel
}

// SessionNode is the node of a session, which need not exist yet.
func SessionNode(name string) Node {
	return Node{Kind: KindSession, Name: name, DBName: name}
}

// ScanNode is the node of a scan.
func ScanNode(s *Scan) Node {
	db := s.DBName()
	return Node{Kind: KindScan, Name: db[strings.IndexByte(db, ':')+1:], DBName: db, Scan: s}
}

// ChannelNode is the node of one data channel of a scan.
func ChannelNode(s *Scan, c Channel) Node {
	return Node{Kind: KindChannel, Name: c.Name, DBName: s.DBName() + ":" + c.Name, Scan: s, Channel: &c}
}

// ValidName reports whether a name may be used for a session, a scan's uid,
// a data channel or a shared channel: [A-Za-z0-9_.-]{1,64}.
func ValidName(name string) bool {
	if len(name) == 0 || len(name) > 64 {
		return false
	}
	for _, r := range name {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '.', r == '-':
		default:
			return false
		}
	}
	return true
}
