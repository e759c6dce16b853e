package commands

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"blissh/data"

	"github.com/fatih/color"
)

// screenPeriod is the time between two updates of a terminal: 20 a second are
// as many as anyone can read.
const screenPeriod = 50 * time.Millisecond

// ScanTable shows one scan as text: a header, a row per point, the end. No row is
// ever left out; on a terminal rows are written at most 20 times a second. It is
// a scan.Sink and never makes the scan wait for the screen.
type ScanTable struct {
	out      io.Writer
	color    bool
	estimate time.Duration
	formats  map[string]string

	info    *data.Scan
	columns []column

	mu      sync.Mutex
	buffer  []byte
	stop    chan struct{}
	stopped sync.WaitGroup
}

// column is one data channel in the table.
type column struct {
	name   string
	head   string
	index  int // in Row.Values
	width  int
	format string // fmt verb; empty: as appendValue does it
}

// NewScanTable makes a table that writes to out, with colours or without.
func NewScanTable(out io.Writer, colours bool) *ScanTable {
	return &ScanTable{out: out, color: colours}
}

// Expect tells the table how long the scan takes at least, and the fmt verbs of
// the data channels that have one.
func (t *ScanTable) Expect(d time.Duration, formats map[string]string) {
	t.estimate, t.formats = d, formats
}

// Put shows one event.
func (t *ScanTable) Put(_ context.Context, e data.Event) error {
	switch e := e.(type) {
	case *data.NewNode:
		t.begin(e.Node.Scan)
	case *data.Row:
		t.row(e)
	case *data.Steering:
		t.append(" " + e.Text + "\n")
	case *data.EndScan:
		t.end(e)
	}
	return nil
}

func (t *ScanTable) begin(s *data.Scan) {
	t.info = s
	t.columns = layout(s)
	for i, c := range t.columns {
		t.columns[i].format = t.formats[c.name]
	}
	saved := "not saved"
	if s.Save {
		saved = t.paint("NOT SAVED", color.FgRed, color.Bold)
	}
	t.append(fmt.Sprintf("Scan %d  %s   %s   %s   %s\n", s.Number, s.Title, s.Start.Local().Format("2006-01-02 15:04:05"), s.Session, saved))
	t.append(fmt.Sprintf(" takes at least %s   %s x %d data channels   stop: Ctrl-C\n", hms(t.estimate), points(s.Planned), len(s.Channels)))
	t.heads()
	t.stop = make(chan struct{})
	t.stopped.Go(t.flushNowAndThen)
}

// heads writes the line above the rows: index, then the data channels.
func (t *ScanTable) heads() {
	var b strings.Builder
	fmt.Fprintf(&b, "%*s", t.indexWidth(), "#"+t.of())
	for _, c := range t.columns {
		b.WriteString(strings.Repeat(" ", 2+c.width-utf8.RuneCountInString(c.head)) + c.head)
	}
	t.append(b.String() + "\n")
}

// of is "/501" when the number of points is known.
func (t *ScanTable) of() string {
	if t.info.Planned == 0 {
		return ""
	}
	return "/" + strconv.Itoa(t.info.Planned)
}

func (t *ScanTable) indexWidth() int { return max(10, 2*len(t.of())) }

// layout picks the data channels to show, moving axes first, then the elapsed
// time, then the counters; spectra, images and the epoch are left out.
func layout(s *data.Scan) []column {
	var axes, times, counters []column
	i := 0
	for _, c := range s.Channels {
		if !c.Scalar() {
			continue
		}
		col := column{name: c.Name, head: label(c.Name, c.Unit), index: i}
		i++
		switch {
		case c.Name == data.Epoch:
			continue
		case c.Name == data.ElapsedTime:
			col.head = "dt[s]"
			times = append(times, col)
		case c.Role == "axis":
			axes = append(axes, col)
		default:
			counters = append(counters, col)
		}
	}
	list := append(append(axes, times...), counters...)
	for i := range list {
		list[i].width = max(10, utf8.RuneCountInString(list[i].head))
	}
	return list
}

