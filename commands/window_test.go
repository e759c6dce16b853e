package commands

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	terminal "blissh/internal/screen"

	"github.com/charmbracelet/x/vt"
)

// window is a terminal as a user sees it.
type window struct {
	mu            sync.Mutex
	emulator      *vt.Emulator
	columns, rows int
	writes        int
	all           strings.Builder // every byte
}

func newWindow(columns, rows int) (*window, *terminal.Screen) {
	w := &window{emulator: vt.NewEmulator(columns, rows), columns: columns, rows: rows}
	return w, terminal.New(w, w.size)
}

func (w *window) size() (int, int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.columns, w.rows
}

func (w *window) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes++
	w.all.Write(b)
	w.emulator.Write([]byte(strings.ReplaceAll(string(b), "\n", "\r\n"))) // as a terminal's driver does
	return len(b), nil
}

func (w *window) resize(columns, rows int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.columns, w.rows = columns, rows
	w.emulator.Resize(columns, rows)
}

// lines are what is on the screen now.
func (w *window) lines() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var list []string
	for _, l := range strings.Split(w.emulator.String(), "\n") {
		list = append(list, strings.TrimRight(l, " \r"))
	}
	for len(list) > 0 && list[len(list)-1] == "" {
		list = list[:len(list)-1]
	}
	return list
}

func (w *window) count() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.writes
}

// running is a scan of n points that a table shows in a window.
type running struct {
	table *ScanTable
	scan  *data.Scan
	taken int
}

func (r *running) points(n int, every time.Duration) {
	for range n {
		time.Sleep(every)
		x := -5 + 10*float64(r.taken)/float64(r.scan.Planned-1)
		r.table.Put(context.Background(), row(r.taken, x, 2*x, float64(r.taken)*every.Seconds(), 1.7e9, 24*math.Exp(-x*x/2), 1e-9))
		r.taken++
	}
}

func (r *running) end() {
	s := *r.scan
	s.Timing = data.Timing{Total: 9 * time.Second, Counting: time.Second, Motion: 7990 * time.Millisecond, Overhead: 10 * time.Millisecond}
	r.table.Put(context.Background(), &data.EndScan{Node: data.ScanNode(&s), Outcome: data.Done, Points: r.taken})
	r.table.Wait()
}

func begin(s *terminal.Screen, planned int, plot bool) *running {
	r := &running{table: NewScanTable(s, false), scan: aScan(planned)}
	r.table.Expect(TableOptions{Estimate: 8670 * time.Millisecond, Screen: s, Plot: plot})
	r.table.Put(context.Background(), &data.NewNode{Node: data.ScanNode(r.scan)})
	return r
}

// What a user has on the screen in windows of three widths, during a scan and
// after it.
func TestScanInAWindow(t *testing.T) {
	for _, c := range []struct{ columns, rows int }{{40, 16}, {80, 14}, {200, 14}} {
		synctest.Test(t, func(t *testing.T) {
			w, s := newWindow(c.columns, c.rows)
			r := begin(s, 41, false)
			r.points(4, 1007*time.Millisecond)
			time.Sleep(time.Second / 2)
			synctest.Wait()
			name := fmt.Sprintf("during-%d", c.columns)
			picture(t, name, w.lines())
			r.points(37, time.Millisecond)
			r.end()
			picture(t, fmt.Sprintf("after-%d", c.columns), w.lines())
		})
	}
}

// A window that changes its size in mid-scan gets a new layout, and nothing of
// the old progress line or plot stays.
func TestResizeInMidScan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, s := newWindow(100, 30)
		r := begin(s, 41, true)
		r.points(10, 403*time.Millisecond)
		w.resize(60, 30)
		r.points(10, 403*time.Millisecond)
		synctest.Wait()
		picture(t, "resized-narrow", w.lines())
		w.resize(100, 12)
		r.points(5, 403*time.Millisecond)
		synctest.Wait()
		for _, l := range w.lines() {
			if strings.Contains(l, "┤") {
				t.Errorf("a plot in a window of 12 rows: %q", l)
			}
		}
		r.points(16, time.Millisecond)
		r.end()
		if text := strings.Join(w.lines(), "\n"); strings.Contains(text, " left") || strings.Contains(text, "┤") {
			t.Errorf("something stays below the table:\n%s", text)
		}
	})
}

