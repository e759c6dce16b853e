package writer

import (
	"context"
	"errors"
	"fmt"
	"io"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
)

// Verify compares a scan in a file with the stream: every value of every data
// channel that the file has, and how many points there are. It returns nil if they
// are the same, store.ErrNotFound if the store has the scan no longer, else the
// first difference.
func Verify(ctx context.Context, db *store.DB, session string, x *file.Found) error {
	r, err := db.Follow(ctx, session, store.FollowOptions{Scan: x.UID})
	if err != nil {
		return err
	}
	defer r.Close()
	points := 0
	for {
		e, err := r.Next(ctx)
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		switch e := e.(type) {
		case *data.NewData:
			points = e.First + e.Len()
			if err := compare(x, e); err != nil {
				return err
			}
		case *data.Deleted:
			return fmt.Errorf("the store has lost points: %w", store.ErrNotFound)
		case *data.EndScan:
			return compareEnd(x, e, points)
		}
	}
}

// Read reads every value of a scan in a file, which finds out whether it can be
// read.
func Read(x *file.Found) error {
	const n = 100
	for _, c := range x.Columns {
		for first := 0; first < x.Points; first += n {
			if _, err := x.Values(c, first, min(n, x.Points-first)); err != nil {
				return err
			}
		}
	}
	return nil
}

func compare(x *file.Found, e *data.NewData) error {
	here := false
	for _, c := range x.Columns {
		here = here || c == e.Node.Name
	}
	if !here {
		if e.Node.Channel.Scalar() {
			return fmt.Errorf("data channel %s is not in the file", e.Node.Name)
		}
		return nil // a text file has no arrays, or not as columns
	}
	if e.First+e.Len() > x.Points {
		return fmt.Errorf("the file has %d points, the stream %d or more", x.Points, e.First+e.Len())
	}
	got, err := x.Values(e.Node.Name, e.First, e.Len())
	if err != nil {
		return err
	}
	want := e.Values
	for _, a := range e.Arrays {
		list, err := a.Floats()
		if err != nil {
			return err
		}
		want = append(want, list...)
	}
	if len(got) != len(want) {
		return fmt.Errorf("%s: %d values in the file, %d in the stream", e.Node.Name, len(got), len(want))
	}
	for i, v := range want {
		if !x.Equal(got[i], v) {
			return fmt.Errorf("point %d: %s is %.17g in the file and %.17g in the stream", e.First+i/(len(want)/e.Len()), e.Node.Name, got[i], v)
		}
	}
	return nil
}

func compareEnd(x *file.Found, e *data.EndScan, points int) error {
	want := string(e.Outcome)
	if e.Reason != "" {
		want += ": " + e.Reason
	}
	switch {
	case x.Points != points:
		return fmt.Errorf("the file has %d points, the stream %d", x.Points, points)
	case !x.Ended:
		return fmt.Errorf("the end of the scan is not in the file")
	case x.Reason != "" && x.Reason != want:
		return fmt.Errorf("the file says that it ended as %q, the stream as %q", x.Reason, want)
	}
	return nil
}
