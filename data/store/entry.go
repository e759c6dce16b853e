package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"blissh/data"
)

// A block has one field for each scalar data channel: its values, as the
// little-endian bytes of its dtype. An entry of an array stream has the field
// "data": the arrays of the same points, one after the other, in row-major
// order. An event has the fields "event" and "json".
const (
	eventField = "event"
	jsonField  = "json"
	dataField  = "data"
)

// ttlField of a scan's hash is the life of its data in ms, for whoever has to
// end the scan.
const ttlField = "ttl_ms"

// limitField of the store's retention is how many bytes of scans it may hold;
// its ttlField is the life of a scan that is published without one of its own.
const limitField = "limit"

// The events of a scan's stream.
const (
	eventNew      = "new"      // json: the description, as in the scan's hash
	eventPrepared = "prepared" // json: {}
	eventSteering = "steering" // json: steering
	eventEnd      = "end"      // json: ending
)

// The events of a session's stream, with the fields uid, number, name.
const (
	eventEnded   = "ended"
	eventDeleted = "deleted"
)

// steering is the JSON of a steering event.
type steering struct {
	What    string        `json:"what"`
	Text    string        `json:"text"`
	Time    float64       `json:"time,omitempty"` // Unix seconds
	Request *data.Request `json:"request,omitempty"`
	Answer  *data.Answer  `json:"answer,omitempty"`
	Way     *data.Way     `json:"way,omitempty"`
}

// ending is the JSON of an end event. Points is what the stream holds.
type ending struct {
	Outcome data.Outcome `json:"outcome"`
	Reason  string       `json:"reason"`
	Points  int          `json:"points"`
	End     float64      `json:"end"` // Unix seconds
	Timing  data.Timing  `json:"timing"`
	// Positions are those of all axes of the session that could be read.
	Positions map[string]float64 `json:"positions,omitempty"`
}

func (e ending) time() time.Time { return time.UnixMicro(int64(e.End * 1e6)).UTC() }

// set brings a description to the state after the end.
func (e ending) set(s *data.Scan) {
	s.Outcome, s.Reason, s.Taken, s.Timing, s.End = e.Outcome, e.Reason, e.Points, e.Timing, e.time()
	s.Axes = slices.Clone(s.Axes)
	for i, a := range s.Axes {
		if at, ok := e.Positions[a.Name]; ok {
			s.Axes[i].End = &at
		}
	}
}

// layout is how a scan's data channels are laid out in its streams.
type layout struct {
	scalars []data.Channel
	arrays  []data.Channel
	scalar  int // bytes of the scalars of one point
	point   int // bytes of one point, arrays included
}

// maxPoint is the size of the largest spectrum or image: Redis holds 512 MB in a
// value, a reader has to hold some of them.
const maxPoint = 256 << 20

// maxDescription bounds what a reader has to decode of a scan that says of
// itself what it is.
const maxDescription = 1 << 20

// newLayout checks the data channels of a scan.
func newLayout(s *data.Scan) (layout, error) {
	var l layout
	seen := map[string]bool{}
	for _, c := range s.Channels {
		size := c.PointSize()
		switch {
		case !data.ValidName(c.Name):
			return l, fmt.Errorf("data channel %q: a name is made of letters, digits, _ . and -", c.Name)
		case seen[c.Name]:
			return l, fmt.Errorf("data channel %s: there are two of that name", c.Name)
		case size == 0 || size > maxPoint:
			return l, fmt.Errorf("data channel %s: dtype %q of shape %v is not known", c.Name, c.DType, c.Shape)
		case c.Scalar():
			l.scalars = append(l.scalars, c)
			l.scalar += size
		default:
			l.arrays = append(l.arrays, c)
		}
		seen[c.Name] = true
		l.point += size
	}
	if len(l.scalars) == 0 {
		return l, fmt.Errorf("a scan needs a scalar data channel, such as %s", data.ElapsedTime)
	}
	return l, nil
}

