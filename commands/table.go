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
	// prompt calls.
	Func func(*Shell) any
}

// The groups of commands, in the order in which help shows them.
const (
	groupScans    = "scans"
	groupSteering = "running scan"
	groupAnalysis = "last scan"
	groupMotion   = "motion"
	groupDevices  = "devices"
	groupFiles    = "files"
	groupShell    = "shell"
)

// Groups are those of the table, in order.
func Groups() []string {
	return []string{groupScans, groupSteering, groupAnalysis, groupMotion, groupDevices, groupFiles, groupShell}
}

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
		setWatchdogCommand(), addWatchdogCommand(), removeWatchdogCommand(), lshooksCommand(),
		addPresetCommand(), removePresetCommand(),
		allowCommand(), startCommand(), waitCommand(), pauseCommand(), resumeCommand(),
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
		lsobjCommand(),
		newproposalCommand(), newsampleCommand(), newdatasetCommand(), savingCommand(), metaCommand(), commentCommand(),
		simFaultCommand(),
		helpCommand(),
		lastErrorCommand(),
		loadCommand(),
		cleanupCommand(),
		findPositionCommand(),
		gotoCustomCommand(),
		fitGaussCommand(),
		whereCommand(),
		protectCommand(),
		unprotectCommand(),
		reloadHooksCommand(),
		plotCommand(), plotselectCommand(), liveplotCommand(),
	}
	return append(append(list, analysisCommands()...), gotoCommands()...)
}
