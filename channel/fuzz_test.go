package channel

import (
	"context"
	"testing"

	"github.com/redis/go-redis/v9"
)

// FuzzEntries gives whatever a store may hold to a shared channel and an event
// channel; what a value is read as, it can be set to.
func FuzzEntries(f *testing.F) {
	for _, s := range []string{"true", "1", `"True"`, "NaN", "-Infinity", "[1,null]", `{"a":{"b":[]}}`, "1e999", "\xff", "[[[[", ""} {
		f.Add("1-1", s, "v", "2-0")
	}
	f.Add("18446744073709551616-9", "1", "x", "")
	f.Fuzz(func(t *testing.T, id, raw, field, second string) {
		b := &Bus{ctx: context.Background()}
		c := &Channel{bus: b}
		c.now.Store(none())
		entries := []redis.XMessage{{ID: id, Values: map[string]any{field: raw}}, {ID: second, Values: map[string]any{"v": raw}}}
		_, take := c.follow()
		take(entries)
		e := &EventChannel{bus: b, boxes: map[*mailbox]struct{}{}, last: "0-0"}
		e.take(entries)
		v := newValue(id, raw)
		c.Bool()
		c.Float()
		if text, err := encode(v.any); err == nil && !newValue("", text).equal(text) {
			t.Errorf("%q is encoded as %q", raw, text)
		}
		later(id, second)
	})
}
