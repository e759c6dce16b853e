package commands

import (
	"fmt"
	"math"
	"strings"

	"blissh/data"
	"blissh/data/fit"
	"blissh/data/peak"
)

// measure is something that is read off a curve, such as its centre.
type measure struct {
	name string
	what string // in help
	// of gives the value from the curve's shape; why says why it has none.
	of func(peak.Stats) (value float64, why string)
}

// measures are all of them; those that are positions can be gone to.
func measures() []measure {
	return []measure{
		{"cen", "the middle between the outermost crossings of the half height; of an edge, where it crosses", func(s peak.Stats) (float64, string) { return s.Cen, noCentre(s) }},
		{"com", "the centre of mass of the curve; net=True takes the background away", func(s peak.Stats) (float64, string) {
			return s.COM, "negative values put the centre of mass out of the range"
		}},
		{"peak", "where the largest value is", func(s peak.Stats) (float64, string) { return s.Max.X, "" }},
		{"trough", "where the smallest value is", func(s peak.Stats) (float64, string) { return s.Min.X, "" }},
		{"edge", "where an edge crosses the half height", edgeOf},
	}
}

func edgeOf(s peak.Stats) (float64, string) {
	if s.Kind != peak.Edge {
		return math.NaN(), "it is a " + string(s.Kind) + ", not an edge"
	}
	return s.Cen, ""
}

// noCentre says why a curve has no centre.
func noCentre(s peak.Stats) string {
	if s.Partial() {
		return "the other side of the " + string(s.Kind) + " is out of the range"
	}
	return "it is flat"
}

func fwhmMeasure() measure {
	return measure{"fwhm", "the full width at half maximum", func(s peak.Stats) (float64, string) {
		if s.Kind == peak.Edge {
			return math.NaN(), fmt.Sprintf("it is an edge; it rises from 12 %% to 88 %% in %s", formatNumber(s.Rise))
		}
		return s.FWHM, noCentre(s)
	}}
}

// options are the keyword options of the command.
func (m measure) options() []string {
	if m.name == "com" {
		return []string{"scan", "net"}
	}
	return []string{"scan"}
}

func measureNamed(name string) measure {
	for _, m := range append(measures(), fwhmMeasure()) {
		if m.name == name {
			return m
		}
	}
	panic("no measure " + name)
}

// Which curve the commands look at, in their help.
const (
	lookedAt = " It looks at the last scan, or at scan=s, also while that runs; without a counter at the only one or that of plotselect, without an axis at all that were scanned. " +
		"docs/analysis.md has the definitions."
	analysisHelp = " Prints a line per axis, in the axis' unit, and gives the value over the first one." + lookedAt
)

// analysisCommands are cen, com, peak, trough, edge and fwhm.
func analysisCommands() []Command {
	var list []Command
	for _, m := range append(measures(), fwhmMeasure()) {
		list = append(list, Command{
			Name: m.name, Group: groupAnalysis,
			Usage: m.name + "(counter, axis)", Help: upper(m.what) + "." + analysisHelp, Example: m.name + "()",
			Options: m.options(),
			Func: func(sh *Shell) any {
				return func(args ...any) float64 { return sh.analyse(m, args) }
			},
		})
	}
	return list
}

func upper(s string) string { return strings.ToUpper(s[:1]) + s[1:] }

// analyse reads the arguments of a command and gives its value.
func (sh *Shell) analyse(m measure, args []any) float64 {
	a := sh.parse(m.name, args)
	return a.results().measure(m, a)
}

// results are those of the scan that was named, else of the last one.
func (a *arguments) results() results {
	switch s := a.options["scan"].(type) {
	case nil:
		return a.sh.lastResults(a.command.Name)
	case *Scan:
		return s.results
	case *Record:
		return s.results
	}
	failf(a.command.Name, "option scan: a scan expected, got %s", describe(a.options["scan"]))
	return results{}
}

