package commands

// Command is one line of the table.
type Command struct {
	Name    string
	Group   string
	Usage   string // "ascan(axis, start, stop, intervals, count_time, counters...)"
	Help    string // one or more sentences: units, what is printed
	Example string
	Options []string // names of its keyword options; optionHelp explains them
	// Func binds the command to a shell and returns the function that the
	// prompt calls. It must be a method value: help finds commands by it.
	Func func(*Shell) any
}

// The groups of commands, in the order in which help shows them.
const (
	groupScans   = "scans"
	groupMotion  = "motion"
	groupDevices = "devices"
	groupShell   = "shell"
)

// Groups are those of the table, in order.
func Groups() []string { return []string{groupScans, groupMotion, groupDevices, groupShell} }

// Table lists all commands in the order in which help shows them.
func Table() []Command {
	return []Command{
		ascanCommand(),
		loopscanCommand(),
		ctCommand(),
		runCommand(),
		setWatchdogCommand(),
		mvCommand(),
		mvrCommand(),
		waCommand(),
		wmCommand(),
		staCommand(),
		lscntCommand(),
		lsobjCommand(),
		simFaultCommand(),
		helpCommand(),
		lastErrorCommand(),
		loadCommand(),
		cleanupCommand(),
		protectCommand(),
		unprotectCommand(),
		reloadHooksCommand(),
	}
}
