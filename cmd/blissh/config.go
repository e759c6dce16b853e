package main

import (
	"errors"
	"fmt"
	"os"

	"blissh/commands"
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

// checkNames refuses devices that are called like a command.
func checkNames(cfg *session.Config) error {
	taken := map[string]bool{"run": true, "SCANS": true}
	for _, c := range commands.Table() {
		taken[c.Name] = true
	}
	for _, o := range commands.Options() {
		taken[o] = true
	}
	for _, e := range cfg.Devices() {
		if taken[e.Name] {
			return e.Problem(fmt.Errorf("%s is the name of a command; rename the device", e.Name))
		}
	}
	return nil
}

func parseFile(path string) (*session.Config, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration: %w", err)
	}
	cfg, err := session.ParseConfig(path, src)
	var mistakes session.ConfigErrors
	if errors.As(err, &mistakes) {
		for _, m := range mistakes {
			fmt.Fprintln(os.Stderr, m)
		}
		return nil, printed{err}
	}
	return cfg, err
}
