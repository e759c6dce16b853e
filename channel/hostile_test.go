package channel_test

import (
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/redis/go-redis/v9"

	"blissh/channel"
)

// complaints collects what a bus reports.
type complaints struct {
	mu   sync.Mutex
	text string
}

func (c *complaints) add(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.text += err.Error() + "\n"
}

func (c *complaints) have(words string) func() bool {
	return func() bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		return strings.Contains(c.text, words)
	}
}

// A value that nobody could have set by Set takes no memory, and costs the other
// shared channels nothing.
func TestAHugeValueIsNotRead(t *testing.T) {
	s := startRedis(t)
	bus := connect(t, s)
	var said complaints
	bus.Report(said.add)
	victim, err := bus.Open(t.Context(), "victim", channel.Options{Initial: 1})
	if err != nil {
		t.Fatal(err)
	}
	other, err := bus.Open(t.Context(), "other", channel.Options{Initial: 1})
	if err != nil {
		t.Fatal(err)
	}
	raw := plain(t, s)
	huge := `"` + strings.Repeat("x", 100<<20) + `"`
	var before, after runtime.MemStats
	set := func(name, value string) {
		if err := raw.XAdd(t.Context(), &redis.XAddArgs{Stream: "blissh:channel:{" + name + "}", MaxLen: 1, Values: []any{"v", value}}).Err(); err != nil {
			t.Fatal(err)
		}
	}
	set("victim", huge)
	runtime.ReadMemStats(&before)
	eventually(t, "the huge value to be named", said.have("blissh:channel:{victim} in the store is not read: "))
	set("other", "2")
	eventually(t, "the other shared channel to be heard", func() bool { return other.Float() == 2 })
	if _, err := connect(t, s).Open(t.Context(), "victim", channel.Options{}); err == nil || !strings.Contains(err.Error(), "larger than it can be") {
		t.Errorf("opening it: %v", err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n > 50<<20 {
		t.Errorf("%d MB were allocated", n>>20)
	}
	if victim.Float() != 1 {
		t.Errorf("the value is %v", victim.Value())
	}
	if err := victim.Set(3); err != nil || victim.Float() != 3 {
		t.Errorf("setting it: %v", err)
	}
}

func TestValuesThatAreNoneAreNotBelieved(t *testing.T) {
	onBoth(t, func(t *testing.T, s server) {
		bus := connect(t, s)
		c, err := bus.Open(t.Context(), "c", channel.Options{Initial: 1})
		if err != nil {
			t.Fatal(err)
		}
		raw := plain(t, s)
		for _, fields := range [][]any{
			{"v", strings.Repeat("[", 900_000)}, {"v", "\xff\xfe\x00"}, {"v", ""}, {"other", "x"}, {"v", `{"a":1e999}`}, {"v", strings.Repeat(`{"a":`, 9000) + "1" + strings.Repeat("}", 9000)},
		} {
			last := c.Revision()
			if err := raw.XAdd(t.Context(), &redis.XAddArgs{Stream: "blissh:channel:{c}", MaxLen: 1, Values: fields}).Err(); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the entry to be read", func() bool { return c.Revision() != last })
			if c.Bool() {
				t.Errorf("%.20q is true", fields)
			}
		}
		if err := c.Set(true); err != nil || !c.Bool() {
			t.Errorf("afterwards: %v", err)
		}
	})
}

func TestNamesOfSharedChannelsCannotBreakOutOfAKey(t *testing.T) {
	s := startEmbedded(t)
	bus := connect(t, s)
	for _, name := range []string{"", "a b", "a}", "{a", "a:b", "a\n", "a\x00", "é", "*", strings.Repeat("x", 65)} {
		if _, err := bus.Open(t.Context(), name, channel.Options{Initial: 1}); err == nil {
			t.Errorf("shared channel %q", name)
		}
		if _, err := bus.Open(t.Context(), "c", channel.Options{Initial: 1, Session: name + "}"}); err == nil {
			t.Errorf("shared channel of session %q", name)
		}
		if _, err := bus.Events(t.Context(), name); err == nil {
			t.Errorf("event channel %q", name)
		}
	}
	if keys := plain(t, s).Keys(t.Context(), "*").Val(); len(keys) > 0 {
		t.Errorf("keys were written: %q", keys)
	}
}
