package commands

import (
	"fmt"
	"strings"
	"time"

	"blissh/data"
	terminal "blissh/internal/screen"
)

// Scans that take longer than longScan have a progress line, redrawn every
// progressPeriod; a plot is redrawn ten times a second.
const (
	longScan       = 3 * time.Second
	progressPeriod = 250 * time.Millisecond
	plotPeriod     = 100 * time.Millisecond
)

// progress is the line below a table: how far the scan is, how long it takes
// yet, where its axes are.
type progress struct {
	estimate time.Duration
	columns  []column // the axes
	began    time.Time
	drawn    bool
	last     time.Time // when it was drawn

	points, planned int
	changed         time.Time // when the last point came
	at              []float64 // positions of the last point
	paused          string    // by whom and why; "": it is not
}

func newProgress(s *data.Scan, o TableOptions) progress {
	p := progress{estimate: o.Estimate, planned: s.Planned, began: time.Now()}
	for _, c := range columnsOf(s, o) {
		if c.axis {
			p.columns = append(p.columns, c)
		}
	}
	return p
}

// point takes note of one.
func (p *progress) point(index, planned int, values []float64) {
	p.points, p.planned, p.changed = index+1, planned, time.Now()
	p.at = p.at[:0]
	for _, c := range p.columns {
		p.at = append(p.at, values[c.index])
	}
}

// event takes note of what happened between points.
func (p *progress) event(what string, planned int, text string) {
	p.planned = planned
	switch what {
	case "pause":
		p.paused = text
	case "resume":
		p.paused, p.changed = "", time.Now()
	}
}

// due reports whether the line is to be drawn now.
func (p *progress) due(now time.Time, plot bool) bool {
	period := progressPeriod
	if plot {
		period = plotPeriod
	} else if p.estimate < longScan && now.Sub(p.began) < longScan {
		return false
	}
	if now.Sub(p.last) < period {
		return false
	}
	p.last, p.drawn = now, true
	return true
}

// line is the progress line, as wide as the window at most.
func (p *progress) line(now time.Time, width int) string {
	if p.paused != "" {
		return terminal.Cut(fmt.Sprintf(" %d%s  %s", p.points, of(p.planned), p.paused), width)
	}
	if p.planned == 0 {
		return strings.Join(append([]string{fmt.Sprintf(" point %d", p.points), hms(now.Sub(p.began))}, p.positions()...), "   ")
	}
	part := min(1, float64(p.points)/float64(p.planned))
	text := fmt.Sprintf(" %d/%d  %.0f %%  %s left", p.points, p.planned, 100*part, hms(p.left(now)))
	for _, more := range p.positions() {
		if displayWidth(text)+2+displayWidth(more)+smallestBar > width {
			break
		}
		text += "  " + more
	}
	return bar(part, width-displayWidth(text)) + text
}

// left is the time left: what the points so far took on average, for the points
// that are missing; before the first point the estimate.
func (p *progress) left(now time.Time) time.Duration {
	if p.points == 0 {
		return max(0, p.estimate-now.Sub(p.began))
	}
	each := p.changed.Sub(p.began) / time.Duration(p.points)
	return max(0, each*time.Duration(p.planned-p.points)-now.Sub(p.changed))
}

func (p *progress) positions() (list []string) {
	if len(p.at) == 0 {
		return nil
	}
	for i, c := range p.columns {
		list = append(list, withUnit(c.name+" "+string(appendFixed(nil, p.at[i], c.decimals, 20)), c.unit))
	}
	return list
}
