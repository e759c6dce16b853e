package main

import (
	"errors"
	"fmt"
	"os"

	"blissh/device"
	"blissh/hooks"
	"blissh/repl"
	"blissh/session"

	"github.com/spf13/cobra"
)

func checkCommand(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use:   "check",
		Short: "Check configuration and hooks; nothing moves",
		Args:  usageArgs(cobra.NoArgs),
		RunE:  func(*cobra.Command, []string) error { return check(f) },
	}
	addSessionFlags(c, f)
	return c
}

// check reports every mistake of the configuration, of the devices in it and of
// the hooks, each in a line of its own.
func check(f *flags) error {
	cfg, err := readNames(f)
	if err != nil {
		return err
	}
	devices := session.BuildDevices(cfg, device.PreciseWait)
	set := hooks.NewSet(newHookLoader(nil), cfg.Hooks)
	_, problems := set.Reload()
	problems = append(devices.Problems, problems...)
	problems = append(problems, cfg.CheckEveryScan(set)...)
	if cfg.Setup != "" {
		if _, err := repl.UsesPrompt(cfg.Setup); err != nil {
			problems = append(problems, fmt.Errorf("setup script: %w", err))
		}
	}
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	fmt.Printf("session %s: %d axes, %d counters, %d hooks\n", cfg.Name, len(devices.Axes), len(devices.Counters), len(set.Definitions()))
	if len(problems) > 0 {
		return printed{errors.New("the configuration has mistakes")}
	}
	return nil
}
