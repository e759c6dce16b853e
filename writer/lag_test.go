package writer

import (
	"testing"
	"time"

	"blissh/data"
	"blissh/data/file"
)

func TestWhoIsLateHurries(t *testing.T) {
	s := &data.Scan{Channels: []data.Channel{{Name: "x"}, {Name: data.Epoch, DType: "<f8"}}}
	start := time.Unix(1795860000, 0)
	l := newLag(s, "other")
	const otherClock = 5 * time.Second
	for i, c := range []struct {
		late time.Duration
		want bool
	}{
		{30 * time.Millisecond, false}, {10 * time.Millisecond, false}, {900 * time.Millisecond, false}, {1200 * time.Millisecond, true},
		{500 * time.Millisecond, true}, {50 * time.Millisecond, false}, {500 * time.Millisecond, false},
	} {
		at := start.Add(time.Duration(i) * time.Second)
		b := &file.Block{N: 1, Columns: []file.Column{{Bytes: make([]byte, 8)}, {Bytes: data.Append(nil, "<f8", float64(at.UnixMicro())/1e6)}}}
		if got := l.see(b, at.Add(c.late+otherClock)); got != c.want {
			t.Errorf("point %d, %v late: hurries %v", i, c.late, got)
		}
	}
	s.Outcome = data.Done
	if l := newLag(s, "other"); l.see(&file.Block{Columns: []file.Column{{}, {Bytes: make([]byte, 8)}}}, start) {
		t.Error("a scan that has ended is not late")
	}
}

// TestWhoBeginsLateHurries: on the scan's own host the first point tells how late it
// is, and a clock that was set does not make later ones late.
func TestWhoBeginsLateHurries(t *testing.T) {
	s := &data.Scan{Host: "h", Channels: []data.Channel{{Name: data.Epoch, DType: "<f8"}}}
	l, at := newLag(s, "h"), time.Unix(1795860000, 0)
	b := &file.Block{N: 1, Columns: []file.Column{{Bytes: data.Append(nil, "<f8", float64(at.Unix()))}}}
	for i, c := range []struct {
		late time.Duration
		want bool
	}{{10 * time.Minute, true}, {50 * time.Millisecond, false}, {-time.Hour, false}, {50 * time.Millisecond, false}, {500 * time.Millisecond, false}} {
		if got := l.see(b, at.Add(c.late)); got != c.want {
			t.Errorf("point %d, %v late: hurries %v", i, c.late, got)
		}
	}
}
