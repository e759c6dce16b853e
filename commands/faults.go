package commands

import (
	"errors"
	"strings"
	"time"

	"blissh/device"
	"blissh/device/sim"
)

func simFaultCommand() Command {
	return Command{
		Name: "sim_fault", Group: groupDevices,
		Usage: "sim_fault(device, call, kind) or sim_fault(device, \"clear\")",
		Help: "Makes a simulated axis or controller (by one of its counters) fail on command, to see what happens then. " +
			"Calls are move, stop, read and encoder of an axis, prepare, trigger, read and stop of a counter; kinds are fail (once), panic (once), slow (1 s each), " +
			"hang (until it is interrupted) and deaf (until clear, whatever is asked of it). With after=N, fail and hang let N calls pass first. " +
			"An axis also knows sim_fault(robz, \"break\"), \"repair\", \"power_off\", \"power_on\", and with a distance \"push\" (somebody moves it) and \"slip\" (it loses steps, which its encoder sees). Prints nothing.",
		Example: `sim_fault(robz, "move", "fail")`,
		Func:    func(sh *Shell) any { return sh.simFault },
	}
}

func (sh *Shell) simFault(args ...any) {
	a := parse(sh.table["sim_fault"], args, "after")
	a.most(4)
	f := a.faults()
	call := a.text(1, "call")
	if m, ok := f.(*sim.Motor); ok && a.act(m, call) {
		return
	}
	if call == "clear" {
		a.most(2)
		f.Clear()
		return
	}
	a.set(f, a.operation(call), a.text(2, "kind"))
}

// faulty is what all simulated devices can do.
type faulty interface {
	Fail(sim.Op, error)
	FailAfter(sim.Op, int, error)
	Panic(sim.Op, any)
	Slow(sim.Op, time.Duration)
	Hang(sim.Op)
	HangAfter(sim.Op, int)
	Deaf(sim.Op)
	Clear()
}

// faults finds the simulated device behind the first argument.
func (a *arguments) faults() faulty {
	if len(a.list) > 0 {
		switch x := a.list[0].(type) {
		case *Axis:
			if f, ok := x.dev.Motor().(faulty); ok {
				return f
			}
		case *Counter:
			if f, ok := driverOf(x.dev.Controller).(faulty); ok {
				return f
			}
		}
	}
	a.wrong(0, "device", "a simulated axis or counter")
	return nil
}

// driverOf is the driver's part of a controller.
func driverOf(c device.Controller) any {
	if s, ok := c.(*device.Sampling); ok {
		return s.Sampler()
	}
	return c
}

// act does to a motor what is no fault of a call.
func (a *arguments) act(m *sim.Motor, what string) bool {
	switch what {
	case "break", "repair":
		m.Break(what == "break")
	case "power_off", "power_on":
		m.Power(what == "power_on")
	case "push":
		m.Push(a.number(2, "distance", ""))
	case "slip":
		m.Slip(a.number(2, "distance", ""))
	default:
		return false
	}
	return true
}

// operation finds the call by its name.
func (a *arguments) operation(name string) sim.Op {
	ops := []sim.Op{sim.Start, sim.Stop, sim.Read, sim.Encoder}
	if _, counter := a.list[0].(*Counter); counter {
		ops = []sim.Op{sim.Prepare, sim.Trigger, sim.Read, sim.Stop}
	}
	var names []string
	for _, op := range ops {
		if callName(op) == name || op.String() == name {
			return op
		}
		names = append(names, callName(op))
	}
	a.wrong(1, "call", strings.Join(names, ", ")+" or clear")
	return 0
}

// callName is what a user calls it.
func callName(op sim.Op) string {
	if op == sim.Start {
		return "move"
	}
	return op.String()
}

// slowness is what a slow device adds to each call.
const slowness = time.Second

func (a *arguments) set(f faulty, op sim.Op, kind string) {
	after := a.after()
	if after > 0 && kind != "fail" && kind != "hang" {
		failf(a.command.Name, "after is for fail and hang, not for %s", kind)
	}
	switch kind {
	case "fail":
		f.FailAfter(op, after, errors.New("simulated fault"))
	case "panic":
		f.Panic(op, "simulated panic")
	case "slow":
		f.Slow(op, slowness)
	case "hang":
		f.HangAfter(op, after)
	case "deaf":
		f.Deaf(op)
	default:
		a.wrong(2, "kind", "fail, panic, slow, hang or deaf")
	}
}

// after is how many calls pass first: an option, or the fourth argument.
func (a *arguments) after() int {
	v, given := a.options["after"]
	if len(a.list) > 3 {
		v, given = a.list[3], true
	}
	if !given {
		return 0
	}
	n, ok := toFloat(v)
	if !ok || n != float64(int(n)) || n < 0 {
		failf(a.command.Name, "after: a whole number of calls expected, got %s", describe(v))
	}
	return int(n)
}
