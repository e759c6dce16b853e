package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/internal/redisconn"
	"blissh/internal/storeserver"
)

// printStatus says what a store is and what it holds: the one that is named,
// else this user's.
func printStatus(ctx context.Context, named string) error {
	url := named
	if named == "" {
		f, err := printOwn(ctx)
		if err != nil {
			return err
		}
		url = f.URL
	}
	db, err := store.Open(ctx, url)
	if err != nil {
		return err
	}
	if named != "" {
		fmt.Println("store " + db.Address())
	}
	return errors.Join(printHoldings(ctx, db), db.Close())
}

// printOwn says what this user's store is.
func printOwn(ctx context.Context) (redisconn.StoreFile, error) {
	s, err := storeserver.Inspect(ctx)
	if err != nil {
		return redisconn.StoreFile{}, err
	}
	fmt.Printf("%s %s at %s, process %d, %d clients\n", s.Engine, s.Version, s.URL, s.PID, s.Clients)
	fmt.Printf("memory: %s in use of %s\n", megabytes(s.UsedBytes), megabytes(s.MaxBytes))
	return redisconn.ReadStoreFile()
}

// printHoldings says how much scan data is there, what is kept, and for how
// long.
func printHoldings(ctx context.Context, db *store.DB) error {
	kept, err := db.Retention(ctx)
	if err != nil {
		return err
	}
	u, err := db.Usage(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("data: %s of %s in %s; a scan is kept for %v after its end\n", megabytes(u.Bytes), megabytes(kept.Limit), scans(u.Scans), kept.TTL)
	if w := db.Warning(ctx); w != "" {
		fmt.Println(w)
	}
	sessions, err := db.Sessions(ctx)
	for _, name := range sessions {
		err = errors.Join(err, printSession(ctx, db, name))
	}
	return err
}

func printSession(ctx context.Context, db *store.DB, name string) error {
	list, err := db.Scans(ctx, name)
	if err != nil {
		return err
	}
	var bytes int64
	for _, s := range list {
		bytes += s.Bytes
	}
	line := fmt.Sprintf("session %s: %s, %s", name, scans(len(list)), megabytes(bytes))
	if len(list) > 0 {
		line += "; oldest " + oldest(ctx, db, list[0])
	}
	if w, err := db.Writer(ctx, name); err == nil {
		line += fmt.Sprintf("; files are written by process %d of %s on %s", w.PID, w.User, w.Host)
	}
	fmt.Println(line)
	return nil
}

// oldest describes the scan that goes first.
func oldest(ctx context.Context, db *store.DB, s *data.Scan) string {
	if s.Outcome == "" {
		return fmt.Sprintf("%d_%s, which is running", s.Number, s.Name)
	}
	text := fmt.Sprintf("%d_%s of %s", s.Number, s.Name, s.End.Local().Format(time.DateTime))
	if left, err := db.Expiry(ctx, s); err == nil && left > 0 {
		text += fmt.Sprintf(", expires in %v", left.Round(time.Second))
	}
	return text
}

func scans(n int) string {
	if n == 1 {
		return "1 scan"
	}
	return fmt.Sprintf("%d scans", n)
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// setRetention changes what a store keeps: the one that is named, else this
// user's. The server's own limit follows, where it can be set.
func setRetention(ctx context.Context, named string, want store.Retention) error {
	if named == "" {
		if _, err := storeserver.Inspect(ctx); err != nil {
			return err
		}
	}
	db, err := store.Open(ctx, named)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := db.SetRetention(ctx, want); err != nil {
		return err
	}
	kept, err := db.Retention(ctx)
	if err != nil {
		return err
	}
	fmt.Printf("store %s keeps %s of scans, for %v after their end\n", db.Address(), megabytes(kept.Limit), kept.TTL)
	if err := db.SetMaxMemory(ctx, kept.MaxMemory()); err != nil && want.Limit > 0 {
		fmt.Printf("its own limit is not to be set from here (%v): maxmemory should be %d\n", err, kept.MaxMemory())
	}
	return nil
}
