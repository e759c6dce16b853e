package file

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"blissh/data"
)

// Note is something that happened after so many points: a pause, a request, a
// comment, a hole in the data.
type Note struct {
	Points  int
	Time    float64 // Unix seconds; 0 if nobody has said
	What    string
	Text    string
	Request *data.Request // with its answer; nil for others
	Answer  *data.Answer
	Way     *data.Way // where the scan goes from there on, if that has changed
}

// comment is what a note says that somebody has made.
const comment = "comment"

// Deleted is what a note says that the writer has made: the store had lost something
// before it was read. It is not among those that the store has, and comes at another
// place when the scan is read again.
const Deleted = "deleted"

// lost are the lines of such notes that are in a file.
type lost map[string]bool

// see keeps a line, and reports whether it is of such a note.
func (l *lost) see(line string) bool {
	_, rest, _ := strings.Cut(line, ": ")
	if !strings.HasPrefix(line, "after ") || !strings.HasPrefix(rest, Deleted+" ") {
		return false
	}
	if *l == nil {
		*l = lost{}
	}
	(*l)[strings.TrimSpace(line)] = true
	return true
}

// NoteOf makes a note of an event. A comment has its own text, and the time at which
// it was made, which may be long before the scan.
func NoteOf(e *data.Steering) Note {
	n := Note{e.Points, e.Time, e.What, e.Text, e.Request, e.Answer, e.Way}
	if e.What == comment && e.Request != nil {
		n.Time, n.Text = e.Request.Time, e.Request.Text
	}
	return n
}

// line is a note for people, without time.
func (n Note) line() string {
	by := ""
	if n.What == comment && n.Request != nil {
		by = "by " + n.sender() + ": "
	}
	return oneLine(fmt.Sprintf("after %d points: %s %s%s", n.Points, n.What, by, n.Text))
}

// Recorder is an Output that is told of all notes, also of those that are in the
// file already.
type Recorder interface{ Record(n Note) }

// sender is who is behind a note, "" if nobody is.
func (n Note) sender() string {
	if n.Request == nil {
		return ""
	}
	return n.Request.Sender()
}

// at is the time of a note for people, "" if it has none.
func (n Note) at() string {
	if n.Time == 0 {
		return ""
	}
	return iso(time.UnixMicro(int64(n.Time * 1e6)))
}

// details is what programs want to know of a note besides point, time, what and
// text.
type details struct {
	Request *data.Request `json:"request,omitempty"`
	Answer  *data.Answer  `json:"answer,omitempty"`
	Way     *data.Way     `json:"way,omitempty"`
}

// details are those as JSON of at most so many bytes, "" if there are none. Lists of
// points that are too long are left out.
func (n Note) details(most int) string {
	d := details{n.Request, n.Answer, n.Way}
	if d == (details{}) {
		return ""
	}
	b, err := json.Marshal(d)
	if err == nil && len(b) > most && d.Way != nil {
		w := *d.Way
		w.Path = nil
		d.Way = &w
		b, err = json.Marshal(d)
	}
	if err == nil && len(b) > most && d.Request != nil {
		q := *d.Request
		q.Points = nil
		d.Request = &q
		b, err = json.Marshal(d)
	}
	if err != nil || len(b) > most {
		return ""
	}
	return string(b)
}

// MarshalJSON writes a note as an object of its own.
func (n Note) MarshalJSON() ([]byte, error) {
	return json.Marshal(struct {
		Point int     `json:"point"`
		Time  float64 `json:"time"`
		What  string  `json:"what"`
		Text  string  `json:"text"`
		details
	}{n.Points, n.Time, n.What, n.Text, details{n.Request, n.Answer, n.Way}})
}
