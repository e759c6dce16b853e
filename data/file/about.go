package file

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"blissh/data"
	"blissh/internal/hdf5"
)

// What a user, a session and the hooks say about a scan.

// member is a name that a group can have as a member.
func member(name string) string {
	name = strings.ReplaceAll(name, "/", "_")
	if name == "" || name == "." {
		return "_"
	}
	return name
}

// identifiers are proposal, sample and data set, as NXentry has them.
func identifiers(e *hdf5.Group, s *data.Scan) {
	if s.Saving == nil {
		return
	}
	if s.Saving.Proposal != "" {
		e.Put("experiment_identifier", text(s.Saving.Proposal))
	}
	if s.Saving.Dataset != "" {
		e.Put("collection_identifier", text(s.Saving.Dataset))
	}
	if s.Saving.Sample != "" {
		e.Put("sample", class("NXsample").Put("name", text(s.Saving.Sample)))
	}
}

// metaGroup has a data set for each entry.
func metaGroup(s *data.Scan) *hdf5.Group {
	g := class("NXcollection")
	for _, m := range s.Meta {
		d := &hdf5.Data{Value: metaValue(m.Value)}
		if m.Unit != "" {
			d.Attributes = []hdf5.Attribute{{Name: "units", Value: m.Unit}}
		}
		putOnce(g, member(m.Name), d)
	}
	return g
}

// metaValue is a value as a file has it; what is none is written as JSON.
func metaValue(v any) any {
	switch v := v.(type) {
	case float64, string:
		return v
	case bool:
		return map[bool]int{true: 1}[v]
	case []any:
		if list := listOf[float64](v); list != nil {
			return list
		}
		if list := listOf[string](v); list != nil {
			return list
		}
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// listOf is a list of one kind; nil if v is none.
func listOf[T any](v []any) (list []T) {
	for _, x := range v {
		one, ok := x.(T)
		if !ok {
			return nil
		}
		list = append(list, one)
	}
	return list
}

// hookGroup has a group for each hook script.
func hookGroup(s *data.Scan) *hdf5.Group {
	g := class("NXcollection")
	for _, h := range s.Hooks {
		putOnce(g, member(h.Name), class("NXcollection").Put("file", text(h.File)).Put("sha256", text(h.SHA256)))
	}
	return g
}

// allowGroup is what requests may change.
func allowGroup(a *data.Envelope) *hdf5.Group {
	g := class("NXcollection").Put("points", &hdf5.Data{Value: a.Points})
	g.Put("count_time", quantity(a.CountTime, "s")).Put("duration", quantity(a.Duration, "s"))
	axes := class("NXcollection")
	for _, b := range a.Axes {
		putOnce(axes, member(b.Axis), class("NXcollection").Put("low", &hdf5.Data{Value: b.Low}).Put("high", &hdf5.Data{Value: b.High}))
	}
	return g.Put("axes", axes)
}

// allowText is the same in a line.
func allowText(a *data.Envelope) string {
	var words []string
	for _, b := range a.Axes {
		words = append(words, fmt.Sprintf("%s from %s to %s", b.Axis, number(b.Low), number(b.High)))
	}
	return oneLine(strings.Join(append(words, fmt.Sprintf("at most %d points", a.Points), "count time "+number(a.CountTime)+" s", "duration "+number(a.Duration)+" s"), ", "))
}

// maxPlanned is how many planned points are written down one by one.
const maxPlanned = 100_000

// plannedGroup is where the scan was to go when it began: a data set for each axis.
// It is empty if the path has no end or is not listed.
func plannedGroup(s *data.Scan) *hdf5.Group {
	g := class("NXcollection")
	if s.Planned <= 0 || s.Planned > maxPlanned {
		return g
	}
	t := Targets(s, 0, s.Planned)
	for k, axis := range s.Moving {
		if t == nil || !whole(t[k]) {
			continue
		}
		putOnce(g, member(axis), &hdf5.Data{Value: t[k], Attributes: unitOf(s, axis)})
	}
	return g
}

func whole(list []float64) bool {
	for _, x := range list {
		if x != x {
			return false
		}
	}
	return true
}

func unitOf(s *data.Scan, channel string) []hdf5.Attribute {
	if c, ok := s.Channel(channel); ok && c.Unit != "" {
		return []hdf5.Attribute{{Name: "units", Value: c.Unit}}
	}
	return nil
}

// timingGroup splits the time of a scan.
func timingGroup(t data.Timing) *hdf5.Group {
	g := class("NXcollection")
	for _, p := range timingParts(t) {
		g.Put(p.name, quantity(p.time.Seconds(), "s"))
	}
	return g
}

type timingPart struct {
	name string
	time time.Duration
}

func timingParts(t data.Timing) []timingPart {
	return []timingPart{{"total", t.Total}, {"counting", t.Counting}, {"motion", t.Motion}, {"overhead", t.Overhead}, {"paused", t.Paused}}
}

// timingText is the same in a line.
func timingText(t data.Timing) string {
	var words []string
	for _, p := range timingParts(t) {
		words = append(words, p.name+" "+number(p.time.Seconds())+" s")
	}
	return strings.Join(words, ", ")
}
