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
	columns []column // the axes
	began   time.Time
	drawn   bool
	last    time.Time // when it was drawn

	points, planned int
	changed         time.Time // when the last point came
	at              []float64 // positions of the last point

	// The time left is measured on the way that the scan goes now: since when,
	// from which point on, and how long it takes at least from there.
	since    time.Time
	from     int
	estimate time.Duration

	paused   string // by whom and why; "": it is not
	pausedAt time.Time
	advice   time.Duration // how long it waits for advice after each point
	waits    bool          // for advice
}

func newProgress(s *data.Scan, o TableOptions) progress {
	now := time.Now()
	p := progress{planned: s.Planned, began: now, since: now, estimate: o.Estimate, advice: o.Advice}
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
	p.waits = p.advice > 0
	p.at = p.at[:0]
	for _, c := range p.columns {
		p.at = append(p.at, values[c.index])
	}
}

// event takes note of what happened between points. After another way was taken
// the time of the points before says nothing any more.
func (p *progress) event(q shown) {
	now := time.Now()
	p.planned = q.planned
	switch q.what {
	case "applied":
		p.waits = false
	case "pause":
		p.paused, p.pausedAt = strings.TrimSpace(q.text), now
	case "resume":
		begin := p.pausedAt
		if p.since.After(begin) {
			begin = p.since
		}
		p.paused, p.changed, p.since = "", now, p.since.Add(now.Sub(begin))
	}
	if q.rerouted {
		p.since, p.from, p.estimate = now, p.points, q.left
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
	if text := p.waiting(now); text != "" {
		return terminal.Cut(fmt.Sprintf(" %d%s  %s", p.points, of(p.planned), text), width)
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

// waiting says what the scan waits for between two points, "" for nothing.
func (p *progress) waiting(now time.Time) string {
	most := p.advice - now.Sub(p.changed)
	switch {
	case p.paused != "":
		return p.paused + ", for " + hms(now.Sub(p.pausedAt))
	case p.waits && most > 0:
		return "waits for advice, " + hms(most) + " at most"
	}
	return ""
}

// left is the time left: what the points on this way took on average, for the
// points that are missing; before the first one the estimate.
func (p *progress) left(now time.Time) time.Duration {
	n := p.points - p.from
	if n == 0 {
		return max(0, p.estimate-now.Sub(p.since))
	}
	each := p.changed.Sub(p.since) / time.Duration(n)
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
