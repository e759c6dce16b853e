package commands

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"blissh/data"
)

// aScan is a fixed scan: two axes, the two timers, a scalar counter with a unit,
// one without, and an image, which the table leaves out.
func aScan(planned int) *data.Scan {
	return &data.Scan{
		Session: "lab", Number: 12, Name: "ascan", Title: "ascan robz -5 5 2 0.1", Planned: planned,
		Start:  time.Date(2026, 3, 1, 9, 5, 0, 0, time.Local),
		Moving: []string{"robz", "th"},
		Channels: []data.Channel{
			{Name: "robz", Unit: "mm", Role: "axis"},
			{Name: "th", Unit: "°", Role: "axis"},
			{Name: data.ElapsedTime, Unit: "s", Role: "timer"},
			{Name: data.Epoch, Unit: "s", Role: "timer"},
			{Name: "view", Shape: []int{2, 3}, Role: "counter"},
			{Name: "sim_ct_gauss_noise", Unit: "counts", Role: "counter"},
			{Name: "i0", Role: "counter"},
		},
	}
}

// show puts a whole scan into a table and gives what it prints.
func showScan(s *data.Scan, colours bool, outcome data.Outcome, reason string, timing data.Timing, events ...data.Event) string {
	var out screen
	table := NewScanTable(&out, colours)
	table.Expect(TableOptions{Estimate: 8670 * time.Millisecond})
	ctx := context.Background()
	table.Put(ctx, &data.NewNode{Node: data.ScanNode(s)})
	table.Put(ctx, &data.Prepared{Node: data.ScanNode(s)})
	points := 0
	for _, e := range events {
		if _, ok := e.(*data.Row); ok {
			points++
		}
		table.Put(ctx, e)
	}
	s.Outcome, s.Reason, s.Timing = outcome, reason, timing
	table.Put(ctx, &data.EndScan{Node: data.ScanNode(s), Outcome: outcome, Reason: reason, Points: points})
	table.Wait()
	return out.take()
}

func row(i int, values ...float64) *data.Row { return &data.Row{Index: i, Values: values} }

func TestScanTable(t *testing.T) {
	got := showScan(aScan(3), false, data.Done, "",
		data.Timing{Total: 2 * time.Second, Counting: 300 * time.Millisecond, Motion: 1690 * time.Millisecond, Overhead: 10 * time.Millisecond},
		row(0, -5, 0.00005, 0, 1.7e9, 23.9365, 0),
		row(1, 0, -0.5, 0.10004, 1.7e9, 1.2e-6, math.NaN()),
		row(2, 5, 123456789, 12345.6, 1.7e9, -3e9, math.Inf(1)),
	)
	same(t, "the table", got, `
Scan 12  ascan robz -5 5 2 0.1   2026-03-01 09:05:00   lab   not saved
 takes at least 0:00:09   3 points x 7 data channels   stop: Ctrl-C, twice: now
       #/3    robz[mm]       th[°]       dt[s]  sim_ct_gauss_noise[counts]            i0
       1/3     -5.0000      0.0001      0.0000                 23.9365            0.0000
       2/3      0.0000     -0.5000      0.1000                  1.2000e-06           NaN
       3/3      5.0000  123456789.0000  12345.6000                 -3.0000e+09          +Inf
 done at 3/3
 took 2.000 s: counting 0.300 s 15.0 %   motion 1.690 s 84.5 %   overhead 0.010 s 0.5 %   per point 100.000 + 563.333 + 3.334 ms
`)
}

func TestScanTableOfAnOpenEnd(t *testing.T) {
	s := aScan(0)
	s.Name, s.Title, s.Moving, s.Channels = "timescan", "timescan 0.1", nil, s.Channels[2:]
	s.Save = true
	got := showScan(s, false, data.Stopped, "by hook LimitHook: more than 10",
		data.Timing{Total: time.Second, Counting: time.Second},
		row(0, 0, 1.7e9, 1, 2),
		&data.Steering{Node: data.ScanNode(s), Points: 1, What: "pause", Text: "paused by shared channel beam"},
		row(1, 1, 1.7e9, 3, 4),
	)
	same(t, "the table", got, `
Scan 12  timescan 0.1   2026-03-01 09:05:00   lab   NOT SAVED
 takes at least 0:00:09   points until stopped x 5 data channels   stop: Ctrl-C, twice: now
         #       dt[s]  sim_ct_gauss_noise[counts]            i0
         1      0.0000                  1.0000            2.0000
 paused by shared channel beam
         2      1.0000                  3.0000            4.0000
 stopped at 2 by hook LimitHook: more than 10
 took 1.000 s: counting 1.000 s 100.0 %   motion 0.000 s 0.0 %   overhead 0.000 s 0.0 %   per point 500.000 + 0.000 + 0.000 ms
`)
}

