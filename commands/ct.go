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
		Help:    "Counts once and prints each value, with the value per second. count_time is in s and 1 when it is left out. The values are published as a scan of one point, which is never saved; sct saves it.",
		Example: "ct(1, sim_ct_gauss, sim_ct_gauss_noise)",
		Func:    func(sh *Shell) any { return sh.ct },
	}
}

func sctCommand() Command {
	return Command{
		Name: "sct", Group: groupScans, Options: []string{"save", "title", "name", "scan_info", "deadline"},
		Usage:   "sct(count_time, counters...)",
		Help:    "Counts once as ct does, and saves the point as a scan.",
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
	s := sh.makeScan(p, nil)
	for _, n := range a.notes {
		sh.printf("%s\n", n)
	}
	if sh.dry {
		s.preview()
		return
	}
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
