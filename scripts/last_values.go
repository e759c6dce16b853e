//go:build ignore

// Last values: walks through what a session has in the store and prints of each
// scan how far it came and the last value of each of its counters.
//
//	blissh run scripts/last_values.go [SESSION]
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	walk, err := db.Walk(ctx, data.SessionNode(session), store.WalkOptions{Include: wanted, NoWait: true})
	if err != nil {
		panic(err)
	}
	for {
		node, err := walk.NextNode(ctx)
		if err == io.EOF {
			return
		}
		if err != nil {
			panic(err)
		}
		show(ctx, db, node)
	}
}

// wanted are scans, and counters with one number a point.
func wanted(n data.Node) bool {
	return n.Kind == data.KindScan || n.Channel != nil && n.Channel.Role == "counter" && n.Channel.Scalar()
}

func show(ctx context.Context, db *store.DB, n data.Node) {
	if n.Kind == data.KindScan {
		points, err := db.Len(ctx, n)
		if err != nil {
			panic(err)
		}
		fmt.Printf("%s: %d points\n", n.DBName, points)
		return
	}
	value, err := db.Get(ctx, n, -1)
	if errors.Is(err, store.ErrNotFound) {
		return // it has no points
	}
	if err != nil {
		panic(err)
	}
	fmt.Printf("  %s = %g %s\n", n.Name, value, n.Channel.Unit)
}
