package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"blissh/internal/embedded"
	"blissh/internal/redisconn"
	"blissh/internal/storeserver"
)

// chosenStore is the store that this process uses.
type chosenStore struct {
	url   string
	text  string // for the banner
	close func()

	private bool // it ends with this process
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
		return chosenStore{s.URL(), "private, it ends with this shell", func() { s.Close() }, true}, nil
	case "":
		return userStore(ctx)
	}
	if text := redisconn.Warning(named); text != "" {
		fmt.Fprintln(os.Stderr, "warning:", text)
	}
	if named != os.Getenv(redisconn.EnvStore) && passwordInArguments() {
		fmt.Fprintln(os.Stderr, "warning: everybody on this machine can read a password in --store; set", redisconn.EnvStore, "instead")
	}
	return chosenStore{named, redisconn.Redact(named), func() {}, false}, nil
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
	return chosenStore{f.URL, fmt.Sprintf("%s, yours on this machine (process %d)", f.Engine, f.PID), func() {}, false}, nil
}
