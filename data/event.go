package data

import "time"

// Event is one thing that a scan says. The types of this file are the only
// ones; all are used as pointers.
type Event interface{ isEvent() }

// NewNode says that a scan, or a data channel of it, has come into being.
type NewNode struct{ Node Node }

// Prepared says that the scan's devices are ready; points follow.
type Prepared struct{ Node Node }

// Row is one point as the scan hands it to its sinks: a value per scalar data
// channel and an array per other one, both in the order of Scan.Channels.
// The slices belong to the scan and are valid during the call of Put only.
type Row struct {
	Index  int
	Time   time.Time
	Values []float64
	Arrays []Array
}

// Array is one spectrum or image: little-endian bytes in row-major order.
type Array struct {
	DType string
	Shape []int
	Bytes []byte
}

// NewData carries consecutive points of one data channel to a reader.
type NewData struct {
	Node   Node      // the data channel
	First  int       // index of the first point
	Values []float64 // of a scalar data channel, converted from its dtype
	Bytes  []byte    // the same as they are in the store, in the form of the dtype
	Arrays []Array   // of a spectrum or an image, one per point
}

// Len is the number of points in the block.
func (d *NewData) Len() int { return max(len(d.Values), len(d.Arrays)) }

// Last is the newest value of a scalar data channel; 0 for others.
func (d *NewData) Last() float64 {
	if len(d.Values) == 0 {
		return 0
	}
	return d.Values[len(d.Values)-1]
}

// Steering is something that happened between points: a pause, a resume, a
// request that was applied or refused, a comment.
type Steering struct {
	Node    Node     // the scan; Scan.Planned, Ranges, Path and CountTime are as they are now
	Points  int      // points taken so far
	Time    float64  // when, Unix seconds; 0 if nobody has said
	What    string   // "pause", "resume", "applied", "refused", "comment", ...
	Text    string   // for people, one line
	Request *Request // that was applied or refused; nil for others
	Answer  *Answer  // to it
	Way     *Way     // where the scan goes from now on, if that has changed; else nil
}

// EndScan is the last event of a scan.
type EndScan struct {
	Node    Node // the scan; Scan.Outcome, Reason, Taken and Timing are set
	Outcome Outcome
	Reason  string // one line; empty when done
	Points  int    // whole points taken
}

// Lost says that no heartbeat of the scan's process was seen for Silent of
// the reader's own clock. It is a presumption: data that come later revoke it.
type Lost struct {
	Node   Node
	Silent time.Duration
}

// Deleted says that points of a scan, or of one of its spectra or images, that
// the reader had not seen are gone from the store: all of them, or those before
// First.
type Deleted struct {
	Node  Node // the scan, or the data channel
	First int  // first point still there; -1 when the whole scan is gone
}

func (*NewNode) isEvent()  {}
func (*Prepared) isEvent() {}
func (*Row) isEvent()      {}
func (*NewData) isEvent()  {}
func (*Steering) isEvent() {}
func (*EndScan) isEvent()  {}
func (*Lost) isEvent()     {}
func (*Deleted) isEvent()  {}
