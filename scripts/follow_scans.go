//go:build ignore

// Follow scans: prints when a scan of a session starts and when it ends.
//
//	blissh run scripts/follow_scans.go [SESSION]
package main

import (
	"context"
	"fmt"
	"os"

	"blissh/data"
	"blissh/data/store"
)

func main() {
	session := "demo_session"
	if len(os.Args) > 1 {
		session = os.Args[1]
	}
	ctx := context.Background()
	db, err := store.Open(ctx, "")
	if err != nil {
		panic(err)
	}
	events, err := db.Follow(ctx, session, store.FollowOptions{})
	if err != nil {
		panic(err)
	}
	for {
		event, err := events.Next(ctx)
		if err != nil {
			panic(err)
		}
		switch e := event.(type) {
		case *data.NewNode:
			if e.Node.Kind == data.KindScan {
				fmt.Printf("Scan %s started\n", e.Node.DBName)
			}
		case *data.EndScan:
			fmt.Printf("Scan %s ends\n", e.Node.DBName)
		}
	}
}
