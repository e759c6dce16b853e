package commands

func lscntCommand() Command {
	return Command{
		Name: "lscnt", Group: groupDevices,
		Usage:   "lscnt()",
		Help:    "Prints the counters: name, unit, shape and controller.",
		Example: "lscnt()",
		Func:    func(sh *Shell) any { return sh.lscnt },
	}
}

func (sh *Shell) lscnt(args ...any) {
	sh.parse("lscnt", args).most(0)
	rows := [][]string{{"counter", "unit", "value", "controller"}}
	for _, c := range sh.Session.Counters() {
		rows = append(rows, []string{c.Name, c.Unit, shapeText(c.Shape), c.Controller.Name()})
	}
	printTable(sh.Out, rows)
}
