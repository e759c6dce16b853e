//go:build ignore

// Online analysis: follows a session, remembers the largest value of each gauss
// counter, and asks for a stop once a value falls under half of it.
//
//	blissh run scripts/online_analysis.go [SESSION]
package main

import (
	"context"
	"fmt"
	"os"
	"strings"

	"blissh/channel"
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
	stop := channel.OpenDefault("stop_alignment", false)
	largest := map[string]float64{}
	fmt.Println("following " + session)
	for {
		event, err := events.Next(ctx)
		if err != nil {
			panic(err)
		}
		switch e := event.(type) {
		case *data.NewNode:
			if e.Node.Kind == data.KindScan {
				largest = map[string]float64{}
			}
		case *data.NewData:
			if strings.Contains(e.Node.Name, "gauss") {
				watch(e, largest, stop)
			}
		}
	}
}

// watch looks at each new value of one data channel.
func watch(e *data.NewData, largest map[string]float64, stop *channel.Channel) {
	for i, value := range e.Values {
		if value > largest[e.Node.Name] {
			largest[e.Node.Name] = value
		} else if value < largest[e.Node.Name]/2 && !stop.Bool() {
			fmt.Printf("stop %s at point %d: %.4g is under half of %.4g\n", e.Node.DBName, e.First+i, value, largest[e.Node.Name])
			if err := stop.Set(true); err != nil {
				panic(err)
			}
		}
	}
}
