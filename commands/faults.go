package commands

import (
	"errors"
	"time"

	"blissh/device/sim"
)

func simFaultCommand() Command {
	return Command{
		Name: "sim_fault", Group: groupDevices,
		Usage: "sim_fault(device, call, kind) or sim_fault(device, \"clear\")",
		Help: "Makes a simulated axis or controller (by one of its counters) fail on command, to see what happens then. " +
			"Calls are start, stop and read of an axis, prepare, trigger, read and stop of a counter; kinds are fail (once), slow (1 s each), " +
			"hang (until it is interrupted) and deaf (until clear, whatever is asked of it). Prints nothing.",
		Example: `sim_fault(robz, "start", "fail"); sim_fault(robz, "clear")`,
		Func:    func(sh *Shell) any { return sh.simFault },
	}
}

func (sh *Shell) simFault(args ...any) {
	a := sh.parse("sim_fault", args)
	a.most(3)
	f := a.faults()
	call := a.text(1, "call")
	if call == "clear" {
		f.Clear()
		return
	}
	set(f, a.operation(call), a.text(2, "kind"), a)
}

// faulty is what all simulated devices can do.
type faulty interface {
	Fail(sim.Op, error)
	Slow(sim.Op, time.Duration)
	Hang(sim.Op)
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
			if f, ok := x.dev.Controller.(faulty); ok {
				return f
			}
		}
	}
	a.wrong(0, "device", "a simulated axis or counter")
	return nil
}

func (a *arguments) operation(name string) sim.Op {
	ops, expected := []sim.Op{sim.Start, sim.Stop, sim.Read}, "start, stop, read or clear"
	if _, counter := a.list[0].(*Counter); counter {
		ops, expected = []sim.Op{sim.Prepare, sim.Trigger, sim.Read, sim.Stop}, "prepare, trigger, read, stop or clear"
	}
	for _, op := range ops {
		if op.String() == name {
			return op
		}
	}
	a.wrong(1, "call", expected)
	return 0
}

// slowness is what a slow device adds to each call.
const slowness = time.Second

func set(f faulty, op sim.Op, kind string, a *arguments) {
	switch kind {
	case "fail":
		f.Fail(op, errors.New("simulated fault"))
	case "slow":
		f.Slow(op, slowness)
	case "hang":
		f.Hang(op)
	case "deaf":
		f.Deaf(op)
	default:
		a.wrong(2, "kind", "fail, slow, hang or deaf")
	}
}