// encode turns n points, row by row, into columns one after the other.
func (l layout) encode(b []byte, rows []float64) []byte {
	width := len(l.scalars)
	for c, ch := range l.scalars {
		for i := c; i < len(rows); i += width {
			b = data.Append(b, ch.DType, rows[i])
		}
	}
	return b
}

// columns cuts an encoded block of n points into its columns.
func (l layout) columns(b []byte, n int, each func(c int, column []byte)) {
	for c, ch := range l.scalars {
		size := n * data.ItemSize(ch.DType)
		each(c, b[:size:size])
		b = b[size:]
	}
}

// points tells how many points a block holds; the columns must agree.
func (l layout) points(fields map[string]string) (int, error) {
	n := -1
	for _, c := range l.scalars {
		b, ok := fields[c.Name]
		size := data.ItemSize(c.DType)
		switch {
		case !ok || len(b) == 0 || len(b)%size != 0:
			return 0, fmt.Errorf("no values of %s", c.Name)
		case n >= 0 && len(b)/size != n:
			return 0, fmt.Errorf("%d values of %s, %d of %s", len(b)/size, c.Name, n, l.scalars[0].Name)
		}
		n = len(b) / size
	}
	return n, nil
}

// cutArrays divides an entry of an array stream into its n arrays.
func cutArrays(c data.Channel, b string, n int) ([]data.Array, error) {
	size := c.PointSize()
	if size == 0 || n < 0 || len(b)%size != 0 || len(b)/size != n {
		return nil, fmt.Errorf("%s: %d bytes, want %d arrays of %d", c.Name, len(b), n, size)
	}
	list := make([]data.Array, n)
	for i := range list {
		list[i] = data.Array{DType: c.DType, Shape: c.Shape, Bytes: []byte(b[i*size : (i+1)*size])}
	}
	return list, nil
}

// description is a scan as the fields and values of its hash: those of its
// JSON, strings without their quotes.
func description(s *data.Scan) ([]any, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	if len(b) > maxDescription {
		return nil, fmt.Errorf("the description of scan %d has %d bytes, %d are allowed: put less into its info", s.Number, len(b), maxDescription)
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(b, &m); err != nil {
		return nil, err
	}
	list := make([]any, 0, 2*len(m))
	for k, v := range m {
		var text string
		if json.Unmarshal(v, &text) != nil {
			text = string(v)
		}
		list = append(list, k, text)
	}
	return list, nil
}

// isText reports whether a field of a scan's hash is plain text, not JSON.
func isText(field string) bool {
	switch field {
	case "session", "uid", "name", "title", "command", "user", "host", "version", "outcome", "reason", "type", "relative":
		return true
	}
	return false
}

// described is the inverse of description, for the scan of which that was the
// key. Fields that are not understood are left out.
func described(session, uid string, m map[string]string) (*data.Scan, error) {
	s, err := decoded(m)
	switch {
	case err != nil:
		return nil, fmt.Errorf("description of scan %s of %s: %w: %w", uid, session, ErrMalformed, err)
	case s.Session != session || s.UID != uid:
		return nil, fmt.Errorf("description of scan %s of %s: %w: it is of scan %.80q of %.80q", uid, session, ErrMalformed, s.UID, s.Session)
	}
	return s, nil
}

func decoded(m map[string]string) (*data.Scan, error) {
	size := 0
	for k, v := range m {
		size += len(k) + len(v)
	}
	if size > 2*maxDescription { // text takes less room in JSON than twice its own
		return nil, fmt.Errorf("%d bytes", size)
	}
	o := make(map[string]json.RawMessage, len(m))
	for k, v := range m {
		switch {
		case isText(k):
			o[k], _ = json.Marshal(v)
		case json.Valid([]byte(v)):
			o[k] = json.RawMessage(v)
		}
	}
	b, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	s := new(data.Scan)
	return s, json.Unmarshal(b, s)
}
