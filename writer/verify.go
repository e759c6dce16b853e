package writer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"blissh/data"
	"blissh/data/file"
	"blissh/data/store"
)

// ErrRunning is wrapped if all that is in a file is as in the stream, and the scan is
// not over yet.
var ErrRunning = errors.New("still running")

// Verify compares a scan in a file with the stream: every value of every data
// channel that the file has, and how many points there are. It returns nil if they
// are the same, store.ErrNotFound if the store has the scan no longer, else the
// first difference. Of a scan that runs, and of a beginning that was begun again, it
// compares what the file has.
func Verify(ctx context.Context, db *store.DB, session string, x *file.Found) error {
	if x.Broken != nil {
		return x.Broken
	}
	s, err := db.ScanByUID(ctx, session, x.UID)
	if err != nil {
		return err
	}
	running := s.Outcome == "" && !x.Ended
	r, err := db.Follow(ctx, session, store.FollowOptions{Scan: x.UID})
	if err != nil {
		return err
	}
	defer r.Close()
	points := 0
	for v := (verifying{x, running || x.Again != "", map[string]int{}}); ; {
		if v.partial && v.all(s) {
			return partly(x)
		}
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
			if err := v.compare(e); err != nil {
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
	if x.Broken != nil {
		return x.Broken
	}
	const n = 100
	for _, c := range x.Columns {
		for first := 0; first < x.Points; first += n {
			if _, err := x.Bytes(c, "", first, min(n, x.Points-first)); err != nil {
				return err
			}
		}
	}
	return nil
}

// partly says why only a part was compared; all of that was as in the stream.
func partly(x *file.Found) error {
	if x.Again != "" {
		return nil
	}
	return fmt.Errorf("%w, %d points so far, all as in the store", ErrRunning, x.Points)
}

// verifying is a scan in a file that is being compared.
type verifying struct {
	*file.Found
	partial bool           // the stream has, or will have, more
	seen    map[string]int // points of each data channel that were compared
}

// all reports whether all that the file has was compared.
func (v *verifying) all(s *data.Scan) bool {
	for _, c := range s.Channels {
		if v.seen[c.Name] < v.Points && slices.Contains(v.Columns, c.Name) {
			return false
		}
	}
	return true
}

func (v *verifying) compare(e *data.NewData) error {
	c := e.Node.Channel
	if !slices.Contains(v.Columns, c.Name) {
		if c.Scalar() {
			return fmt.Errorf("data channel %s is not in the file", c.Name)
		}
		return nil // a text file has no arrays, or not as columns
	}
	n := e.Len()
	if end := e.First + n; end > v.Points {
		if !v.partial {
			return fmt.Errorf("the file has %d points, the stream %d or more", v.Points, end)
		}
		n = max(v.Points-e.First, 0)
	}
	v.seen[c.Name] = e.First + n
	got, err := v.Bytes(c.Name, c.DType, e.First, n)
	if err != nil {
		return err
	}
	want := e.Bytes
	for _, a := range e.Arrays {
		want = append(want, a.Bytes...)
	}
	want = want[:n*c.PointSize()]
	if len(got) != len(want) {
		return fmt.Errorf("%s: %d bytes in the file, %d in the stream", c.Name, len(got), len(want))
	}
	if bytes.Equal(got, want) {
		return nil
	}
	size := data.ItemSize(c.DType)
	for i := 0; i < len(want); i += size {
		if !v.Equal(c.DType, got[i:i+size], want[i:i+size]) {
			return fmt.Errorf("point %d: %s is %s in the file and %s in the stream", e.First+i/c.PointSize(), c.Name, data.Text(c.DType, got[i:]), data.Text(c.DType, want[i:]))
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