func (t *ScanTable) row(r *data.Row) {
	t.mu.Lock()
	defer t.mu.Unlock()
	start := len(t.buffer)
	t.buffer = strconv.AppendInt(t.buffer, int64(r.Index+1), 10)
	t.buffer = append(t.buffer, t.of()...)
	t.buffer = alignRight(t.buffer, start, t.indexWidth())
	for _, c := range t.columns {
		t.buffer = append(t.buffer, ' ', ' ')
		cell := len(t.buffer)
		if c.format != "" {
			t.buffer = fmt.Appendf(t.buffer, c.format, r.Values[c.index])
		} else {
			t.buffer = appendValue(t.buffer, r.Values[c.index])
		}
		t.buffer = alignRight(t.buffer, cell, c.width)
	}
	t.buffer = append(t.buffer, '\n')
}

// alignRight moves what stands from start on to the right end of a field.
func alignRight(b []byte, start, width int) []byte {
	size := len(b) - start
	if size >= width {
		return b
	}
	pad := width - size
	for range pad {
		b = append(b, ' ')
	}
	copy(b[start+pad:], b[start:start+size])
	for i := start; i < start+pad; i++ {
		b[i] = ' '
	}
	return b
}

func (t *ScanTable) append(s string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.buffer = append(t.buffer, s...)
}

// flushNowAndThen writes what has come together, 20 times a second.
func (t *ScanTable) flushNowAndThen() {
	tick := time.NewTicker(screenPeriod)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			t.flush()
		case <-t.stop:
			t.flush()
			return
		}
	}
}

// flush writes without holding the lock: the scan never waits for a screen.
func (t *ScanTable) flush() {
	t.mu.Lock()
	b := t.buffer
	t.buffer = nil
	t.mu.Unlock()
	if len(b) > 0 {
		t.out.Write(b)
	}
}

// end adds outcome, reason and timing, and has everything written.
func (t *ScanTable) end(e *data.EndScan) {
	if t.info == nil {
		return
	}
	s := e.Node.Scan
	t.append(fmt.Sprintf(" %s at %d%s%s\n", t.outcome(e.Outcome), e.Points, t.of(), reasonText(e.Outcome, e.Reason)))
	t.append(" " + timingText(s.Timing, e.Points) + "\n")
	close(t.stop)
}

// Wait returns when everything is written. The scan does not wait for that, who
// started it does.
func (t *ScanTable) Wait() { t.stopped.Wait() }

func (t *ScanTable) outcome(o data.Outcome) string {
	switch o {
	case data.Done:
		return t.paint(string(o), color.FgGreen)
	case data.Failed:
		return t.paint(string(o), color.FgRed, color.Bold)
	}
	return t.paint(string(o), color.FgYellow)
}

// paint colours a word where colours are wanted.
func (t *ScanTable) paint(s string, a ...color.Attribute) string {
	if !t.color {
		return s
	}
	c := color.New(a...)
	c.EnableColor()
	return c.Sprint(s)
}

// reasonText joins the reason to the outcome: "stopped ... by hook X: why",
// "failed ...: why".
func reasonText(o data.Outcome, reason string) string {
	switch {
	case reason == "":
		return ""
	case o == data.Stopped:
		return " " + reason
	}
	return ": " + reason
}

// timingText splits the time that a scan took.
func timingText(t data.Timing, points int) string {
	if t.Total <= 0 {
		return "took no time"
	}
	share := func(d time.Duration) float64 { return 100 * d.Seconds() / t.Total.Seconds() }
	text := fmt.Sprintf("took %.3f s: counting %.1f %%  motion %.1f %%  overhead %.1f %%", t.Total.Seconds(), share(t.Counting), share(t.Motion), share(t.Overhead))
	if points > 0 {
		text += fmt.Sprintf(" (%.3f ms/point)", t.Overhead.Seconds()*1e3/float64(points))
	}
	return text
}
