package data

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Request asks a running scan for a change. It is what docs/data.md describes
// under "requests"; which fields go with which Do is in the table below.
// Positions are absolute, in the unit of their axis, times in s.
type Request struct {
	ID string `json:"id,omitempty"` // names the request: a second one of that name is not obeyed
	Do string `json:"do"`

	By     string  `json:"by,omitempty"` // who asks
	Host   string  `json:"host,omitempty"`
	Time   float64 `json:"time,omitempty"` // when it was asked, Unix seconds
	Scan   string  `json:"scan,omitempty"` // uid of the scan that is meant
	Reason string  `json:"reason,omitempty"`
	Text   string  `json:"text,omitempty"` // of a comment

	// BeforePoint refuses the request from that point on, Within when it is
	// applied later than that after it was asked; nil: at any time.
	BeforePoint *int     `json:"before_point,omitempty"`
	Within      *float64 `json:"within,omitempty"`

	Axis      string     `json:"axis,omitempty"` // that positions are of; empty: the first one of the scan
	Start     *float64   `json:"start,omitempty"`
	Stop      *float64   `json:"stop,omitempty"`
	Intervals *int       `json:"intervals,omitempty"`
	Position  *float64   `json:"position,omitempty"`
	Step      *float64   `json:"step,omitempty"`
	Points    []Position `json:"points,omitempty"`
	Around    *float64   `json:"around,omitempty"`
	Width     *float64   `json:"width,omitempty"`
	N         *int       `json:"n,omitempty"`
	Point     *int       `json:"point,omitempty"`
	CountTime *float64   `json:"count_time,omitempty"`
}

// The changes that can be asked for.
const (
	DoStop      = "stop"       // end after the point in progress
	DoPause     = "pause"      // wait between two points
	DoResume    = "resume"     // end the pause that the same one has asked for
	DoGoOn      = "go_on"      // no change: to a scan that waits for advice
	DoRange     = "range"      // go from start to stop from now on
	DoStopAt    = "stop_at"    // go on as before, until that position
	DoStep      = "step"       // go on to the same end with another step
	DoPoints    = "points"     // go to these points from now on
	DoInsert    = "insert"     // n points around a position now, then go on as planned
	DoSkipTo    = "skip_to"    // leave out what is before a point or a position
	DoRepeat    = "repeat"     // take the last point again
	DoCountTime = "count_time" // count for that long from the next point on
	DoComment   = "comment"    // no change: a text for the scan's record
)

// common are the fields that every request may have.
var common = []string{"id", "do", "by", "host", "time", "scan", "reason", "before_point", "within"}

// verb says which fields belong to a Do: those that it needs, one of several
// where they are joined by a bar, and those that it may have.
type verb struct {
	do         string
	needs, may []string
}

var verbs = []verb{
	{DoStop, nil, nil},
	{DoPause, nil, nil},
	{DoResume, nil, nil},
	{DoGoOn, nil, nil},
	{DoRange, []string{"start", "stop"}, []string{"intervals", "axis"}},
	{DoStopAt, []string{"position"}, []string{"axis"}},
	{DoStep, []string{"step"}, []string{"axis"}},
	{DoPoints, []string{"points"}, nil},
	{DoInsert, []string{"around", "width", "n"}, []string{"axis"}},
	{DoSkipTo, []string{"point|position"}, []string{"axis"}},
	{DoRepeat, nil, []string{"n"}},
	{DoCountTime, []string{"count_time"}, nil},
	{DoComment, []string{"text"}, nil},
}

// Position is one set-point per scanned axis; of a single axis it is written as
// a number.
type Position []float64

// MarshalJSON writes a number or a list.
func (p Position) MarshalJSON() ([]byte, error) {
	if len(p) == 1 {
		return json.Marshal(p[0])
	}
	return json.Marshal([]float64(p))
}

// UnmarshalJSON reads a number or a list.
func (p *Position) UnmarshalJSON(b []byte) error {
	var one *float64
	list := []*float64{nil}
	if err := json.Unmarshal(b, &one); err == nil {
		list[0] = one
	} else if err := json.Unmarshal(b, &list); err != nil {
		return err
	}
	*p = nil
	for _, x := range list {
		if x == nil {
			return errors.New("null is no position")
		}
		*p = append(*p, *x)
	}
	return nil
}

