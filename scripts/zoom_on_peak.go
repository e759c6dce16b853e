//go:build ignore

// Zoom on the peak: follows a session and, once a scan of one axis has gone past
// the peak of its first counter, asks it to take finer points there. The scan
// has to allow that: s.allow(robz, -3, 1).
//
//	blissh run scripts/zoom_on_peak.go [SESSION]
package main

import (
	"context"
	"fmt"
	"math"
	"os"

	"blissh/data"
	"blissh/data/peak"
	"blissh/data/store"
)

// zoom is what is known of the scan that runs.
type zoom struct {
	axis, counter string
	x, y          []float64
	asked         bool
}

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
	fmt.Println("following " + session)
	z := &zoom{}
	for {
		event, err := events.Next(ctx)
		if err != nil {
			panic(err)
		}
		switch e := event.(type) {
		case *data.NewNode:
			if e.Node.Kind == data.KindScan {
				z = newZoom(e.Node.Scan)
			}
		case *data.NewData:
			z.take(e)
			if request := z.request(); request != nil {
				answer, err := db.Ask(ctx, e.Node.Scan, *request)
				if err != nil {
					fmt.Printf("%s of %s: %v\n", request, e.Node.Scan.DBName(), err)
					continue
				}
				fmt.Printf("%s of %s: %v\n", request, e.Node.Scan.DBName(), answer)
			}
		}
	}
}

// newZoom finds the axis and the first counter.
func newZoom(s *data.Scan) *zoom {
	z := &zoom{}
	if len(s.Moving) != 1 || s.Allow == nil {
		return z
	}
	z.axis = s.Moving[0]
	for _, c := range s.Channels {
		if c.Role == "counter" && c.Scalar() {
			z.counter = c.Name
			break
		}
	}
	return z
}

// take keeps the new values of the two data channels.
func (z *zoom) take(e *data.NewData) {
	switch e.Node.Name {
	case z.axis:
		z.x = append(z.x, e.Values...)
	case z.counter:
		z.y = append(z.y, e.Values...)
	}
}

// request is what to ask for, nil for nothing: 101 points over one and a half
// widths of the peak, from the side where the axis is.
func (z *zoom) request() *data.Request {
	n := len(z.y)
	if z.asked || n < 5 || n != len(z.x) {
		return nil
	}
	st, err := peak.Of(z.x, z.y)
	if err != nil || math.IsNaN(st.Cen) || math.Max(z.y[n-1], z.y[n-2]) > st.Half {
		return nil
	}
	z.asked = true
	half := 0.75 * st.FWHM
	if z.x[n-1] > st.Cen {
		half = -half
	}
	request := data.AskRange(st.Cen-half, st.Cen+half, 100)
	request.By = "zoom_on_peak"
	return &request
}