// curve is one counter over one axis.
type curve struct {
	counter, axis string
	xUnit, yUnit  string
	x, y          []float64
}

// curves picks the counter and the axes from the arguments: in any order, as
// objects or as names.
func (r results) curves(a *arguments) []curve {
	info := r.source.Info()
	counter, axes := r.choose(a, info)
	all := r.columns(a.command.Name)
	var list []curve
	for _, axis := range axes {
		c := curve{counter: counter, axis: axis, x: all[axis], y: all[counter]}
		for _, d := range info.Channels {
			switch d.Name {
			case axis:
				c.xUnit = d.Unit
			case counter:
				c.yUnit = d.Unit
			}
		}
		list = append(list, c)
	}
	return list
}

func (r results) choose(a *arguments, info *data.Scan) (counter string, axes []string) {
	for _, v := range a.list {
		name := nameOf(v)
		c, ok := info.Channel(name)
		switch {
		case name == "":
			failf(a.command.Name, "a counter or an axis expected, got %s; usage: %s", describe(v), a.command.Usage)
		case !ok:
			failf(a.command.Name, "the scan has no data channel %s%s", name, suggestion(name, channelNames(info)))
		case !c.Scalar():
			failf(a.command.Name, "%s is %s, not a number per point", name, shapeText(c.Shape))
		case c.Role != "counter":
			axes = append(axes, name)
		case counter != "":
			failf(a.command.Name, "one counter expected, got %s and %s", counter, name)
		default:
			counter = name
		}
	}
	if counter == "" {
		counter = r.onlyCounter(a.command.Name, info)
	}
	if len(axes) == 0 {
		axes = info.Moving
	}
	if len(axes) == 0 {
		axes = []string{data.ElapsedTime}
	}
	return counter, axes
}

// nameOf is the name of a counter or an axis, given as an object or as text.
func nameOf(v any) string {
	switch x := v.(type) {
	case string:
		return x
	case *Counter:
		return x.Name()
	case *Axis:
		return x.Name()
	}
	return ""
}

func channelNames(info *data.Scan) (list []string) {
	for _, c := range info.Channels {
		list = append(list, c.Name)
	}
	return list
}

// onlyCounter is the counter that is meant when none is named.
func (r results) onlyCounter(command string, info *data.Scan) string {
	var list []string
	for _, c := range info.Channels {
		if c.Role == "counter" && c.Scalar() {
			list = append(list, c.Name)
		}
	}
	switch len(list) {
	case 0:
		failf(command, "the scan has no counter with a number per point")
	case 1:
		return list[0]
	}
	if chosen := selectedOf(info, r.sh.plotSelection()); len(chosen) == 1 {
		return chosen[0]
	}
	failf(command, "the scan has %d counters: name one of %s", len(list), strings.Join(list, ", "))
	return ""
}

// measure prints and gives what is read off each curve.
func (r results) measure(m measure, a *arguments) float64 {
	net := a.boolOption("net", false)
	curves := r.curves(a)
	values := make([]float64, len(curves))
	for i, c := range curves {
		if r.unknown(c) {
			values[i] = r.assumed(m.name, c)
			continue
		}
		s := c.stats(m.name)
		if net {
			s.COM = s.NetCOM
		}
		values[i] = c.value(a.command.Name, m, s)
		r.sh.printf("%s of %s over %s: %s  (%s)\n", m.name, c.counter, c.axis, withUnit(formatNumber(values[i]), c.xUnit), c.shape(s))
	}
	return values[0]
}

func (c curve) stats(command string) peak.Stats {
	s, err := peak.Of(c.x, c.y)
	if err != nil {
		failf(command, "%s over %s: %v", c.counter, c.axis, err)
	}
	return s
}

// value is what a measure reads; a curve that has none ends the command.
func (c curve) value(command string, m measure, s peak.Stats) float64 {
	v, why := m.of(s)
	if math.IsNaN(v) {
		failf(command, "%s over %s has no %s: %s", c.counter, c.axis, m.name, why)
	}
	return snap(v, s.Last.X-s.First.X)
}

