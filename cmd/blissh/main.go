// Command blissh is an interactive scanning shell for beamlines.
//
// Without a sub-command it is the shell itself. This package only composes: it
// picks the store, opens the session, joins commands to the interpreter, and
// turns errors into one line and an exit code.
package main

import (
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// version is that of the program, kept with each scan.
const version = "0.1.0"

func main() { os.Exit(run(hangUpPatience)) }

func run(patience time.Duration) int {
	withoutTraces()
	root := rootCommand(&flags{hangUp: patience})
	err := root.Execute()
	var seen printed
	if err != nil && !errors.As(err, &seen) {
		fmt.Fprintln(os.Stderr, "blissh:", err)
	}
	return exitCode(err)
}

// flags are those that several sub-commands share.
type flags struct {
	session  string
	config   string
	store    string
	json     bool
	log      string
	deadline time.Duration
	dryRun   bool
	dry      *dryRun       // not nil once a dry run has begun
	hangUp   time.Duration // patience after a hang-up
}

func rootCommand(f *flags) *cobra.Command {
	root := &cobra.Command{
		Use:   "blissh",
		Short: "An interactive scanning shell for beamlines",
		Long: "blissh is an interactive scanning shell for beamlines.\n\n" +
			"Without a sub-command it opens the prompt on the demo session. Piped input is\n" +
			"executed line by line and ends with status 1 at the first error.",
		Args:          usageArgs(cobra.NoArgs),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(*cobra.Command, []string) error { return runShell(f) },
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.PersistentFlags().StringVar(&f.store, "store", os.Getenv("BLISSH_STORE"),
		"URL of the Redis `STORE`, or memory for a private one inside this process (default $BLISSH_STORE, else this user's own)")
	root.PersistentFlags().Lookup("store").DefValue = "" // help would print the password in it
	addSessionFlags(root, f)
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(runCommand(f), listenCommand(f), dumpCommand(f), writeCommand(f), exportCommand(f), verifyCommand(f),
		storeCommand(f), checkCommand(f), hookCommand(f), versionCommand())
	return root
}

func addSessionFlags(c *cobra.Command, f *flags) {
	c.Flags().StringVar(&f.session, "session", "", "`NAME` of the session; its configuration is NAME.yml in the current folder")
	c.Flags().StringVar(&f.config, "config", "", "configuration `FILE` of the session")
}

// usageArgs makes a wrong number of arguments a usage error.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if err := check(c, args); err != nil {
			return usageError{err}
		}
		return nil
	}
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version", Args: usageArgs(cobra.NoArgs),
		Run: func(*cobra.Command, []string) { fmt.Println("blissh", version) },
	}
}
