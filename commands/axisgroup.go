package commands

import (
	"fmt"
	"strings"

	"blissh/device"
)

// AxisGroup is several axes that are moved and waited for as one. Its methods
// panic with an *Error.
type AxisGroup struct {
	sh   *Shell
	name string
	axes []*Axis
}

func axisGroupCommand() Command {
	return Command{
		Name: "axis_group", Group: groupMotion,
		Usage: "axis_group(axis, axis, ...)",
		Help: "Makes a group of axes, which are moved as one: g.move(1, 2.5) takes a position for each axis, g.move(robx, 1) only those that are named, " +
			"g.rmove distances; all targets are checked first, and one axis that fails stops the others. g.position, g.state and g.stop() are about all of them. Prints nothing by itself.",
		Example: "axis_group(robx, roby)",
		Func:    func(sh *Shell) any { return sh.axisGroup },
	}
}

func (sh *Shell) axisGroup(args ...any) *AxisGroup {
	a := sh.parse("axis_group", args)
	g := &AxisGroup{sh: sh}
	for i := 0; i < max(1, len(a.list)); i++ {
		g.axes = append(g.axes, a.axis(i, "axis"))
	}
	if err := device.CheckShared(g.devices()); err != nil {
		fail("axis_group", err)
	}
	return g
}

func (g *AxisGroup) devices() (list []device.Axis) {
	for _, a := range g.axes {
		list = append(list, a.dev)
	}
	return list
}

// Axes are the axes of the group.
func (g *AxisGroup) Axes() []*Axis { return append([]*Axis(nil), g.axes...) }

// Position reads the positions of all axes, in order.
func (g *AxisGroup) Position() []float64 {
	var list []float64
	for _, a := range g.axes {
		list = append(list, a.Position())
	}
	return list
}

// State is READY when all axes are, else whatever any of them is.
func (g *AxisGroup) State() State {
	seen := map[State]bool{}
	var others []string
	for _, a := range g.axes {
		if s := a.State(); s != "READY" && !seen[s] {
			seen[s] = true
			others = append(others, string(s))
		}
	}
	if others == nil {
		return "READY"
	}
	return State(strings.Join(others, "|"))
}

// Move takes a position for each axis, or pairs of axis and position, moves all
// at once and returns when they are at rest.
func (g *AxisGroup) Move(args ...any) { g.sh.mv(g.pairs("move", "position", args)...) }

// Rmove is Move by distances.
func (g *AxisGroup) Rmove(args ...any) { g.sh.mvr(g.pairs("rmove", "distance", args)...) }

// pairs are arguments of mv and mvr.
func (g *AxisGroup) pairs(method, what string, args []any) []any {
	if len(args) > 0 {
		if _, named := args[0].(*Axis); named {
			g.own(method, args)
			return args
		}
	}
	if len(args) != len(g.axes) {
		failf(method, "%s of %s expected, got %d", method, g.expected(what), len(args))
	}
	var pairs []any
	for i, a := range g.axes {
		pairs = append(pairs, a, args[i])
	}
	return pairs
}

// expected is "2 positions (robx, roby)".
func (g *AxisGroup) expected(what string) string {
	return fmt.Sprintf("%d %ss (%s)", len(g.axes), what, g.names())
}

// own refuses axes of others.
func (g *AxisGroup) own(method string, args []any) {
	for _, v := range args {
		if a, ok := v.(*Axis); ok && !g.has(a) {
			failf(method, "%s is no axis of the group (%s)", a.Name(), g.names())
		}
	}
}

func (g *AxisGroup) has(a *Axis) bool {
	for _, x := range g.axes {
		if x == a {
			return true
		}
	}
	return false
}

func (g *AxisGroup) names() string {
	var list []string
	for _, a := range g.axes {
		list = append(list, a.Name())
	}
	return strings.Join(list, ", ")
}

// Stop brings all axes to rest, whoever moves them.
func (g *AxisGroup) Stop() {
	ctx := g.sh.context("stop")
	errs := make(chan error, len(g.axes))
	for _, a := range g.axes {
		go func() { errs <- a.dev.Stop(ctx) }()
	}
	var first error
	for range g.axes {
		if err := <-errs; err != nil && first == nil {
			first = err
		}
	}
	try(first)
}

func (g *AxisGroup) String() string {
	if g.name != "" {
		return "axis group " + g.name + ": " + g.names()
	}
	return "axis group: " + g.names()
}

// addAxisGroups makes those of the configuration whose axes are all there.
func (sh *Shell) addAxisGroups() {
	byName := map[string]*Axis{}
	for _, a := range sh.axes {
		byName[a.Name()] = a
	}
	for _, l := range sh.Session.Config.AxisGroups {
		g := &AxisGroup{sh: sh, name: l.Name}
		for _, name := range l.Names() {
			if a := byName[name]; a != nil {
				g.axes = append(g.axes, a)
			}
		}
		if len(g.axes) == len(l.Items) {
			sh.tables = append(sh.tables, g)
		}
	}
}