// snap drops what arithmetic leaves behind: 1e-9 of the range is nothing that was
// measured.
func snap(v, span float64) float64 {
	if unit := span * 1e-9; unit > 0 && math.Abs(v) < unit {
		return 0
	}
	return v
}

// shape says what kind of curve it is, as a measure of trust.
func (c curve) shape(s peak.Stats) string {
	text := fmt.Sprintf("%s from %s to %s", s.Kind, formatShort(s.Min.Y), withUnit(formatShort(s.Max.Y), c.yUnit))
	if s.Kind == peak.Flat {
		return "flat"
	}
	if !math.IsNaN(s.FWHM) {
		text += ", fwhm " + withUnit(formatShort(s.FWHM), c.xUnit)
	}
	return fmt.Sprintf("%s, %s, %d points", text, times(s.Crossings), s.Points)
}

func times(crossings int) string {
	if crossings == 1 {
		return "1 crossing"
	}
	return fmt.Sprintf("%d crossings", crossings)
}

// parse reads the arguments of a method, which belongs to its scan.
func (r results) parse(name string, args []any) *arguments {
	a := r.sh.parse(name, args)
	if _, given := a.options["scan"]; given {
		failf(name, "scan= is an option of the command, not of the method of a scan")
	}
	return a
}

// The same as methods of a scan; see the commands.

// Cen is the middle between the outermost crossings of the half height.
func (r results) Cen(args ...any) float64 { return r.method("cen", args) }

// Com is the centre of mass; com(net=True) takes the background away.
func (r results) Com(args ...any) float64 { return r.method("com", args) }

// Peak is where the largest value is.
func (r results) Peak(args ...any) float64 { return r.method("peak", args) }

// Trough is where the smallest value is.
func (r results) Trough(args ...any) float64 { return r.method("trough", args) }

// Edge is where an edge crosses the half height.
func (r results) Edge(args ...any) float64 { return r.method("edge", args) }

// Fwhm is the full width at half maximum.
func (r results) Fwhm(args ...any) float64 { return r.method("fwhm", args) }

func (r results) method(name string, args []any) float64 {
	return r.measure(measureNamed(name), r.parse(name, args))
}

func findPositionCommand() Command {
	return Command{
		Name: "find_position", Group: groupAnalysis,
		Usage: "find_position(function, counter, axis)",
		Help: "The position that a function of your own finds: func(x, y []float64) float64 is given the positions and the values of each point, in the order in which " +
			"they were taken." + analysisHelp,
		Example: "find_position(func(x, y []float64) float64 { return x[len(x)/2] })",
		Options: []string{"scan"},
		Func:    func(sh *Shell) any { return sh.findPosition },
	}
}

func (sh *Shell) findPosition(args ...any) float64 {
	a := sh.parse("find_position", args)
	f := a.function()
	return a.results().find(a, f)[0]
}

// FindPosition is the position that a function func(x, y []float64) float64
// finds.
func (r results) FindPosition(args ...any) float64 {
	a := r.parse("find_position", args)
	f := a.function()
	return r.find(a, f)[0]
}

// function takes the first argument as the user's own way to find a position.
func (a *arguments) function() func(x, y []float64) float64 {
	if len(a.list) > 0 {
		if f, ok := a.list[0].(func(x, y []float64) float64); ok {
			a.list = a.list[1:]
			return f
		}
	}
	a.wrong(0, "function", "a func(x, y []float64) float64")
	return nil
}

func (r results) find(a *arguments, f func(x, y []float64) float64) []float64 {
	var values []float64
	for _, c := range r.curves(a) {
		if r.unknown(c) {
			values = append(values, r.assumed("the position", c))
			continue
		}
		v := f(c.x, c.y)
		if math.IsNaN(v) || math.IsInf(v, 0) {
			failf(a.command.Name, "the function finds no position for %s over %s: it gave %v", c.counter, c.axis, v)
		}
		r.sh.printf("found for %s over %s: %s\n", c.counter, c.axis, withUnit(formatNumber(v), c.xUnit))
		values = append(values, v)
	}
	return values
}

