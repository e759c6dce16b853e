package commands

func protectCommand() Command {
	return Command{
		Name: "protect", Group: groupShell,
		Usage: "protect(names...)",
		Help: "Keeps names, in quotes, from being overwritten: variables of your own, or names of the session after unprotect, which then stand for " +
			"what they stood for at first. Prints what each of them is.",
		Example: `x = 5; protect("x")`,
		Func:    func(sh *Shell) any { return sh.protect },
	}
}

func unprotectCommand() Command {
	return Command{
		Name: "unprotect", Group: groupShell,
		Usage:   "unprotect(names...)",
		Help:    "Allows to overwrite names, in quotes, of commands, devices and hooks, or of what protect was given. Prints them.",
		Example: `unprotect("title"); protect("title")`,
		Func:    func(sh *Shell) any { return sh.unprotect },
	}
}

func (sh *Shell) protect(args ...any) {
	for _, name := range sh.names(sh.parse("protect", args)) {
		back, err := sh.Host.Protect(name)
		switch {
		case err != nil:
			fail("protect", err)
		case back:
			sh.printf("%s is %s again, and protected\n", name, sh.what(name))
		default:
			sh.printf("%s is protected\n", name)
		}
	}
}

func (sh *Shell) unprotect(args ...any) {
	for _, name := range sh.names(sh.parse("unprotect", args)) {
		if err := sh.Host.Unprotect(name); err != nil {
			fail("unprotect", err)
		}
		sh.printf("%s may be overwritten; protect(%q) ends that\n", name, name)
	}
}

// what is a name of the session in words: "the axis", "the command".
func (sh *Shell) what(name string) string {
	if kind, _ := sh.Describe(name); kind != "" {
		return "the " + kind
	}
	return "what it was"
}

// names reads arguments that are names; a device, a command or a hook stands
// for its own name.
func (sh *Shell) names(a *arguments) (list []string) {
	for i := range max(1, len(a.list)) {
		var name string
		if i < len(a.list) {
			name, _ = a.list[i].(string)
		}
		if name == "" && i < len(a.list) {
			name = sh.nameOf(a.list[i])
		}
		if name == "" {
			a.wrong(i, "name", `a name in quotes, such as "robz",`)
		}
		list = append(list, name)
	}
	return list
}
