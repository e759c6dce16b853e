package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"

	"blissh/hooks"
	"blissh/session"

	"github.com/spf13/cobra"
)

func hookCommand(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use: "hook", Short: "List the hooks of a session, or try one on a scan that is over",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return usagef("hook: list or test expected") },
	}
	c.AddCommand(hookListCommand(f), hookTestCommand(f))
	return c
}

const hookListLong = `Lists the hooks in the folders that a session names, each with its file and what it
does; those that watch every scan are marked with *. Nothing of them is run.

Exit status: 0 listed, 1 a file or the key every_scan has mistakes, 2 usage.`

func hookListCommand(f *flags) *cobra.Command {
	c := &cobra.Command{
		Use: "list", Short: "List the hooks of a session", Long: hookListLong,
		Args: usageArgs(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error { return listHooks(f) },
	}
	addSessionFlags(c, f)
	return c
}

func listHooks(f *flags) error {
	cfg, err := readNames(f)
	if err != nil {
		return err
	}
	set := hooks.NewSet(newHookLoader(nil), cfg.Hooks)
	_, problems := set.Reload()
	problems = append(problems, cfg.CheckEveryScan(set)...)
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, d := range set.Definitions() {
		mark := " "
		if slices.ContainsFunc(cfg.EveryScan, func(h *session.HookName) bool { return h.Name == d.Name }) {
			mark = "*"
		}
		fmt.Fprintf(out, "%s %s\t%s:%d\t%s\n", mark, d.Name, d.File, d.Line, d.Doc)
	}
	out.Flush()
	for _, p := range problems {
		fmt.Fprintln(os.Stderr, p)
	}
	if len(problems) > 0 {
		return printed{errors.New("hooks have mistakes")}
	}
	return nil
}