func fitGaussCommand() Command {
	return Command{
		Name: "fit_gauss", Group: groupAnalysis,
		Usage: "fit_gauss(counter, axis)",
		Help: "Fits a Gauss curve on a flat background, by least squares, and prints its parameters with their standard errors; the result has them, too: " +
			"fit_gauss().centre.value, .centre.error, fwhm, sigma, height, background." + lookedAt,
		Example: "fit_gauss(sim_ct_gauss)",
		Options: []string{"scan"},
		Func:    func(sh *Shell) any { return sh.fitGauss },
	}
}

func (sh *Shell) fitGauss(args ...any) Fit {
	a := sh.parse("fit_gauss", args)
	return a.results().fit(a)
}

// FitGauss fits a Gauss curve on a flat background.
func (r results) FitGauss(args ...any) Fit { return r.fit(r.parse("fit_gauss", args)) }

func (r results) fit(a *arguments) Fit {
	list := r.curves(a)
	if len(list) > 1 {
		failf("fit_gauss", "the scan moved %d axes: name one", len(list))
	}
	c := list[0]
	if r.unknown(c) {
		return r.assumedFit(c)
	}
	g, err := fit.ToGauss(c.x, c.y, c.start(c.stats("fit_gauss")))
	if err != nil {
		failf("fit_gauss", "%s over %s: %v", c.counter, c.axis, err)
	}
	return Fit{Gauss: g, curve: c}
}

// start is where a fit begins: what the shape of the curve says.
func (c curve) start(s peak.Stats) fit.Start {
	top, base := s.Max, s.Min.Y
	if s.Kind == peak.Dip {
		top, base = s.Min, s.Max.Y
	}
	width := s.FWHM
	if math.IsNaN(width) || width <= 0 {
		width = (s.Last.X - s.First.X) / 4
	}
	centre := s.Cen
	if math.IsNaN(centre) {
		centre = top.X
	}
	return fit.Start{Centre: centre, FWHM: width, Height: top.Y - base, Background: base}
}

// Fit is a fitted curve with its parameters and their errors.
type Fit struct {
	fit.Gauss
	curve curve
}

// String has a line for each parameter.
func (f Fit) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Gauss curve fitted to %s over %s, %d points", f.curve.counter, f.curve.axis, f.Points)
	for _, p := range []struct {
		name string
		v    fit.Value
		unit string
	}{
		{"centre", f.Centre, f.curve.xUnit}, {"fwhm", f.FWHM, f.curve.xUnit}, {"sigma", f.Sigma, f.curve.xUnit},
		{"height", f.Height, f.curve.yUnit}, {"background", f.Background, f.curve.yUnit},
	} {
		fmt.Fprintf(&b, "\n  %-11s %s", p.name, withUnit(withError(p.v), p.unit))
	}
	fmt.Fprintf(&b, "\n  %-11s %s", "residuals", withUnit(fmt.Sprintf("%.3g", f.RMS), f.curve.yUnit))
	return b.String()
}

// withError prints a value with two digits of its error, and as many decimals
// for itself.
func withError(v fit.Value) string {
	if v.Error <= 0 || math.IsInf(v.Error, 0) || math.IsNaN(v.Error) {
		return formatNumber(v.Value)
	}
	digits := 1 - int(math.Floor(math.Log10(v.Error)))
	if size := math.Max(math.Abs(v.Value), v.Error); size >= 1e9 || size < 1e-4 || digits > 12 {
		return fmt.Sprintf("%.6g ± %.2g", v.Value, v.Error)
	}
	digits = max(0, digits)
	return fmt.Sprintf("%.*f ± %.*f", digits, v.Value, digits, v.Error)
}
