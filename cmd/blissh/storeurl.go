package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"blissh/internal/embedded"
	"blissh/internal/redisconn"
	"blissh/internal/storeserver"

	"github.com/spf13/cobra"
)

// chosenStore is the store that this process uses.
type chosenStore struct {
	url   string
	text  string // for the banner
	close func()
}

// chooseStore takes the one that was named, a private one for "memory", else
// the user's own, which it starts in the background if it is not there.
func chooseStore(ctx context.Context, named string) (chosenStore, error) {
	switch named {
	case "memory":
		s, err := embedded.Start(embedded.Options{})
		if err != nil {
			return chosenStore{}, err
		}
		return chosenStore{s.URL(), "private, in this process; it ends with it", func() { s.Close() }}, nil
	case "":
		return userStore(ctx)
	}
	if text := redisconn.Warning(named); text != "" {
		fmt.Fprintln(os.Stderr, "warning:", text)
	}
	if named != os.Getenv(redisconn.EnvStore) && passwordInArguments() {
		fmt.Fprintln(os.Stderr, "warning: everybody on this machine can read a password in --store; set", redisconn.EnvStore, "instead")
	}
	return chosenStore{named, redisconn.Redact(named), func() {}}, nil
}

// passwordInArguments reports whether the command line shows a password, to
// whoever lists processes.
func passwordInArguments() bool {
	return slices.ContainsFunc(os.Args, func(arg string) bool {
		return redisconn.HasPassword(strings.TrimPrefix(arg, "--store="))
	})
}

func userStore(ctx context.Context) (chosenStore, error) {
	self, err := os.Executable()
	if err != nil {
		return chosenStore{}, fmt.Errorf("start the store: %w", err)
	}
	f, err := storeserver.Ensure(ctx, storeserver.EnsureOptions{Command: []string{self, "store", "--background"}})
	if err != nil {
		return chosenStore{}, err
	}
	return chosenStore{f.URL, fmt.Sprintf("%s, yours on this machine (process %d)", f.Engine, f.PID), func() {}}, nil
}

func storeCommand() *cobra.Command {
	var o storeserver.Options
	var status, stop, background bool
	c := &cobra.Command{
		Use:   "store",
		Short: "Run this user's store in the foreground, ask it or stop it",
		Args:  usageArgs(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			ctx, cancel := signalContext()
			defer cancel()
			switch {
			case status:
				return printStatus(ctx)
			case stop:
				return storeserver.Stop(ctx)
			}
			if !background && !c.Flags().Changed("idle") {
				o.Idle = 0 // somebody watches it: it ends with Ctrl-C
			}
			return runStore(ctx, o, background)
		},
	}
	c.Flags().StringVar(&o.Engine, "engine", "", "redis or embedded (default: redis-server where it is installed)")
	c.Flags().DurationVar(&o.Idle, "idle", 10*time.Minute, "end when no client was there for so long")
	c.Flags().BoolVar(&status, "status", false, "print what the store holds")
	c.Flags().BoolVar(&stop, "stop", false, "end the store that runs in the background")
	c.Flags().BoolVar(&background, "background", false, "")
	c.Flags().MarkHidden("background")
	c.MarkFlagsMutuallyExclusive("status", "stop")
	return c
}

func runStore(ctx context.Context, o storeserver.Options, quiet bool) error {
	if quiet {
		o.Log = os.Stderr // which is store.log
	} else {
		o.Ready = func(f redisconn.StoreFile) {
			fmt.Printf("store: %s at %s; Ctrl-C ends it\n", f.Engine, redisconn.Redact(f.URL))
		}
	}
	err := storeserver.Run(ctx, o)
	if ctx.Err() != nil {
		return nil // it was told to end
	}
	return err
}
