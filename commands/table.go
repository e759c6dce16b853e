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
		ascanCommand(), a2scanCommand(), a3scanCommand(), a4scanCommand(), a5scanCommand(), anscanCommand(),
		dscanCommand(), d2scanCommand(), d3scanCommand(), d4scanCommand(), d5scanCommand(), dnscanCommand(),
		ameshCommand(), a3meshCommand(), anmeshCommand(), dmeshCommand(), d3meshCommand(),
		lookupscanCommand(), pointscanCommand(),
		loopscanCommand(), timescanCommand(),
		ctCommand(), sctCommand(),
		lineupCommand(),
		runCommand(),
		dryCommand(),
		setWatchdogCommand(),
		addPresetCommand(), removePresetCommand(),
		mvCommand(),
		mvrCommand(),
		mvdCommand(),
		umvCommand(),
		umvrCommand(),
		umvdCommand(),
		twCommand(),
		gobackCommand(),
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
		plotCommand(), plotselectCommand(), liveplotCommand(),
	}
	return append(append(list, analysisCommands()...), gotoCommands()...)
}

// Options lists the keyword options that are calls in Go spelling: save(false)
// stands for save=False. An option that is a command too, such as run, does both
// and is left out.
func Options() []string {
	return []string{
		"save", "title", "name", "sleep_time", "stab_time", "restore_motor_positions", "scan_info", "deadline",
		"step", "backnforth", "npoints", "net", "force",
	}
}
