package store

import (
	"testing"

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
