package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"blissh/internal/storeserver"
)

// row is what one measurement tells: a line, or several.
type row struct {
	star    bool   // the first line must hold
	only    string // the engine that it is about; "": every one
	lines   []line
	measure func(context.Context, *bench, *engine) ([]figure, error)
}

type line struct{ what, limit string }

// rows are those of the design, in its order.
func rows() []row {
	return []row{
		{star: true, measure: overhead, lines: []line{
			{"overhead per point: 501 points, instant devices, table and hook on", "50 µs"},
			{"  1 axis, 4 counters of 4 controllers", ""},
			{"  1 axis, 20 counters of 20 controllers", ""},
			{"  4 axes, 1 counter", ""},
			{"  4 axes, 4 counters of 4 controllers", ""},
			{"  4 axes, 20 counters of 20 controllers", ""},
		}},
		{star: true, measure: alignment, lines: []line{{"alignment scan in real motion, 501 counts of 1 ms", "8.67 s ± 3 %"}}},
		{measure: counting, lines: []line{{"501 counts of 1 ms without motion", "0.501 s ± 3 %"}}},
		{measure: acknowledged, lines: []line{
			{"1 kHz: value to acknowledged, p50/p99", "300 µs/2 ms"},
			{"  points that share an entry with another one", ""},
			{"  CPU per point of blissh", ""},
			{"  CPU per point of the store", ""},
		}},
		{measure: callbacks, lines: []line{
			{"1 kHz: value to a client's callback, 1 client, p50/p99", "500 µs/2 ms"},
			{"  10 clients", "500 µs/2 ms"},
			{"  100 clients (10 processes with 10 each)", ""},
		}},
		{only: storeserver.Redis, measure: throughput, lines: []line{
			{"points/s over XADD/s of redis-benchmark, 1 counter", ""},
			{"  4 counters", ""},
			{"  20 counters", ""},
		}},
		{measure: crowd, lines: []line{{"scan with 200 readers, 20 killed and 20 stopped, over one with none", "1 ± 5 %"}}},
		{measure: stopping, lines: []line{
			{"shared channel set elsewhere to axis decelerating, StopOn, p50/p99", "p99 5 ms"},
			{"  through a hook (points of 17.3 ms)", "p99 5 ms + point"},
		}},
		{measure: steering, lines: []line{{"request of a client to being applied, counts of 1 ms, p50/p99", "p99 5 ms + point"}}},
		{star: true, measure: unsteered, lines: []line{{"scan that could be steered over one that could not, nobody asks", "1.05"}}},
		{star: true, only: storeserver.Redis, measure: long, lines: []line{
			{"time per point, point 100 000 over point 100", "1 ± 10 %"},
			{"  live heap at point 2 000, of all points, and 10 s later", "flat"},
		}},
		{star: true, measure: prompt, lines: []line{{"process start to prompt, the store is running", "150 ms"}}},
		{measure: harmless, lines: []line{
			{"scan with a hook that may fail and sleeps 10 s, over one without", "1 ± 1 %"},
			{"  loops for ever", "1 ± 1 %"},
			{"  panics", "1 ± 1 %"},
			{"  allocates without end", "1 ± 1 %"},
		}},
		{measure: hookCall, lines: []line{{"interpreted hook call above its own work, p50/p99", "3 µs/20 µs"}}},
		{measure: filing, lines: []line{
			{"1 kHz x 20 counters into HDF5 and SPEC: value to saved, p50/p99", "p99 500 ms"},
			{"  CPU of the writer per point; its heap at 10 %, at the end", ""},
			{"100 MB/s of images of 2 MB into HDF5: value to saved, p50/p99", "p99 500 ms"},
			{"  what came; CPU of the writer per second; its heap at 10 %, at the end", ""},
		}},
		{measure: promptLine, lines: []line{{"prompt line typed to the command's code, 2 000 devices, p50/p99", "1 ms/5 ms"}}},
	}
}

const (
	whatWidth, limitWidth, figureWidth = 69, 18, 29
	rowBound                           = 10 * time.Minute // a row that takes longer hangs
	failure                            = 2                // ratio to the limit that the short form does not accept
)

// print measures the rows and prints each when it is known.
func (b *bench) print(ctx context.Context, list []row) error {
	b.head()
	var failed []error
	for i, r := range list {
		if !r.matches(b.options) {
			continue
		}
		failed = append(failed, b.printRow(ctx, i+1, r))
		if ctx.Err() != nil {
			return errors.New("interrupted")
		}
	}
	return errors.Join(failed...)
}

func (r *row) matches(o options) bool {
	for _, l := range r.lines {
		if o.only.MatchString(l.what) {
			return true
		}
	}
	return false
}

func (b *bench) head() {
	form := fmt.Sprintf("%d rounds", b.rounds)
	if b.short {
		form = "short form"
	}
	fmt.Printf("%s, %s, %d processors%s, seed %d\n\n", form, runtime.Version(), runtime.NumCPU(), load(), b.seed)
	var cells []string
	for _, e := range b.engines {
		cells = append(cells, map[string]string{storeserver.Redis: "redis-server", storeserver.Embedded: "embedded"}[e.name])
	}
	printLine("", "", line{"what", "limit"}, cells)
}

// load is how busy the machine is without the benchmark, where that is known.
func load() string {
	b, _ := os.ReadFile("/proc/loadavg")
	if before, _, ok := strings.Cut(string(b), " "); ok {
		return ", load average " + before
	}
	return ""
}

// printRow measures a row on every store it is about.
func (b *bench) printRow(ctx context.Context, number int, r row) error {
	ctx, cancel := context.WithTimeoutCause(ctx, rowBound, fmt.Errorf("not measured within %v", rowBound))
	defer cancel()
	var columns [][]figure
	var errs []error
	for _, e := range b.engines {
		if r.only != "" && r.only != e.name {
			columns = append(columns, nil)
			continue
		}
		figures, err := r.measure(ctx, b, e)
		if err != nil {
			err = fmt.Errorf("line %d on %s: %w", number, e.name, err)
		}
		columns, errs = append(columns, figures), append(errs, err, b.judge(number, r, figures))
	}
	mark := map[bool]string{true: "*"}[r.star]
	for i, l := range r.lines {
		n := map[bool]string{true: fmt.Sprint(number)}[i == 0]
		printLine(n, map[bool]string{true: mark}[i == 0], l, cells(columns, i))
	}
	return errors.Join(errs...)
}

// judge is the verdict of the short form on the best try.
func (b *bench) judge(number int, r row, figures []figure) error {
	if !b.short || !r.star || len(figures) == 0 || !(figures[0].best > failure) {
		return nil
	}
	return fmt.Errorf("line %d must hold and misses its limit by a factor of %.1f", number, figures[0].best)
}

// cells are the figures of line i.
func cells(columns [][]figure, i int) (list []string) {
	for _, figures := range columns {
		text := "-"
		if i < len(figures) {
			text = figures[i].String()
		}
		list = append(list, text)
	}
	return list
}

func printLine(number, mark string, l line, cells []string) {
	var s strings.Builder
	fmt.Fprintf(&s, "%2s%1s %-*s%-*s", number, mark, whatWidth, l.what, limitWidth, l.limit)
	for _, c := range cells {
		fmt.Fprintf(&s, "%-*s", figureWidth, c)
	}
	fmt.Println(strings.TrimRight(s.String(), " "))
}
