package commands

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"blissh/data"
)

// countBar shows how far a single count of more than 3 s is, on a terminal. It
// is the scan.Sink of ct.
type countBar struct {
	screen Screen
	count  time.Duration

	stop    chan struct{}
	stopped sync.WaitGroup
}

// Put starts and ends it.
func (b *countBar) Put(_ context.Context, e data.Event) error {
	switch e.(type) {
	case *data.Prepared:
		if b.screen != nil && b.count > longScan {
			b.stop = make(chan struct{})
			b.stopped.Go(b.run)
		}
	case *data.EndScan:
		if b.stop != nil {
			close(b.stop)
		}
	}
	return nil
}

// Wait returns when the screen is as it was.
func (b *countBar) Wait() { b.stopped.Wait() }

func (b *countBar) run() {
	began := time.Now()
	tick := time.NewTicker(progressPeriod)
	defer tick.Stop()
	for {
		select {
		case now := <-tick.C:
			columns, _ := b.screen.Size()
			b.screen.Show(b.line(now.Sub(began), columns-1))
		case <-b.stop:
			b.screen.Show()
			return
		}
	}
}

func (b *countBar) line(passed time.Duration, width int) string {
	text := fmt.Sprintf(" counting, %s left", hms(max(0, b.count-passed)))
	return bar(min(1, passed.Seconds()/b.count.Seconds()), width-displayWidth(text)) + text
}

// smallestBar is the width of the shortest bar that says something.
const smallestBar = 12

// bar is a progress bar of at most 30 characters, none where there is no room.
func bar(part float64, room int) string {
	size := min(30, room-3)
	if room < smallestBar {
		return ""
	}
	full := int(part * float64(size))
	return " [" + strings.Repeat("=", full) + strings.Repeat(" ", size-full) + "]"
}

// printCounted prints the rows of ct: names flush left, values with their
// decimal points in line, texts as they are.
func printCounted(w io.Writer, rows [][]string) {
	var name, before, value, unit int
	for _, r := range rows {
		name, unit = max(name, displayWidth(r[0])), max(unit, displayWidth(r[3]))
		if isNumber(r[2]) {
			before = max(before, pointOf(r[2]))
		}
	}
	for _, r := range rows {
		if isNumber(r[2]) {
			value = max(value, before-pointOf(r[2])+len(r[2]))
		}
	}
	for _, r := range rows {
		cell := r[2]
		if isNumber(cell) {
			cell = leftIn(strings.Repeat(" ", before-pointOf(cell))+cell, value)
		}
		line := "  " + leftIn(r[0], name) + "  =  " + cell
		if r[3] != "" || r[4] != "" {
			line += "  " + leftIn(r[3], unit) + "  " + r[4]
		}
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// pointOf is how much of a number stands before its decimal point.
func pointOf(number string) int {
	if i := strings.IndexAny(number, ".e"); i >= 0 {
		return i
	}
	return len(number)
}

func leftIn(s string, width int) string {
	return s + strings.Repeat(" ", max(0, width-displayWidth(s)))
}
