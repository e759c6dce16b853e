package commands

import (
	"fmt"
	"math"
	"strings"
	"time"

	"blissh/scan"
)

func dryCommand() Command {
	return Command{
		Name: "dry", Group: groupScans,
		Usage: "dry(scan) or dry(command, arguments...) or dry(func() { ... })",
		Help: "Shows what a scan would do: set-points, time, bytes, file. Nothing moves and nothing is counted. " +
			"It takes a scan that was made with run=False, a scan command with its arguments, or a function, in which no scan runs and moves are refused. dry=True is the same for one scan.",
		Example: "dry(ascan, robz, -5, 5, 500, .001, sim_ct_gauss)",
		Func:    func(sh *Shell) any { return sh.dryRun },
	}
}

func (sh *Shell) dryRun(args ...any) any {
	if len(args) == 1 {
		if b, ok := args[0].(bool); ok {
			return Option{"dry", b}
		}
	}
	if len(args) > 0 {
		switch f := args[0].(type) {
		case *Scan:
			return sh.dryScan(f, args[1:])
		case func(...any) *Scan:
			return sh.dryly(func() { f(args[1:]...) })
		case func(...any):
			return sh.dryly(func() { f(args[1:]...) })
		case func():
			return sh.dryly(f)
		}
	}
	a := sh.parse("dry", args)
	a.wrong(0, "scan", "a scan command such as ascan and its arguments, or a scan made with run=False,")
	return nil
}

// dryScan shows a scan that has not run. One that has was meant to be shown, and
// whoever wrote dry(ascan(...)) is told what that does.
func (sh *Shell) dryScan(s *Scan, rest []any) nothing {
	if len(rest) > 0 {
		failf("dry", "argument 2, %s, is one too many", describe(rest[0]))
	}
	if s == nil || s.State() != "idle" {
		failf("dry", "the scan has run: in Go what stands in the brackets comes first; write dry(ascan, robz, ...) or ascan(..., dry=True)")
	}
	sh.locate("dry", s.scan.Plan().Axes)
	if err := s.scan.Check(); err != nil {
		fail(s.scan.Info().Type, err)
	}
	s.preview()
	return nothing{}
}

// dryly runs f so that no scan in it moves anything.
func (sh *Shell) dryly(f func()) nothing {
	before := sh.dry
	sh.dry = true
	defer func() { sh.dry = before }()
	f()
	return nothing{}
}

// nothing is a result that prints as nothing.
type nothing struct{}

func (nothing) String() string { return "" }

// notDry refuses a command that moves in a dry run.
func (sh *Shell) notDry(command string) {
	switch command {
	case "wa", "wm", "sta":
		return
	}
	if sh.dry && sh.table[command].Group == groupMotion {
		failf(command, "nothing moves in a dry run")
	}
}

// preview prints what the scan would do.
func (s *Scan) preview() {
	info, p := s.scan.Info(), s.scan.Plan()
	out, back := s.sh.printf, ""
	if p.Return {
		back = ", then back"
	}
	out("dry run, nothing moves: %s\n", info.Title)
	if info.Relative != "" {
		out("  relative     %s, from where the axes stand now\n", info.Relative)
	}
	for k, r := range info.Ranges {
		unit := p.Axes[k].Unit()
		out("  %-12s %s%s\n", r.Axis, withUnit(setPoints(s.scan.Scan, k), unit), back)
	}
	out("  points       %s\n", s.pointsText(info.Shape, info.Planned, info.BackNForth))
	var names []string
	for _, c := range p.Counters {
		names = append(names, c.Name)
	}
	out("  counts       %s, %s s each\n", strings.Join(names, ", "), formatNumber(p.CountTime.Seconds()))
	out("  takes        %s\n", takes(s.scan.Estimate(), info.Planned))
	out("  data         %s in the store\n", s.bytesText(info.Planned))
	out("  file         %s\n", s.fileText())
}

// setPoints are the first ones and the last one of an axis.
func setPoints(s *scan.Scan, k int) string {
	const shown = 4
	_, n := s.Progress()
	var list []string
	for i := range min(n, shown) {
		list = append(list, formatNumber(s.SetPoint(i)[k]))
	}
	if n > shown+1 {
		list = append(list, "...")
	}
	if n > shown {
		list = append(list, formatNumber(s.SetPoint(n - 1)[k]))
	}
	return strings.Join(list, ", ")
}

// pointsText is the number of points, of a mesh with its shape, fastest first.
func (s *Scan) pointsText(shape []int, planned int, backnforth bool) string {
	text := points(planned)
	if len(shape) == 0 {
		return text
	}
	var sizes []string
	for k := len(shape) - 1; k >= 0; k-- {
		sizes = append(sizes, fmt.Sprint(shape[k]))
	}
	text += ": " + strings.Join(sizes, " x ") + ", " + s.scan.Plan().Axes[0].Name() + " is the fastest"
	if backnforth {
		text += ", back and forth"
	}
	return text
}

// takes is a duration as people plan with it.
func takes(d time.Duration, planned int) string {
	if planned == 0 {
		return "as long as nobody stops it"
	}
	return fmt.Sprintf("%s (%s s)", hms(d), formatNumber(math.Round(d.Seconds()*1000)/1000))
}

// bytesText is the room that the data take.
func (s *Scan) bytesText(planned int) string {
	n, err := s.scan.Bytes()
	switch {
	case err != nil:
		return err.Error()
	case planned == 0:
		return byteText(n) + " for a point"
	}
	return "at most " + byteText(n)
}

// byteText prints a number of bytes in decimal units.
func byteText(n int64) string {
	for _, u := range []struct {
		size int64
		name string
	}{{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}} {
		if n >= u.size {
			return fmt.Sprintf("%.3g %s", float64(n)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}

// fileText says which files the scan goes to.
func (s *Scan) fileText() string {
	files, err := s.plannedFiles()
	switch {
	case err != nil:
		return "none: " + err.Error()
	case len(files) > 0:
		return filesText("", files)
	case s.scan.Info().Save:
		return "none: no file writer follows this session"
	}
	return "none: save=False"
}

func (s *Scan) plannedFiles() ([]string, error) {
	return s.scan.PlannedFiles(s.sh.context("dry"))
}
