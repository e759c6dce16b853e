package commands

import (
	"context"
	"io"
	"sync"
	"time"

	"blissh/data"

	"github.com/fatih/color"
)

// screenPeriod is the time between two updates of a terminal: 20 a second are
// as many as anyone can read.
const screenPeriod = 50 * time.Millisecond

// headsEvery is the number of rows after which a terminal shows the heads again.
const headsEvery = 50

// ScanTable shows one scan as text: a header, a row per point, the end. No row is
// ever left out; on a terminal rows are written at most 20 times a second, fit
// its width, and have a progress line below them. It is a scan.Sink and never
// makes the scan wait for the screen: Put queues, a goroutine formats and prints.
type ScanTable struct {
	out   io.Writer
	color bool
	brief bool
	o     TableOptions

	mu      sync.Mutex
	queue   []shown
	values  []float64 // of the rows in the queue
	spare   []float64 // what the goroutine has printed
	ends    *ending
	planned int

	stop    chan struct{}
	stopped sync.WaitGroup
}

// TableOptions are what a table knows of a scan before it starts.
type TableOptions struct {
	Estimate time.Duration     // how long the scan takes at least
	Advice   time.Duration     // how long it waits for advice after each point
	Formats  map[string]string // fmt verbs of the data channels that have one
	Decimals map[string]int    // of axes; 4 for those that are not here
	Selected []string          // patterns of counters: plotted, and kept longest in a narrow window
	Screen   Screen            // nil: no terminal that can be drawn on
	Filing   Filing            // nil: nothing is known of files
	Plot     bool              // draw the selected counters during the scan
}

// shown waits to be printed: a line of text, or the values of a point.
type shown struct {
	text           string
	what           string // of an event
	rerouted       bool   // by this event, and how much time is left since then
	left           time.Duration
	index, planned int
	first          int // in values
}

// ending is what the end event said.
type ending struct {
	outcome         data.Outcome
	reason          string
	points, planned int
	timing          data.Timing
}

// NewScanTable makes a table that writes to out, with colours or without.
func NewScanTable(out io.Writer, colours bool) *ScanTable {
	return &ScanTable{out: out, color: colours}
}

// Brief makes the table leave out the points: it shows that the scan begins, what
// happens to it and how it ends. It comes before the scan runs.
func (t *ScanTable) Brief(on bool) { t.brief = on }

// Expect tells the table about the scan that it will show.
func (t *ScanTable) Expect(o TableOptions) { t.o = o }

// Put shows one event.
func (t *ScanTable) Put(_ context.Context, e data.Event) error {
	switch e := e.(type) {
	case *data.NewNode:
		t.begin(e.Node.Scan)
	case *data.Row:
		t.row(e)
	case *data.Steering:
		t.steering(e)
	case *data.EndScan:
		t.end(e)
	}
	return nil
}

// begin starts the goroutine that prints. The description is copied, for the
// engine goes on to write in it.
func (t *ScanTable) begin(s *data.Scan) {
	info := *s
	t.planned = s.Planned
	t.stop = make(chan struct{})
	p := newPrinter(t, &info)
	t.stopped.Go(func() { p.run(t.stop) })
}

func (t *ScanTable) row(r *data.Row) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.brief {
		return
	}
	t.queue = append(t.queue, shown{index: r.Index, planned: t.planned, first: len(t.values)})
	t.values = append(t.values, r.Values...)
}

// steering shows what was asked for and what became of it.
func (t *ScanTable) steering(e *data.Steering) {
	q := shown{text: " " + e.Text + "\n", what: e.What, planned: e.Node.Scan.Planned}
	if e.Way != nil {
		q.rerouted, q.left = true, time.Duration(e.Way.Left*1e9)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queue = append(t.queue, q)
	t.planned = q.planned
}

// end has everything written.
func (t *ScanTable) end(e *data.EndScan) {
	if t.stop == nil {
		return
	}
	s := e.Node.Scan
	t.mu.Lock()
	t.ends = &ending{e.Outcome, e.Reason, e.Points, s.Planned, s.Timing}
	t.mu.Unlock()
	close(t.stop)
}

// take gives what is queued; what it gave last time must be done with.
func (t *ScanTable) take() (queue []shown, values []float64, ends *ending) {
	t.mu.Lock()
	defer t.mu.Unlock()
	queue, values, ends = t.queue, t.values, t.ends
	t.queue, t.values = nil, t.spare[:0]
	t.spare = values
	if cap(values) > keptBuffer/8 {
		t.spare = nil
	}
	return queue, values, ends
}

// release gives the memory back: a user may keep the scan for long.
func (t *ScanTable) release() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.queue, t.values, t.spare = nil, nil, nil
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
