package commands

// Command is one line of the table.
type Command struct {
	Name    string
	Group   string
	Usage   string // "ascan(axis, start, stop, intervals, count_time, counters...)"
	Help    string // one or more sentences
	Example string
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
		simFaultCommand(),
		helpCommand(),
		lastErrorCommand(),
		loadCommand(),
		cleanupCommand(),
	}
}

// Options lists the keyword options of scans, which in Go spelling are calls:
// save(false) stands for save=False.
func Options() []string { return []string{"save", "title", "sleep_time", "stab_time", "deadline"} }
