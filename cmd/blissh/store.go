package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"blissh/data/store"
	"blissh/internal/redisconn"
	"blissh/internal/storeserver"

	"github.com/spf13/cobra"
)

// storeFlags are those of blissh store.
type storeFlags struct {
	options                       storeserver.Options
	status, stop, set, background bool
	limit                         byteSize
	keep                          time.Duration
}

func storeCommand(f *flags) *cobra.Command {
	s := storeFlags{limit: store.DefaultLimit, keep: store.DefaultTTL}
	c := &cobra.Command{
		Use:   "store",
		Short: "Run this user's store in the foreground, ask it or stop it",
		Args:  usageArgs(cobra.NoArgs),
		RunE:  func(c *cobra.Command, _ []string) error { return s.run(c, f.store) },
	}
	c.Flags().StringVar(&s.options.Engine, "engine", "", "redis or embedded (default: redis-server where it is installed)")
	c.Flags().DurationVar(&s.options.Idle, "idle", 10*time.Minute, "end when no client was there for so long")
	c.Flags().Var(&s.limit, "limit", "how much scan data is kept, as 500MB or 2GB")
	c.Flags().DurationVar(&s.keep, "keep", s.keep, "how long a scan is kept after its end")
	c.Flags().BoolVar(&s.status, "status", false, "print what the store holds")
	c.Flags().BoolVar(&s.set, "set", false, "set --limit and --keep of the store that runs, or of the one that --store names")
	c.Flags().BoolVar(&s.stop, "stop", false, "end the store that runs in the background")
	c.Flags().BoolVar(&s.background, "background", false, "")
	c.Flags().MarkHidden("background")
	c.MarkFlagsMutuallyExclusive("status", "stop", "set")
	return c
}

func (s *storeFlags) run(c *cobra.Command, named string) error {
	ctx, cancel := signalContext()
	defer cancel()
	want := store.Retention{}
	if c.Flags().Changed("limit") {
		want.Limit = int64(s.limit)
	}
	if c.Flags().Changed("keep") {
		want.TTL = s.keep
	}
	switch {
	case want.TTL < 0 || c.Flags().Changed("keep") && want.TTL < time.Minute:
		return usagef("--keep %v: a minute or more expected, as 48h", s.keep)
	case s.status:
		return printStatus(ctx, named)
	case s.stop:
		return storeserver.Stop(ctx)
	case s.set && want == store.Retention{}:
		return usagef("--set: --limit or --keep expected with it")
	case s.set:
		return setRetention(ctx, named, want)
	}
	if !s.background && !c.Flags().Changed("idle") {
		s.options.Idle = 0 // somebody watches it: it ends with Ctrl-C
	}
	s.options.MaxBytes = int64(s.limit)
	return runStore(ctx, s.options, want, s.background)
}

// runStore is the store. What it keeps is said again when its server had to be
// started again, for that is empty then.
func runStore(ctx context.Context, o storeserver.Options, want store.Retention, quiet bool) error {
	if quiet {
		o.Log = os.Stderr // which is store.log
	}
	o.Ready = func(f redisconn.StoreFile) {
		if !quiet {
			fmt.Printf("store: %s at %s; Ctrl-C ends it\n", f.Engine, redisconn.Redact(f.URL))
		}
		if err := keep(ctx, f.URL, want); err != nil {
			fmt.Fprintln(os.Stderr, "store:", err)
		}
	}
	err := storeserver.Run(ctx, o)
	if ctx.Err() != nil {
		return nil // it was told to end
	}
	return err
}

// keep writes what a store keeps into it, if that is not the default.
func keep(ctx context.Context, url string, want store.Retention) error {
	if want == (store.Retention{}) {
		return nil
	}
	db, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	return errors.Join(db.SetRetention(ctx, want), db.Close())
}
