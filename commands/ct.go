package commands

import (
	"context"
	"fmt"
	"math"
	"strings"
	"time"

	"blissh/data"
	"blissh/scan"
)

func ctCommand() Command {
	return Command{
		Name: "ct", Group: groupScans,
		Usage:   "ct(count_time, counters...)",
		Help:    "Counts once and prints each value; of counts the value per second, too; of spectra and images their minimum, maximum and sum. count_time is in s and 1 when it is left out. The values are published as a scan of one point, which is never saved; sct saves it.",
		Example: "ct(1, sim_ct_gauss, sim_ct_gauss_noise)",
		Func:    func(sh *Shell) any { return sh.ct },
	}
}

func sctCommand() Command {
	return Command{
		Name: "sct", Group: groupScans, Options: []string{"save", "title", "name", "scan_info", "deadline"},
		Usage:   "sct(count_time, counters...)",
		Help:    "Counts once as ct does, and saves the point as a scan. Prints what ct prints.",
		Example: "sct(1, sim_ct_gauss)",
		Func:    func(sh *Shell) any { return sh.sct },
	}
}

func (sh *Shell) ct(args ...any) { sh.countOnce(sh.parse("ct", args)) }

func (sh *Shell) sct(args ...any) { sh.countOnce(sh.parse("sct", args)) }

// countOnce is ct and sct.
func (sh *Shell) countOnce(a *arguments) {
	a.flatten()
	count, first := time.Second, 0
	if len(a.list) > 0 {
		if _, isCounter := countersOf(a.list[0]); !isCounter {
			count, first = a.seconds(0, "count_time"), 1
		}
	}
	p := sh.complete(scan.Plan{
		Title:      title(a.command.Name, count.Seconds()),
		Trajectory: scan.Static{N: 1},
		Counters:   sh.counted(a, first),
		CountTime:  count,
	}, a)
	p.Save = p.Save && a.command.Name == "sct"
	s := sh.makeScan(p, func() scan.Sink { return &countBar{screen: sh.Screen, count: count} })
	for _, n := range a.notes {
		sh.printf("%s\n", n)
	}
	if sh.dry {
		s.preview()
		return
	}
	s.Run()
	if sh.DryRun == nil {
		sh.printCounts(s, count)
	}
}

// printCounts prints name, value, unit and value per second of one point, as
// they are in the store.
func (sh *Shell) printCounts(s *Scan, count time.Duration) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(sh.Host.Context()), storeTime)
	defer cancel()
	values, err := s.scan.Columns(ctx)
	if err != nil {
		fail("ct", err)
	}
	info := s.scan.Info()
	var rows [][]string
	for _, c := range info.Channels {
		switch {
		case c.Role != "counter" || info.Taken == 0:
		case c.Scalar():
			rows = append(rows, sh.countRow(c, values[c.Name][0], count))
		default:
			rows = append(rows, []string{c.Name, "=", sh.arrayText(ctx, info, c), "", ""})
		}
	}
	printCounted(sh.Out, rows)
}

// countRow is name, value, unit and value per second of a counter.
func (sh *Shell) countRow(c data.Channel, v float64, count time.Duration) []string {
	text, rate := formatNumber(v), ""
	if f := sh.formats()[c.Name]; f != "" {
		text = fmt.Sprintf(f, v)
	}
	if count > 0 && perSecond(c) {
		rate = "(" + formatShort(v/count.Seconds()) + " " + c.Unit + "/s)"
	}
	return []string{c.Name, "=", text, c.Unit, rate}
}

// perSecond reports whether a value grows with the count time, so that dividing
// by it means something: counts do; a temperature, a position or a current, which
// have a unit of their own, do not.
func perSecond(c data.Channel) bool {
	switch strings.ToLower(c.Unit) {
	case "", "count", "counts", "cts", "ct", "ph", "photon", "photons", "event", "events", "pulse", "pulses", "c", "nc", "pc", "j", "mj":
		return true
	}
	return false
}

// arrayText sums up a spectrum or an image.
func (sh *Shell) arrayText(ctx context.Context, s *data.Scan, c data.Channel) string {
	array, err := sh.Session.DB.Array(ctx, data.ChannelNode(s, c), 0)
	var v []float64
	if err == nil {
		v, err = array.Floats()
	}
	if err != nil {
		return fmt.Sprintf("%s, which cannot be read: %v", shapeText(c.Shape), err)
	}
	sum, low, high := 0.0, math.Inf(1), math.Inf(-1)
	for _, x := range v {
		sum, low, high = sum+x, min(low, x), max(high, x)
	}
	return fmt.Sprintf("%s   min %s   max %s   sum %s", shapeText(c.Shape), formatShort(low), withUnit(formatShort(high), c.Unit), formatShort(sum))
}
