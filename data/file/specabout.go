package file

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"blissh/data"
)

// What is known about a scan besides its values, in lines of a SPEC file that other
// programs skip: #MD for what the user has said (as apstools writes it), #U for what
// programs may want, #C for people.

// maxPathLine is how long the line with the planned path may be.
const maxPathLine = 4096

// aboutLines are those that come before the points.
func aboutLines(s *data.Scan) string {
	var b strings.Builder
	if v := s.Saving; v != nil {
		for _, l := range [][2]string{{"proposal", v.Proposal}, {"sample", v.Sample}, {"dataset", v.Dataset}} {
			if l[1] != "" {
				fmt.Fprintf(&b, "#MD %s = %s\n", l[0], oneLine(l[1]))
			}
		}
	}
	for _, m := range s.Meta {
		fmt.Fprintf(&b, "#MD %s\n", oneLine(m.String()))
	}
	for _, h := range s.Hooks {
		fmt.Fprintf(&b, "#C hook %s\n", oneLine(h.Name+" "+h.File+" sha256 "+h.SHA256))
	}
	if s.Allow != nil {
		fmt.Fprintf(&b, "#C requests may change: %s\n", allowText(s.Allow))
	}
	if path, err := json.Marshal(s.Path); err == nil && len(s.Path) > 0 && len(path) <= maxPathLine {
		fmt.Fprintf(&b, "#UPATH %s\n", path)
	}
	return b.String()
}

// noteLines are those of a note. The line for people comes last: with it the note is
// there.
func noteLines(n Note) []byte {
	var b []byte
	if d := n.details(maxPathLine); d != "" {
		b = fmt.Appendf(b, "#UNOTE %s\n", d)
	}
	at := n.at()
	if at != "" {
		at = " (" + at + ")"
	}
	return fmt.Appendf(b, "#C %s%s\n", n.line(), at)
}

// endLines are those before the last one: where all axes stand, in the order of #O,
// and what the time went into.
func endLines(s *data.Scan) string {
	var ends []string
	known := false
	for _, a := range s.Axes {
		at := math.NaN()
		if a.End != nil {
			at, known = *a.End, true
		}
		ends = append(ends, number(at))
	}
	text := ""
	if known {
		text = inLines("#UEND", ends, " ")
	}
	if s.Timing != (data.Timing{}) {
		text += "#UTIME " + timingText(s.Timing) + "\n"
	}
	return text
}