// Columns stay in line when there are many points, and when a value is wider
// than its column.
func TestScanTableWithManyPoints(t *testing.T) {
	s := aScan(1_000_000)
	s.Channels = s.Channels[:1]
	got := showScan(s, false, data.Done, "", data.Timing{Total: time.Second, Overhead: time.Second}, row(0, 1), row(99_999, -12345678.25), row(999_999, 2))
	same(t, "the table", got, `
Scan 12  ascan robz -5 5 2 0.1   2026-03-01 09:05:00   lab   not saved
 takes at least 0:00:09   1000000 points x 1 data channels   stop: Ctrl-C, twice: now
       #/1000000    robz[mm]
       1/1000000      1.0000
  100000/1000000  -12345678.2500
 1000000/1000000      2.0000
 done at 3/1000000
 took 1.000 s: counting 0.000 s 0.0 %   motion 0.000 s 0.0 %   overhead 1.000 s 100.0 %   per point 0.000 + 0.000 + 333.333 ms
`)
}

func TestScanTableOutcomes(t *testing.T) {
	for _, c := range []struct {
		outcome data.Outcome
		reason  string
		want    string
		colour  string
	}{
		{data.Done, "", "done at 1/3", "32"},
		{data.Stopped, "by hook StopAlignmentHook", "stopped at 1/3 by hook StopAlignmentHook", "33"},
		{data.Stopped, "by shared channel beam_dump", "stopped at 1/3 by shared channel beam_dump", "33"},
		{data.Aborted, "interrupted by Ctrl-C", "aborted at 1/3: interrupted by Ctrl-C", "33"},
		{data.Failed, "robz: start: no power", "failed at 1/3: robz: start: no power", "31"},
	} {
		lines := strings.Split(showScan(aScan(3), false, c.outcome, c.reason, data.Timing{}, row(0, 0, 0, 0, 0, 0, 0)), "\n")
		if got := lines[4]; got != " "+c.want {
			t.Errorf("%s: %q, want %q", c.outcome, got, c.want)
		}
		if got := lines[5]; got != " took no time" {
			t.Errorf("%s: %q", c.outcome, got)
		}
		coloured := strings.Split(showScan(aScan(3), true, c.outcome, c.reason, data.Timing{}, row(0, 0, 0, 0, 0, 0, 0)), "\n")[4]
		if plain := escapes.ReplaceAllString(coloured, ""); plain != " "+c.want || !strings.HasPrefix(coloured, " \x1b["+c.colour) {
			t.Errorf("%s in colours: %q", c.outcome, coloured)
		}
	}
}

// A scan that fails before it has a place in the store is not shown.
func TestScanTableOfNothing(t *testing.T) {
	var out screen
	table := NewScanTable(&out, false)
	table.Put(context.Background(), &data.EndScan{Node: data.ScanNode(aScan(3)), Outcome: data.Failed})
	table.Wait()
	if got := out.take(); got != "" {
		t.Errorf("%q", got)
	}
}

// A terminal that does not take any output delays no point and no end.
func TestScanDoesNotWaitForTheScreen(t *testing.T) {
	stuck := make(chan struct{})
	table := NewScanTable(writerFunc(func(b []byte) (int, error) { <-stuck; return len(b), nil }), false)
	done := make(chan struct{})
	go func() {
		defer close(done)
		s := aScan(0)
		table.Put(context.Background(), &data.NewNode{Node: data.ScanNode(s)})
		for i := range 1000 {
			table.Put(context.Background(), row(i, 1, 2, 3, 4, 5, 6))
			if i%100 == 0 {
				time.Sleep(screenPeriod / 5) // so that the screen is stuck indeed
			}
		}
		table.Put(context.Background(), &data.EndScan{Node: data.ScanNode(s), Outcome: data.Done, Points: 1000})
	}()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		t.Error("the scan waits for the screen")
	}
	close(stuck)
	<-done
	table.Wait()
}

// A closed terminal fails no scan.
func TestScanTableOnAClosedTerminal(t *testing.T) {
	table := NewScanTable(writerFunc(func([]byte) (int, error) { return 0, errors.New("closed") }), false)
	s := aScan(1)
	for _, e := range []data.Event{
		&data.NewNode{Node: data.ScanNode(s)}, row(0, 1, 2, 3, 4, 5, 6), &data.EndScan{Node: data.ScanNode(s), Outcome: data.Done, Points: 1},
	} {
		if err := table.Put(context.Background(), e); err != nil {
			t.Error(err)
		}
	}
	table.Wait()
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(b []byte) (int, error) { return f(b) }
