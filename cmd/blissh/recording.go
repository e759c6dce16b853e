package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/scan"
)

// simulated is the scan that a hook is tried on when none is named.
const simulated = "simulated"

// find gets the scan that is to be shown.
func (t *hookTest) find(ctx context.Context) (*scan.Replay, error) {
	if t.scan == simulated {
		return simulate(), nil
	}
	src, err := os.Open(t.scan)
	if err == nil {
		defer src.Close()
		return readRecording(t.scan, src)
	}
	session, number, ok := strings.Cut(t.scan, ":")
	if !ok {
		session, number = demoName, t.scan
	}
	if number != "last" && !ok {
		return nil, usagef("--scan %s: simulated, SESSION:NUMBER, SESSION:last, last, or a file of blissh dump --json expected%s", t.scan, whyNot(err))
	}
	var r *scan.Replay
	err = withStore(t.f, func(ctx context.Context, db *store.DB) error {
		r, err = fetch(ctx, db, strings.ToLower(session), number)
		return err
	})
	return r, err
}

// whyNot says why a file was not read, unless it is not there.
func whyNot(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return fmt.Sprintf("; %v", err)
}

// fetch reads a scan from the store.
func fetch(ctx context.Context, db *store.DB, session, number string) (*scan.Replay, error) {
	s, err := findScan(ctx, db, session, number)
	if err != nil {
		return nil, err
	}
	columns, err := db.Columns(ctx, s)
	if err != nil {
		return nil, err
	}
	r := &recording{info: s}
	n := len(columns[data.ElapsedTime])
	for i := range n {
		r.add(i, func(name string) float64 {
			if list := columns[name]; i < len(list) {
				return list[i]
			}
			return math.NaN()
		})
	}
	return r.replay()
}

// recording puts the points of a scan together.
type recording struct {
	info   *data.Scan
	points []scan.ReplayPoint
}

func (r *recording) add(index int, value func(name string) float64) {
	p := scan.ReplayPoint{Index: index, Time: r.info.Start}
	for _, c := range r.info.Channels {
		if !c.Scalar() {
			continue
		}
		v := value(c.Name)
		p.Values = append(p.Values, v)
		if c.Name == data.Epoch && v > 0 {
			p.Time = time.UnixMicro(int64(math.Round(v * 1e6)))
		}
	}
	r.points = append(r.points, p)
}

func (r *recording) replay() (*scan.Replay, error) {
	if len(r.points) == 0 {
		return nil, fmt.Errorf("%s has no points", r.info.DBName())
	}
	if r.info.Start.IsZero() {
		r.info.Start = r.points[0].Time
	}
	return &scan.Replay{Info: r.info, Points: r.points}, nil
}

// dumpLine is one line of blissh dump --json.
type dumpLine struct {
	Type   string          `json:"type"`
	Scan   json.RawMessage `json:"scan"`
	Index  int             `json:"index"`
	Values map[string]any  `json:"values"`
}

// readRecording reads what blissh dump --json has written.
func readRecording(name string, src io.Reader) (*scan.Replay, error) {
	var r recording
	lines := bufio.NewScanner(src)
	lines.Buffer(nil, 1<<30)
	for n := 1; lines.Scan(); n++ {
		var l dumpLine
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			return nil, fmt.Errorf("%s:%d: no line of blissh dump --json: %v", name, n, err)
		}
		if err := r.take(&l); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if r.info == nil {
		return nil, fmt.Errorf("%s: there is no scan in it: a file of blissh dump --json expected", name)
	}
	return r.replay()
}

func (r *recording) take(l *dumpLine) error {
	switch {
	case l.Type == "scan" && r.info != nil:
		return errors.New("a second scan: one is expected")
	case l.Type == "scan":
		r.info = new(data.Scan)
		return json.Unmarshal(l.Scan, r.info)
	case l.Type == "point" && r.info == nil:
		return errors.New("a point before the scan")
	case l.Type == "point":
		r.add(l.Index, func(name string) float64 {
			if v, ok := l.Values[name].(float64); ok {
				return v
			}
			return math.NaN()
		})
	}
	return nil
}

// simulate makes up a scan over a peak with a little noise, always the same one.
func simulate() *scan.Replay {
	const intervals, start, stop = 500, -5.0, 5.0
	begin := time.Date(2026, 1, 1, 12, 0, 0, 0, time.UTC)
	counter := func(name string) data.Channel {
		return data.Channel{Name: name, DType: data.Float64, Shape: []int{}, Role: "counter", Controller: "sim_ct"}
	}
	s := &data.Scan{
		Session: demoName, UID: simulated, Number: 1, Name: "ascan", Type: "ascan", Title: "ascan robz -5 5 500 0.001 (simulated)",
		Command: "ascan(robz, -5, 5, 500, .001, sim_ct_gauss_noise, sim_ct_gauss, diode1)",
		Start:   begin, Planned: intervals + 1, CountTime: time.Millisecond, Moving: []string{"robz"}, Outcome: data.Done,
		Channels: []data.Channel{
			{Name: "robz", Unit: "mm", DType: data.Float64, Shape: []int{}, Role: "axis"},
			{Name: data.ElapsedTime, Unit: "s", DType: data.Float64, Shape: []int{}, Role: "timer"},
			{Name: data.Epoch, Unit: "s", DType: data.Float64, Shape: []int{}, Role: "timer"},
			counter("sim_ct_gauss_noise"), counter("sim_ct_gauss"), counter("diode1"),
		},
		Ranges: []data.Range{{Axis: "robz", Start: start, Stop: stop, Low: start, High: stop}},
	}
	random := rand.New(rand.NewPCG(1, 1))
	r := &recording{info: s}
	for i := range intervals + 1 {
		x := start + (stop-start)*float64(i)/intervals
		y := 100 * math.Exp(-(x+1)*(x+1)/(2*0.6667*0.6667))
		elapsed := 0.02 * float64(i)
		values := map[string]float64{
			"robz": x, data.ElapsedTime: elapsed, data.Epoch: float64(begin.Unix()) + 0.1 + elapsed,
			"sim_ct_gauss_noise": y * (1 + 0.1*random.Float64()), "sim_ct_gauss": y, "diode1": 40 + 20*random.Float64(),
		}
		r.add(i, func(name string) float64 { return values[name] })
	}
	done, _ := r.replay()
	return done
}
