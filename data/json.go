package data

import (
	"encoding/json"
	"math"
	"time"
)

// record is a Scan as JSON: times are Unix seconds (UTC, 0 when not known),
// and numbers that JSON has not, such as NaN, are null.
type record struct {
	Session  string    `json:"session"`
	UID      string    `json:"uid"`
	Number   int       `json:"number"`
	Name     string    `json:"name"`
	Title    string    `json:"title"`
	Command  string    `json:"command"`
	User     string    `json:"user"`
	Host     string    `json:"host"`
	Version  string    `json:"version"`
	Start    float64   `json:"start"`
	End      float64   `json:"end"`
	Planned  int       `json:"planned"`
	Taken    int       `json:"taken"`
	Save     bool      `json:"save"`
	Axes     []Axis    `json:"axes"`
	Moving   []string  `json:"moving"`
	Channels []Channel `json:"channels"`
	Outcome  Outcome   `json:"outcome"`
	Reason   string    `json:"reason"`
	Timing   Timing    `json:"timing"`
	Bytes    int64     `json:"bytes"`

	Type       string         `json:"type"`
	Relative   string         `json:"relative"`
	CountTime  float64        `json:"count_time"`
	Ranges     []Range        `json:"ranges"`
	Shape      []int          `json:"shape"`
	BackNForth bool           `json:"backnforth"`
	Info       map[string]any `json:"info"`

	Path  []Segment `json:"path"`
	Allow *Envelope `json:"allow"`
	Plan  *Plan     `json:"plan"`

	Saving *Saving `json:"saving"`
	Hooks  []Hook  `json:"hooks"`
	Meta   []Meta  `json:"meta"`
}

// MarshalJSON writes the description as it stands in the store, see docs/data.md.
func (s *Scan) MarshalJSON() ([]byte, error) {
	return json.Marshal(record{
		s.Session, s.UID, s.Number, s.Name, s.Title, s.Command, s.User, s.Host, s.Version,
		seconds(s.Start), seconds(s.End), s.Planned, s.Taken, s.Save,
		finite(s.Axes), orEmpty(s.Moving), shaped(s.Channels),
		s.Outcome, s.Reason, s.Timing, s.Bytes,
		s.Type, s.Relative, s.CountTime.Seconds(), orEmpty(s.Ranges), orEmpty(s.Shape), s.BackNForth, orNone(s.Info),
		orEmpty(s.Path), s.Allow, s.Plan, s.Saving, orEmpty(s.Hooks), orEmpty(s.Meta),
	})
}

// UnmarshalJSON reads what MarshalJSON wrote; unknown keys are ignored.
func (s *Scan) UnmarshalJSON(b []byte) error {
	var r record
	if err := json.Unmarshal(b, &r); err != nil {
		return err
	}
	*s = Scan{
		r.Session, r.UID, r.Number, r.Name, r.Title, r.Command, r.User, r.Host, r.Version,
		instant(r.Start), instant(r.End), r.Planned, r.Taken, r.Save,
		r.Axes, r.Moving, r.Channels,
		r.Outcome, r.Reason, r.Timing, r.Bytes,
		r.Type, r.Relative, time.Duration(math.Round(r.CountTime * 1e9)), orNil(r.Ranges), orNil(r.Shape), r.BackNForth, r.Info,
		orNil(r.Path), r.Allow, r.Plan, r.Saving, orNil(r.Hooks), orNil(r.Meta), 0,
	}
	if len(s.Info) == 0 {
		s.Info = nil
	}
	return nil
}

// seconds is t in Unix seconds, to the microsecond; 0 for no time.
func seconds(t time.Time) float64 {
	if t.IsZero() {
		return 0
	}
	return float64(t.UnixMicro()) / 1e6
}

// instant is the inverse of seconds, in UTC.
func instant(s float64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.UnixMicro(int64(math.Round(s * 1e6))).UTC()
}

func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

func orNil[T any](list []T) []T {
	if len(list) == 0 {
		return nil
	}
	return list
}

func orNone(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return m
}

// finite replaces positions that are no number by null.
func finite(axes []Axis) []Axis {
	list := make([]Axis, len(axes))
	for i, a := range axes {
		a.Start, a.End = number(a.Start), number(a.End)
		list[i] = a
	}
	return list
}

// number is x, or nil if it is none.
func number(x *float64) *float64 {
	if x == nil || math.IsNaN(*x) || math.IsInf(*x, 0) {
		return nil
	}
	return x
}

// shaped writes the shape of a scalar as [], not null.
func shaped(channels []Channel) []Channel {
	list := make([]Channel, len(channels))
	for i, c := range channels {
		if c.Shape == nil {
			c.Shape = []int{}
		}
		list[i] = c
	}
	return list
}