// maxRequest is how long the JSON of a request may be: enough for a list of
// some ten thousand points.
const maxRequest = 1 << 20

// maxAsked is how many points a request may ask for.
const maxAsked = 10_000_000

// ParseRequest reads a request from its JSON. What could be read is returned
// with an error too, so that its sender can be answered.
func ParseRequest(text []byte) (Request, error) {
	if len(text) > maxRequest {
		return Request{}, fmt.Errorf("a request of %d bytes; at most %d are read", len(text), maxRequest)
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(text, &fields); err != nil || fields == nil {
		return Request{}, errors.New(`no JSON object; expected is for example {"do": "stop"}`)
	}
	var r Request
	names := make([]string, 0, len(fields))
	for name := range fields {
		names = append(names, name)
	}
	slices.Sort(names)
	var wrong error
	for _, name := range names {
		if err := r.read(name, fields[name]); err != nil && wrong == nil {
			wrong = err
		}
	}
	r = r.tidy()
	if wrong != nil {
		return r, wrong
	}
	return r, r.Check()
}

// read takes one field.
func (r *Request) read(name string, value json.RawMessage) error {
	if bytes.Equal(value, []byte("null")) {
		return nil
	}
	if !isField(name) {
		return fmt.Errorf("no request has a field %q", name)
	}
	one, err := json.Marshal(map[string]json.RawMessage{name: value})
	if err == nil {
		err = json.Unmarshal(one, r)
	}
	if err != nil {
		return fmt.Errorf("%s: %s is not %s", name, short(string(value)), fieldKind(name))
	}
	return nil
}

func isField(name string) bool {
	if slices.Contains(common, name) {
		return true
	}
	for _, v := range verbs {
		if v.takes(name) {
			return true
		}
	}
	return false
}

// fieldKind is what a field holds, in words.
func fieldKind(name string) string {
	switch name {
	case "id", "do", "by", "host", "scan", "reason", "axis", "text":
		return "a text"
	case "before_point", "intervals", "n", "point":
		return "a whole number"
	case "points":
		return "a list of positions"
	}
	return "a number"
}

// short is a text that fits a line.
func short(s string) string {
	if len(s) > 40 {
		return strings.ToValidUTF8(s[:40], "") + "..."
	}
	return s
}

// tidy takes out what a line of text cannot hold, and what is too long for it.
func (r Request) tidy() Request {
	for _, s := range []*string{&r.Do, &r.Axis, &r.By, &r.Host, &r.Reason, &r.Scan} {
		*s = line(*s)
	}
	r.Text = cut(r.Text, maxComment)
	return r
}

// maxComment is how long a comment may be: some lines.
const maxComment = 1000

func line(s string) string { return cut(s, 200) }

// cut is a text in one line of at most n bytes.
func cut(s string, n int) string {
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "?"))
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return strings.TrimSpace(s)
}

func (v verb) takes(field string) bool {
	for _, n := range v.needs {
		if slices.Contains(strings.Split(n, "|"), field) {
			return true
		}
	}
	return slices.Contains(v.may, field)
}

// Check finds what is wrong with a request by itself.
func (r Request) Check() error {
	if r.ID != "" && !ValidName(r.ID) {
		return fmt.Errorf("id %q: letters, digits, _ . and - expected, at most 64", short(r.ID))
	}
	v, err := verbOf(r.Do)
	if err != nil {
		return err
	}
	given := r.given()
	for _, name := range given {
		if !v.takes(name) {
			return fmt.Errorf("%s takes no %s", r.Do, name)
		}
	}
	for _, need := range v.needs {
		switch n := count(strings.Split(need, "|"), given); {
		case n == 0:
			return fmt.Errorf("%s needs %s", r.Do, strings.ReplaceAll(need, "|", " or "))
		case n > 1:
			return fmt.Errorf("%s takes %s, not both", r.Do, strings.ReplaceAll(need, "|", " or "))
		}
	}
	return r.checkNumbers()
}

func verbOf(do string) (verb, error) {
	var names []string
	for _, v := range verbs {
		if v.do == do {
			return v, nil
		}
		names = append(names, v.do)
	}
	return verb{}, fmt.Errorf("no request is called %q: %s", short(do), strings.Join(names, ", "))
}

