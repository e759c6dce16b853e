package commands

// Options lists the keyword options that are calls in Go spelling: save(false)
// stands for save=False. An option that is a command too, such as run, does both
// and is left out.
func Options() []string {
	return []string{
		"save", "title", "name", "sleep_time", "stab_time", "restore_motor_positions", "scan_info", "deadline",
		"wait_advice", "without_advice", "step", "backnforth", "npoints", "net", "force",
	}
}

// OptionHelp says in one line what a keyword option means, with the unit of
// its value and what holds when it is left out.
func OptionHelp(name string) string {
	return map[string]string{
		"save":                    "True or False: whether the data are kept in a file; True if left out",
		"run":                     "False: the scan is made and returned, run() runs it; True if left out",
		"title":                   "a text in place of the scan's command as its title",
		"sleep_time":              "a pause between points, in s; 0 if left out",
		"stab_time":               "a pause between the end of the motion and the count, in s; 0 if left out",
		"deadline":                "the scan is aborted when it takes longer, in s; no limit if left out",
		"wait_advice":             "how long the scan waits after each point for a request, in s; 0, not at all, if left out",
		"without_advice":          "what it does when none comes: \"go_on\", \"pause\" or \"stop\"; \"go_on\" if left out",
		"points":                  "how many points requests may make of the whole scan; twice those planned if left out",
		"count_time":              "the longest count time that requests may ask for, in s; as planned if left out",
		"duration":                "how long requests may make the whole scan, in s; twice as planned if left out",
		"name":                    "the scan's name in the data tree; the command's name if left out",
		"step":                    "the distance between points, in the axis' unit, in place of the intervals",
		"npoints":                 "how many points; until it is stopped if left out",
		"backnforth":              "True: every other line the other way round; False if left out",
		"dry":                     "True: shows what the scan would do; nothing moves; False if left out",
		"scan_info":               "a map with what is to be kept with the scan's record",
		"scan":                    "the scan to look at; the last one if left out",
		"net":                     "True: the background is taken away first; False if left out",
		"force":                   "True: goes to an extreme at the end of the range, too; False if left out",
		"restore_motor_positions": "True: the axes go back to where they were; False if left out",
		"x":                       "the axis or counter to plot against; the first scanned axis if left out",
		"width":                   "of the plot, in characters; the window's if left out",
		"height":                  "of the plot, in characters; the window's if left out",
		"log":                     "True: a logarithmic scale for the values; False if left out",
		"lines":                   "True: points are joined by lines; False if left out",
	}[name]
}
