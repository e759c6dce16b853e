package channel

import (
	"math"
	"testing"
)

func TestLaterComparesNumbersNotText(t *testing.T) {
	ordered := []string{"", "0-1", "5-1", "5-2", "5-10", "10-0", "1700000000000-0", "18446744073709551615-1"}
	for i, a := range ordered {
		for j, b := range ordered {
			if later(a, b) != (i > j) {
				t.Errorf("later(%q, %q) is %v", a, b, !(i > j))
			}
		}
	}
}

// Whatever is in the store reads as something, and what was read can be
// written and reads the same.
func FuzzValue(f *testing.F) {
	for _, s := range []string{"", "true", "NaN", "-Infinity", `"a"`, "[1,2", `{"a":null}`, "1e400", "\xff", `"\ud800"`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		v := newValue("1-1", raw)
		again, err := encode(v.any)
		if err != nil {
			t.Skip(err) // larger than a value may be
		}
		w := newValue("2-1", again)
		if !w.equal(again) || w.truth != v.truth || w.float != v.float && !math.IsNaN(v.float) {
			t.Errorf("%q: %v %v, written as %q: %v %v", raw, v.truth, v.float, again, w.truth, w.float)
		}
	})
}
