package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"slices"

	"blissh/commands"
	"blissh/internal/nearest"
	"blissh/session"
)

// demoName is the session that is built in.
const demoName = "demo_session"

// readConfig reads the session's configuration; without a name or a file it is
// the built-in demo session.
func readConfig(f *flags) (*session.Config, error) {
	switch {
	case f.config != "" && f.session != "":
		return nil, usagef("--session and --config name the same thing: give one of them")
	case f.config != "":
		return parseFile(f.config)
	case f.session == "" || f.session == demoName:
		return demoConfig()
	}
	return parseFile(f.session + ".yml")
}

// checkNames refuses devices and aliases that are called like a command, and
// aliases of what is neither a device nor a command. The error is of type
// session.ConfigErrors.
func checkNames(cfg *session.Config) error {
	taken := commandNames()
	var known []string
	var mistakes session.ConfigErrors
	note := func(err error) {
		var m *session.ConfigError
		if errors.As(err, &m) {
			mistakes = append(mistakes, m)
		}
	}
	for _, e := range cfg.Devices() {
		if known = append(known, e.Name); taken[e.Name] {
			note(e.Problem(fmt.Errorf("%s is the name of a command; rename the device", e.Name)))
		}
	}
	for _, c := range commands.Table() {
		known = append(known, c.Name)
	}
	for _, a := range cfg.Aliases {
		if taken[a.Name] {
			note(a.NameProblem(fmt.Errorf("%s is the name of a command; choose another alias", a.Name)))
		}
		if !slices.Contains(known, a.Target) {
			note(a.Problem(fmt.Errorf("%s is neither a device nor a command%s", a.Target, nearest.Hint(a.Target, known))))
		}
	}
	if len(mistakes) == 0 {
		return nil
	}
	slices.SortStableFunc(mistakes, func(a, b *session.ConfigError) int { return cmp.Compare(a.Line, b.Line) })
	return mistakes
}

// commandNames are those that no device may have.
func commandNames() map[string]bool {
	taken := map[string]bool{"run": true, "SCANS": true}
	for _, c := range commands.Table() {
		taken[c.Name] = true
	}
	for _, o := range commands.Options() {
		taken[o] = true
	}
	return taken
}

// readNames is readConfig with a look at the names. Mistakes are printed, a
// line each.
func readNames(f *flags) (*session.Config, error) {
	cfg, err := readConfig(f)
	if err == nil {
		err = checkNames(cfg)
	}
	return cfg, printMistakes(err)
}

// printMistakes prints the mistakes of a configuration.
func printMistakes(err error) error {
	var mistakes session.ConfigErrors
	if !errors.As(err, &mistakes) {
		return err
	}
	for _, m := range mistakes {
		fmt.Fprintln(os.Stderr, m)
	}
	return printed{err}
}

func parseFile(path string) (*session.Config, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	return session.ParseConfig(path, src)
}
