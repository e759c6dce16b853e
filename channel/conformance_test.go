package channel_test

import (
	"testing"

	"blissh/channel"
	"blissh/internal/redisconn"
	"blissh/internal/redistest"
)

// at is a store that stays where it is.
type at struct{ url string }

func (a at) URL() string { return a.url }
func (at) Stop()         {}
func (at) Restart()      {}

// TestConformance runs what programs rely on, on every kind of store.
func TestConformance(t *testing.T) {
	redistest.Each(t, func(t *testing.T, address string) {
		s := at{address}
		one, two := connect(t, s), connect(t, s)
		a := open(t, one, "stop", channel.Options{Initial: false})
		var seen collector
		events(t, two, "e").Watch(seen.take)
		b := open(t, two, "stop", channel.Options{Default: true}) // a late joiner: a default never overwrites
		if b.Bool() {
			t.Error("the late joiner does not read the value")
		}
		if err := a.Set(true); err != nil {
			t.Fatal(err)
		}
		wait(t, b, true)
		if err := b.Set("by the other"); err != nil {
			t.Fatal(err)
		}
		wait(t, a, "by the other")

		raw := plain(t, s)
		key := "blissh:channel:{stop}"
		if err := raw.Do(t.Context(), "XADD", key, "MAXLEN", "1", "*", "v", `"from the command line"`).Err(); err != nil {
			t.Fatal(err)
		}
		wait(t, a, "from the command line")
		list, err := raw.XRevRangeN(t.Context(), key, "+", "-", 1).Result()
		if err != nil || len(list) != 1 || list[0].Values["v"] != `"from the command line"` {
			t.Errorf("read from the command line: %v, %v", list, err)
		}
		if err := events(t, one, "e").Post("x"); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the event of "+redisconn.Redact(address), seen.has("x"))
	})
}
