package commands

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"sync"
	"time"

	"blissh/data/fit"
	"blissh/device"
)

// DryRun is a run of a whole script in which nothing moves and nothing is
// counted: the session's axes are stand-ins, its scans end at once, and no value
// of a counter is known. It prints a line for each scan and keeps the totals. It
// is safe for concurrent use.
type DryRun struct {
	Time *device.VirtualTime
	// Lines gets an object for each scan and for the totals in place of text;
	// nil: text it is.
	Lines *JSONLines

	mu     sync.Mutex
	scans  []*Scan
	points int
	bytes  int64
	file   string // of the scan before
}

// add prints the line of a scan and counts it.
func (d *DryRun) add(s *Scan) {
	info := s.scan.Info()
	bytes, _ := s.scan.Bytes()
	d.mu.Lock()
	d.scans, d.points, d.bytes = append(d.scans, s), d.points+info.Taken, d.bytes+bytes
	d.mu.Unlock()
	files, _ := s.plannedFiles()
	file, took := filesText("", files), info.Timing.Total.Round(time.Millisecond)
	if d.Lines != nil {
		d.Lines.write(map[string]any{
			"type": "dry_scan", "title": info.Title, "points": info.Taken, "planned": info.Planned,
			"takes_s": took.Seconds(), "bytes": bytes, "files": append([]string{}, files...),
		}, true)
		return
	}
	text := fmt.Sprintf("%s: %s, %s, %s", info.Title, points(info.Taken), takes(took, 1), byteText(bytes))
	d.mu.Lock()
	if file != d.file { // most go where the one before goes
		d.file, text = file, text+", "+cmp.Or(file, "not saved")
	}
	d.mu.Unlock()
	if info.Planned == 0 && info.Taken == 1 {
		text += "; it ends when somebody stops it, one point is assumed"
	}
	s.sh.printf("%s\n", text)
}

// Totals ends the dry run: all scans together.
func (d *DryRun) Totals(printf func(format string, args ...any)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	took := d.Time.Elapsed()
	if d.Lines != nil {
		d.Lines.write(map[string]any{
			"type": "dry_total", "scans": len(d.scans), "points": d.points, "takes_s": took.Seconds(), "bytes": d.bytes,
		}, true)
		return
	}
	scans := "1 scan"
	if len(d.scans) != 1 {
		scans = fmt.Sprintf("%d scans", len(d.scans))
	}
	all := "0 points"
	if d.points > 0 {
		all = points(d.points)
	}
	printf("dry run, nothing has moved: %s, %s, %s, %s\n", scans, all, takes(took.Round(time.Millisecond), 1), byteText(d.bytes))
}

// dryRecord is a scan of this dry run, counted from the last one, which is -1.
func (sh *Shell) dryRecord(number int) *Record {
	if sh.DryRun == nil {
		return nil
	}
	sh.DryRun.mu.Lock()
	defer sh.DryRun.mu.Unlock()
	if at := len(sh.DryRun.scans) + number; number < 0 && at >= 0 {
		return &Record{sh.DryRun.scans[at].results}
	}
	return nil
}

// assumed is what a dry run takes for a measure of a curve whose values it does
// not know: the middle of the scan, or a quarter of its range for a width.
func (r results) assumed(measure string, c curve) float64 {
	low, high := slices.Min(c.x), slices.Max(c.x)
	value, what := snap((low+high)/2, high-low), "the middle of the scan"
	if measure == "fwhm" {
		value, what = (high-low)/4, "a quarter of the scan"
	}
	r.sh.printf("%s of %s over %s: not known in a dry run, taken to be %s, %s\n", measure, c.counter, c.axis, withUnit(formatNumber(value), c.xUnit), what)
	return value
}

// assumedFit is a fit with an assumed centre and width; the rest is NaN.
func (r results) assumedFit(c curve) Fit {
	none, width := fit.Value{Value: math.NaN()}, r.assumed("fwhm", c)
	g := fit.Gauss{Centre: fit.Value{Value: r.assumed("centre", c)}, FWHM: fit.Value{Value: width}, Sigma: fit.Value{Value: width / 2.355}}
	g.Height, g.Background, g.RMS, g.Points = none, none, math.NaN(), len(c.x)
	return Fit{Gauss: g, curve: c}
}

// unknown reports whether the values of a curve are not known because this is a
// dry run.
func (r results) unknown(c curve) bool { return r.sh.DryRun != nil && len(c.x) > 0 }
