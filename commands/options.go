package commands

// Options lists the keyword options that in Go spelling are calls: save(false)
// stands for save=False.
func Options() []string { return []string{"save", "title", "sleep_time", "stab_time", "deadline"} }

// scanOptions are the keyword options of every scan.
func scanOptions() []string { return append(Options(), "run") }

// OptionHelp says in one line what a keyword option means, with the unit of
// its value and what holds when it is left out.
func OptionHelp(name string) string {
	return map[string]string{
		"save":       "True or False: whether the data are kept in a file; True if left out",
		"run":        "False: the scan is made and returned, run() runs it; True if left out",
		"title":      "a text in place of the scan's command as its title",
		"sleep_time": "a pause between points, in s; 0 if left out",
		"stab_time":  "a pause between the end of the motion and the count, in s; 0 if left out",
		"deadline":   "the scan is aborted when it takes longer, in s; no limit if left out",
	}[name]
}