func count(names, given []string) (n int) {
	for _, name := range names {
		if slices.Contains(given, name) {
			n++
		}
	}
	return n
}

// given are the fields that are not common to all requests.
func (r Request) given() (names []string) {
	for _, f := range []struct {
		name string
		is   bool
	}{
		{"axis", r.Axis != ""}, {"start", r.Start != nil}, {"stop", r.Stop != nil}, {"intervals", r.Intervals != nil},
		{"position", r.Position != nil}, {"step", r.Step != nil}, {"points", r.Points != nil}, {"around", r.Around != nil},
		{"width", r.Width != nil}, {"n", r.N != nil}, {"point", r.Point != nil}, {"count_time", r.CountTime != nil}, {"text", r.Text != ""},
	} {
		if f.is {
			names = append(names, f.name)
		}
	}
	return names
}

// checkNumbers refuses what no scan could do.
func (r Request) checkNumbers() error {
	for _, f := range []struct {
		name string
		v    *float64
	}{{"start", r.Start}, {"stop", r.Stop}, {"position", r.Position}, {"step", r.Step}, {"around", r.Around}, {"width", r.Width}, {"count_time", r.CountTime}, {"within", r.Within}} {
		if f.v != nil && (math.IsNaN(*f.v) || math.IsInf(*f.v, 0)) {
			return fmt.Errorf("%s: a finite number expected", f.name)
		}
	}
	for _, f := range []struct {
		name  string
		v     *int
		least int
	}{{"intervals", r.Intervals, 1}, {"n", r.N, 1}, {"point", r.Point, 0}, {"before_point", r.BeforePoint, 0}} {
		if f.v != nil && (*f.v < f.least || *f.v > maxAsked) {
			return fmt.Errorf("%s: a number from %d to %d expected, got %d", f.name, f.least, maxAsked, *f.v)
		}
	}
	switch {
	case r.Step != nil && *r.Step == 0:
		return errors.New("step: a number that is not 0 expected")
	case r.Width != nil && *r.Width < 0, r.Within != nil && *r.Within < 0, r.CountTime != nil && *r.CountTime < 0:
		return errors.New("width, within and count_time cannot be below 0")
	case r.CountTime != nil && *r.CountTime > 1e9:
		return errors.New("count_time: at most 1e9 s")
	case r.Points != nil && len(r.Points) == 0:
		return errors.New("points: the list is empty")
	}
	for _, p := range r.Points {
		for _, x := range p {
			if math.IsNaN(x) || math.IsInf(x, 0) {
				return errors.New("points: finite numbers expected")
			}
		}
	}
	return nil
}

// String is the request as a user would type it: "range robz -1.5 -0.5 100".
func (r Request) String() string {
	words := []string{r.Do}
	if r.Axis != "" {
		words = append(words, r.Axis)
	}
	for _, v := range []*float64{r.Start, r.Stop, r.Position, r.Step, r.Around, r.Width, r.CountTime} {
		if v != nil {
			words = append(words, strconv.FormatFloat(*v, 'g', 10, 64))
		}
	}
	if r.Text != "" {
		words = append(words, strconv.Quote(r.Text))
	}
	for _, v := range []*int{r.Intervals, r.N, r.Point} {
		if v != nil {
			words = append(words, strconv.Itoa(*v))
		}
	}
	if n := len(r.Points); n > 0 {
		words = append(words, fmt.Sprintf("(%d)", n))
	}
	return strings.Join(words, " ")
}

// Sender is who asks and where from: "zoom.py on lab3".
func (r Request) Sender() string {
	by := r.By
	if by == "" {
		by = "somebody"
	}
	if r.Host == "" {
		return by
	}
	return by + " on " + r.Host
}

// Answer is what became of a request.
type Answer struct {
	ID      string `json:"id"`
	Applied bool   `json:"applied"`
	Point   int    `json:"point"`            // index of the first point that it changes, or would have
	Reason  string `json:"reason,omitempty"` // why it was refused
}

// String is "applied at point 12" or "refused: ...".
func (a Answer) String() string {
	if a.Applied {
		return fmt.Sprintf("applied at point %d", a.Point)
	}
	return "refused: " + a.Reason
}
