package main

import (
	"context"
	"errors"
	"fmt"

	"blissh/data/store"
	"blissh/internal/redisconn"
	"blissh/internal/storeserver"
)

// printStatus says what this user's store is and what it holds.
func printStatus(ctx context.Context) error {
	s, err := storeserver.Inspect(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("%s %s at %s, process %d, %d clients\n", s.Engine, s.Version, s.URL, s.PID, s.Clients)
	fmt.Printf("%.1f MB in use of %.0f MB\n", float64(s.UsedBytes)/1e6, float64(s.MaxBytes)/1e6)
	f, err := redisconn.ReadStoreFile()
	if err != nil {
		return err
	}
	db, err := store.Open(ctx, f.URL)
	if err != nil {
		return err
	}
	return errors.Join(printSessions(ctx, db), db.Close())
}

func printSessions(ctx context.Context, db *store.DB) error {
	sessions, err := db.Sessions(ctx)
	if err != nil {
		return err
	}
	for _, name := range sessions {
		scans, err := db.Scans(ctx, name)
		if err != nil {
			return err
		}
		fmt.Printf("session %s: %d scans\n", name, len(scans))
	}
	return nil
}