// 20 updates a second at most, with a progress line and with a plot, and every
// row is there.
func TestUpdatesOfAScreen(t *testing.T) {
	for _, plot := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			w, s := newWindow(100, 40)
			r := begin(s, 10_000, plot)
			r.points(1000, time.Millisecond) // it has begun
			for range 5 {
				before := w.count()
				r.points(1000, time.Millisecond)
				if n := w.count() - before; n > 21 || n < 15 {
					t.Errorf("plot %v: %d updates in a second", plot, n)
				}
			}
			r.end()
			for i := range r.taken {
				if !strings.Contains(w.all.String(), fmt.Sprintf(" %d/10000 ", i+1)) {
					t.Fatalf("row %d is missing", i+1)
				}
			}
			if n := strings.Count(w.all.String(), "robz[mm]   "); !plot && n != r.taken/headsEvery && n != r.taken/headsEvery+1 {
				t.Errorf("%d heads for %d rows", n, r.taken)
			}
		})
	}
}

// A pipe has every row, one header, and nothing but text.
func TestScanInAPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out screen
		r := begin(terminal.New(&out, nil), 1000, true)
		r.points(1000, time.Millisecond)
		r.end()
		text := out.take()
		if strings.Contains(text, "\x1b") || strings.Contains(text, "\r") || strings.Contains(text, " left") {
			t.Errorf("more than text:\n%s", text)
		}
		if n := len(regexp.MustCompile(`(?m)^ *\d+/1000 `).FindAllString(text, -1)); n != 1000 {
			t.Errorf("%d rows", n)
		}
		if n := strings.Count(text, "robz[mm]"); n != 1 {
			t.Errorf("%d headers", n)
		}
	})
}

// Every layout fits its window, and accounts for each data channel.
func TestLayouts(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	values := []float64{0, -5, 1e-17, -1.23456e-9, 123456.789, -98765432.1, 4e12, math.NaN(), math.Inf(-1)}
	for range 3000 {
		s := &data.Scan{Planned: []int{0, 3, 501, 1_000_000}[r.IntN(4)]}
		n := r.IntN(12)
		for i := range n {
			s.Channels = append(s.Channels, data.Channel{
				Name: strings.Repeat("n", 1+r.IntN(30)) + fmt.Sprint(i), Unit: []string{"", "mm", "counts"}[r.IntN(3)],
				DType: []string{"<f8", "<u4"}[r.IntN(2)], Role: []string{"axis", "counter"}[r.IntN(2)],
			})
		}
		width := 26 + r.IntN(200)
		l := arrange(s, TableOptions{}, width)
		if len(l.columns)+len(l.hidden) != n || n > 0 && len(l.columns) == 0 {
			t.Fatalf("%d of %d columns, %d hidden", len(l.columns), n, len(l.hidden))
		}
		var at []float64
		for range n {
			at = append(at, values[r.IntN(len(values))])
		}
		text := l.heads() + string(l.appendRow(nil, max(0, s.Planned-1), s.Planned, at))
		for _, line := range strings.Split(text, "\n") {
			if terminal.Width(line) >= width {
				t.Fatalf("%d columns: %q has %d", width, line, terminal.Width(line))
			}
		}
	}
}

// The parts of the time sum to the whole, whatever they are.
func TestTimingSums(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	number := regexp.MustCompile(`-?\d+\.\d+`)
	for range 2000 {
		var timing data.Timing
		timing.Counting, timing.Motion, timing.Overhead = time.Duration(r.Int64N(1e10)), time.Duration(r.Int64N(1e10)), time.Duration(r.Int64N(1e8))
		timing.Total = timing.Counting + timing.Motion + timing.Overhead
		text := timingText(timing, 501, 0)
		var x []int // in the last digit
		for _, n := range number.FindAllString(text, -1) {
			v, err := strconv.Atoi(strings.Replace(n, ".", "", 1))
			if err != nil {
				t.Fatal(err)
			}
			x = append(x, v)
		}
		if len(x) != 10 || x[1]+x[3]+x[5] != x[0] || x[2]+x[4]+x[6] != 1000 {
			t.Fatalf("%v: %s", timing, text)
		}
	}
}

// A long scan's plot needs no more memory than a short one's, and keeps a peak
// of one point.
func TestLivePlotIsBounded(t *testing.T) {
	s := aScan(1_000_000)
	p := newLivePlot(s, nil, false)
	for i := range 1_000_000 {
		y := 1.
		if i == 654_321 {
			y = 77
		}
		p.point([]float64{float64(i), 0, 0, 0, y, 0})
	}
	if n := cap(p.x); n > 2*livePoints {
		t.Errorf("room for %d points", n)
	}
	at := extreme(p.curves[0].values)
	if p.curves[0].values[at] != 77 || math.Abs(p.x[at]-654_321) > 1000 {
		t.Errorf("the peak is %v at %v", p.curves[0].values[at], p.x[at])
	}
}
