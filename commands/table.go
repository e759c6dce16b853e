package commands

// Command is one line of the table.
type Command struct {
	Name    string
	Group   string
	Usage   string // "ascan(axis, start, stop, intervals, count_time, counters...)"
	Help    string // one or more sentences
	Example string
	// Options are the names of the keyword options.
	Options []string
	// Func binds the command to a shell and returns the function that the
	// prompt calls.
	Func func(*Shell) any
}

// The groups of commands, in the order in which help shows them.
const (
	groupScans    = "scans"
	groupAnalysis = "last scan"
	groupMotion   = "motion"
	groupDevices  = "devices"
	groupShell    = "shell"
)

// Table lists all commands in the order in which help shows them.
func Table() []Command {
	list := []Command{
		ascanCommand(),
		loopscanCommand(),
		ctCommand(),
		runCommand(),
		setWatchdogCommand(),
		mvCommand(),
		mvrCommand(),
		mvdCommand(),
		umvCommand(),
		umvrCommand(),
		umvdCommand(),
		twCommand(),
		waCommand(),
		wmCommand(),
		staCommand(),
		axisGroupCommand(),
		lscntCommand(),
		lsmgCommand(),
		activeGroupCommand(),
		calcCounterCommand(),
		simFaultCommand(),
		helpCommand(),
		lastErrorCommand(),
		loadCommand(),
		cleanupCommand(),
		findPositionCommand(),
		gotoCustomCommand(),
		fitGaussCommand(),
		whereCommand(),
	}
	return append(append(list, analysisCommands()...), gotoCommands()...)
}

// Options lists the keyword options that are calls in Go spelling: save(false)
// stands for save=False.
func Options() []string {
	return []string{"save", "title", "sleep_time", "stab_time", "deadline", "net", "force"}
}
