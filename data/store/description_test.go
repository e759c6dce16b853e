package store

import (
	"reflect"
	"testing"
	"time"

	"blissh/data"
)

// TestTheDescriptionComesBack: what the hash says of a scan is all there again,
// also what is text that is no JSON.
func TestTheDescriptionComesBack(t *testing.T) {
	onEachStore(t, func(b *bench) {
		want := b.describe(12, robz())
		want.Type, want.Relative = "dscan", "dscan robz -1 1 10 0.1"
		p, err := b.db.Publish(b.Context(), want, PublishOptions{})
		if err != nil {
			b.Fatal(err)
		}
		r := &run{b: b, p: p, scan: want}
		r.must(&data.NewNode{Node: data.ScanNode(want)})
		got, err := b.db.ScanByUID(b.Context(), want.Session, want.UID)
		if err != nil {
			b.Fatal(err)
		}
		if got.Type != want.Type || got.Relative != want.Relative || got.Title != want.Title {
			b.Errorf("type %q, relative %q, title %q", got.Type, got.Relative, got.Title)
		}
	})
}

// TestAMeshOffItsGridIsNone: neither the hash nor the events of a reader claim a
// grid once the scan has left it, and both tell what was planned.
func TestAMeshOffItsGridIsNone(t *testing.T) {
	onEachStore(t, func(b *bench) {
		s := b.describe(1, robz())
		s.Planned, s.Shape, s.BackNForth, s.CountTime = 6, []int{3, 2}, true, time.Millisecond
		s.Ranges = []data.Range{{Axis: "robz", Start: 0, Stop: 1, Low: 0, High: 1}, {Axis: "roby", Start: 0, Stop: 2, Low: 0, High: 2}}
		plan := &data.Plan{Planned: 6, CountTime: 0.001, Ranges: s.Ranges, Shape: s.Shape, BackNForth: true}
		p, err := b.db.Publish(b.Context(), s, PublishOptions{})
		if err != nil {
			b.Fatal(err)
		}
		r := &run{b: b, p: p, scan: s}
		r.must(&data.NewNode{Node: data.ScanNode(s)})
		reader := b.follow(FollowOptions{})
		turn := func(w *data.Way) *data.Scan {
			d := *r.scan
			d.Turn(r.n, w)
			r.scan = &d
			r.must(&data.Steering{Node: data.ScanNode(&d), Points: r.n, What: "applied", Way: w})
			list := b.until(reader, func(e data.Event) bool { s, ok := e.(*data.Steering); return ok && s.Way.Planned == w.Planned })
			return list[len(list)-1].(*data.Steering).Node.Scan
		}
		r.take(1)
		seen := turn(&data.Way{Planned: 6, CountTime: 0.002, Grid: true})
		if !reflect.DeepEqual(seen.Shape, []int{3, 2}) || !seen.BackNForth {
			b.Errorf("on its grid: %+v", seen)
		}
		r.take(1)
		seen = turn(&data.Way{Planned: 7, CountTime: 0.002, Path: []data.Segment{{From: 2, Points: 5, Start: []float64{0, 0}, Stop: []float64{1, 0}}}})
		hash, err := b.db.ScanByUID(b.Context(), s.Session, s.UID)
		if err != nil {
			b.Fatal(err)
		}
		for what, d := range map[string]*data.Scan{"event": seen, "hash": hash} {
			if len(d.Shape) > 0 || d.BackNForth || d.Planned != 7 || !reflect.DeepEqual(d.Plan, plan) {
				b.Errorf("%s: shape %v, %v, %d planned, before %+v", what, d.Shape, d.BackNForth, d.Planned, d.Plan)
			}
		}
		r.finish()
	})
}
