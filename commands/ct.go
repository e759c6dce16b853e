package commands

import (
	"context"
	"fmt"
	"time"

	"blissh/scan"
)

func ctCommand() Command {
	return Command{
		Name: "ct", Group: groupScans,
		Usage:   "ct(count_time, counters...)",
		Help:    "Counts once and prints each value with its unit, and the value per second. count_time is in s and 1 when it is left out. The values are published as a scan of one point, which is never saved.",
		Example: "ct(1, sim_ct_gauss, sim_ct_gauss_noise)",
		Func:    func(sh *Shell) any { return sh.ct },
	}
}

func (sh *Shell) ct(args ...any) {
	a := sh.parse("ct", args)
	count, first := time.Second, 0
	if len(a.list) > 0 {
		if _, isCounter := a.list[0].(*Counter); !isCounter {
			count, first = a.seconds(0, "count_time"), 1
		}
	}
	p := scan.Plan{
		Name:       "ct",
		Title:      title("ct", count.Seconds()),
		Trajectory: scan.Static{N: 1},
		Counters:   a.counters(first),
		CountTime:  count,
	}
	if sh.Typed != nil {
		p.Command = sh.Typed()
	}
	s := sh.makeScan(p, nil)
	s.Run()
	sh.printCounts(s, count)
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
	var rows [][]string
	for _, c := range s.scan.Info().Channels {
		if c.Role != "counter" {
			continue
		}
		if !c.Scalar() {
			rows = append(rows, []string{c.Name, "=", shapeText(c.Shape), c.Unit, ""})
			continue
		}
		if len(values[c.Name]) == 0 {
			continue
		}
		v, rate := values[c.Name][0], ""
		if count > 0 {
			rate = "(" + formatNumber(v/count.Seconds()) + " /s)"
		}
		text := formatNumber(v)
		if f := sh.formats()[c.Name]; f != "" {
			text = fmt.Sprintf(f, v)
		}
		rows = append(rows, []string{c.Name, "=", text, c.Unit, rate})
	}
	printTable(sh.Out, rows)
}
