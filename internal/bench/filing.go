package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"time"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
	"blissh/device"
	"blissh/scan"
	"blissh/session"
	"blissh/writer"
)

const (
	filingCounters = 20
	imageSide      = 1024                  // pixels of 2 bytes
	imagePace      = 20 * time.Millisecond // 105 MB/s
	filingLimit    = 500 * time.Millisecond
	filingStart    = 50 // points that are left out: the writer has heard of the scan by then
)

// filing is the row of the file writer, which is a process of its own: how far the
// files are behind the devices while the scan runs.
func filing(ctx context.Context, b *bench, e *engine) (figures []figure, err error) {
	s, done, err := b.openInstant(ctx, e)
	if err != nil {
		return nil, err
	}
	defer done()
	for _, x := range []filed{
		{formats: "spec,hdf5", points: b.pick(10_000, 1000), pace: pace, counters: filingCounters},
		{formats: "hdf5", points: b.pick(400, 75), pace: imagePace, image: noise(b.rand)},
	} {
		if err := x.run(ctx, b, e, s); err != nil {
			return figures, err
		}
		figures = append(figures, x.figures()...)
	}
	return figures, nil
}

// filed is a scan that is written into files.
type filed struct {
	formats  string
	points   int
	pace     time.Duration
	counters int
	image    []byte

	late      samples
	took, cpu time.Duration
	told      written
}

// written is what the writing process tells of a scan.
type written struct {
	Points []int   // in the files
	At     []int64 // when that was said
	Heap   [2]float64
}

func (x *filed) run(ctx context.Context, b *bench, e *engine, s *session.Session) error {
	root, err := os.MkdirTemp(b.dir, "files-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	w, err := e.act(ctx, "write", filepath.Join(root, x.formats))
	if err != nil {
		return err
	}
	defer w.end()
	d := &paced{stamper{at: newStamper(x.points).at, pace: x.pace}, x}
	sc, err := s.NewScan(scan.Plan{Name: "loopscan", Trajectory: scan.Static{N: x.points}, Counters: d.counters(), Save: true})
	if err != nil {
		return err
	}
	begin, before := time.Now(), cpuTime(w.cmd.Process.Pid)
	if err := sc.Run(ctx); err != nil {
		return err
	}
	x.took = time.Since(begin)
	text, err := w.line(ctx)
	if err != nil {
		return fmt.Errorf("the files are far behind: %w", err)
	}
	x.cpu = cpuTime(w.cmd.Process.Pid) - before
	if err := json.Unmarshal(text, &x.told); err != nil {
		return err
	}
	x.ages(&d.stamper)
	return nil
}

// ages finds out how old each point was when it was in the files.
func (x *filed) ages(s *stamper) {
	next := filingStart
	for i, n := range x.told.Points {
		for ; next < n; next++ {
			x.late = append(x.late, time.Duration(x.told.At[i]-s.at[next].Load()))
		}
	}
}

func (x *filed) figures() []figure {
	heap := fmt.Sprintf("%.1f %.1f MB", x.told.Heap[0]/1e6, x.told.Heap[1]/1e6)
	cost := stated("%s µs; %s", count(x.cpu/time.Duration(x.points), time.Microsecond), heap)
	if x.image != nil {
		rate := float64(x.points*len(x.image)) / x.took.Seconds() / 1e6
		cost = stated("%.0f MB/s; %.2f s; %s", rate, x.cpu.Seconds()/x.took.Seconds(), heap)
	}
	return []figure{percentiles(x.late, time.Millisecond, 0, filingLimit), cost}
}

// paced are counters, or a camera, that give a point per pace.
type paced struct {
	stamper
	x *filed
}

func (d *paced) counters() (list []*device.Counter) {
	for i := range d.x.counters {
		list = append(list, &device.Counter{Name: fmt.Sprint("n", i), Controller: d})
	}
	if d.x.image != nil {
		list = append(list, &device.Counter{Name: "camera", DType: "<u2", Shape: []int{imageSide, imageSide}, Controller: d})
	}
	return list
}

// Prepare begins a scan.
func (d *paced) Prepare(context.Context, device.Setup) (device.Acquisition, error) {
	return &pacing{stamping{s: &d.stamper}, d.x}, nil
}

// pacing is that during one scan.
type pacing struct {
	stamping
	x *filed
}

// Read gives numbers of many digits, or always the same image.
func (a *pacing) Read(_ context.Context, r *device.Reading) error {
	t := now()
	a.s.at[a.next].Store(t)
	for i := range r.Values {
		r.Values[i] = float64(t) / float64(i+7)
	}
	if len(r.Arrays) > 0 {
		copy(r.Arrays[0], a.x.image)
	}
	return nil
}

// noise is an image of a dark camera: 16 values, which compress to a quarter.
func noise(rng *rand.Rand) []byte {
	b := make([]byte, 2*imageSide*imageSide)
	for i := 0; i < len(b); i += 2 {
		b[i] = byte(100 + rng.IntN(16))
	}
	return b
}

// write is the program that writes files: the last part of the folder's path names
// the formats. It tells about each scan when it is complete.
func write(ctx context.Context, folder string) error {
	db, err := store.Open(ctx, "")
	if err != nil {
		return err
	}
	defer db.Close()
	formats, err := file.Named(filepath.Base(folder))
	if err != nil {
		return err
	}
	w := &written{}
	fmt.Println("ready")
	err = writer.Run(ctx, db, writer.Options{Session: sessionName, Formats: formats, Place: writer.Place{Root: folder}, Saved: w.saved, Say: w.say})
	if ctx.Err() != nil {
		return nil // the usual way to leave
	}
	return err
}

// saved notes when points were in the files.
func (w *written) saved(s *data.Scan, points int) {
	w.Points, w.At = append(w.Points, points), append(w.At, now())
	if w.Heap[0] == 0 && points >= s.Planned/10 {
		w.Heap[0] = liveHeap()
	}
	if points == s.Planned {
		w.Heap[1] = liveHeap()
	}
}

// say tells all when the scan is complete; what else the writer says is trouble.
func (w *written) say(line string) {
	if !strings.Contains(line, " points saved in ") {
		fmt.Fprintln(os.Stderr, line)
		return
	}
	json.NewEncoder(os.Stdout).Encode(w)
	*w = written{}
}
