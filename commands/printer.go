package commands

import (
	"strconv"
	"time"

	"blissh/data"
)

// keptBuffer is the size, in bytes, up to which a buffer is used again. A burst
// of points that needed more leaves nothing behind.
const keptBuffer = 64 << 10

// printer is the goroutine of a ScanTable: what only it touches needs no lock.
type printer struct {
	*ScanTable
	info     *data.Scan
	layout   layout
	width    int // for which the layout was made; -1: none was made yet
	rows     int // since the last heads
	progress progress
	plot     *livePlot // nil: none is drawn
	buffer   []byte
}

func newPrinter(t *ScanTable, info *data.Scan) *printer {
	p := &printer{ScanTable: t, info: info, width: -1, progress: newProgress(info, t.o)}
	if t.o.Plot && t.o.Screen != nil {
		p.plot = newLivePlot(info, t.o.Selected, t.color)
	}
	return p
}

// run prints until the scan has ended. Every 50 ms it either redraws the lines
// below the table, when they are due, or prints rows: 20 updates a second.
func (p *printer) run(stop <-chan struct{}) {
	p.print()
	tick := time.NewTicker(screenPeriod)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			if !p.redraw(now) {
				p.print()
			}
		case <-stop:
			p.finish()
			return
		}
	}
}

// print writes the rows that have come together. The lock is not held: the scan
// never waits for a screen.
func (p *printer) print() {
	queue, values, _ := p.take()
	if p.width < 0 {
		p.header()
	}
	if len(queue) > 0 && !p.brief {
		p.fit()
	}
	for _, q := range queue {
		p.line(q, values)
	}
	p.flush()
}

// line appends one row or one text.
func (p *printer) line(q shown, values []float64) {
	if q.text != "" {
		p.buffer = append(p.buffer, q.text...)
		p.progress.event(q)
		return
	}
	if p.rows == headsEvery && p.width > 0 {
		p.heads()
	}
	p.rows++
	at := values[q.first : q.first+p.layout.values]
	p.buffer = p.layout.appendRow(p.buffer, q.index, q.planned, at)
	p.progress.point(q.index, q.planned, at)
	if p.plot != nil {
		p.plot.point(at)
	}
}

func (p *printer) flush() {
	if len(p.buffer) > 0 {
		p.out.Write(p.buffer)
	}
	p.buffer = p.buffer[:0]
	if cap(p.buffer) > keptBuffer {
		p.buffer = nil
	}
}

// header is what stands above the heads.
func (p *printer) header() {
	p.width = p.columns()
	p.buffer = append(p.buffer, headline(p.info, p.o.Estimate, p.savedText(), p.width)...)
	p.buffer = append(p.buffer, watchText(p.info.Hooks, p.width)...)
	p.layout = arrange(p.info, p.o, p.width)
	if !p.brief {
		p.heads()
	}
}

// columns is the width of the terminal; 0 stands for as much as is needed.
func (p *printer) columns() int {
	if p.o.Screen == nil {
		return 0
	}
	columns, _ := p.o.Screen.Size()
	return columns
}

// fit makes a new layout when the window has another width than before.
func (p *printer) fit() {
	if w := p.columns(); w != p.width {
		p.width = w
		p.layout = arrange(p.info, p.o, w)
		p.heads()
	}
}

func (p *printer) heads() {
	p.rows = 0
	p.buffer = append(p.buffer, p.layout.heads()...)
}

// redraw shows the lines below the table when that is due.
func (p *printer) redraw(now time.Time) bool {
	if p.o.Screen == nil || p.brief || !p.progress.due(now, p.plot != nil) {
		return false
	}
	columns, rows := p.o.Screen.Size()
	if columns == 0 {
		return false
	}
	p.o.Screen.Show(p.live(now, columns, rows)...)
	return true
}

func (p *printer) live(now time.Time, columns, rows int) []string {
	var lines []string
	if p.plot != nil {
		lines = p.plot.lines(columns-1, rows)
	}
	return append(lines, p.progress.line(now, columns-1))
}

// finish prints what is left and then the end.
func (p *printer) finish() {
	p.print()
	_, _, e := p.take()
	saved := p.savedEnd(e.points)
	if p.progress.drawn {
		p.o.Screen.Show()
	}
	at := strconv.Itoa(e.points) + of(e.planned)
	line := " " + p.outcome(e.outcome) + " at " + at + reasonText(e.outcome, e.reason)
	p.buffer = append(p.buffer, withSaved(line, saved, e.reason != "", p.columns())+"\n"...)
	p.buffer = append(p.buffer, timingText(e.timing, e.points, p.columns())...)
	p.flush()
	p.release()
}

// of is "/501" when the number of points is known.
func of(planned int) string {
	if planned == 0 {
		return ""
	}
	return "/" + strconv.Itoa(planned)
}
