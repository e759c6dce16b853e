package commands

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestNumbersAsAScientistReadsThem(t *testing.T) {
	for x, want := range map[float64]string{0.1 + 0.2: "0.3", 5: "5", -0.22: "-0.22", 1e9: "1000000000", 1e-7: "1e-07", 59.84134206: "59.84134206"} {
		if got := formatNumber(x); got != want {
			t.Errorf("formatNumber(%v) = %s, want %s", x, got, want)
		}
	}
	for x, want := range map[float64]string{0: "0.0000", 23.9365: "23.9365", 1.2e-6: "1.2000e-06", -3e9: "-3.0000e+09", math.Inf(1): "+Inf"} {
		if got := string(appendOpen(nil, x, 20)); got != want {
			t.Errorf("appendOpen(%v) = %s, want %s", x, got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0:00:00", 8670 * time.Millisecond: "0:00:09", 3 * time.Hour: "3:00:00"} {
		if got := hms(d); got != want {
			t.Errorf("hms(%v) = %s, want %s", d, got, want)
		}
	}
}

func TestTableColumns(t *testing.T) {
	var b strings.Builder
	printTable(&b, [][]string{{"", "robx[mm]", "µ[mm]"}, {"user", "-1.5000", "!ERR"}, {"dial", "10.0000", "0.0000"}})
	want := "" +
		"        robx[mm]   µ[mm]\n" +
		"  user   -1.5000    !ERR\n" +
		"  dial   10.0000  0.0000\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
}

func TestShowValues(t *testing.T) {
	long := make([]float64, 100)
	for _, c := range []struct {
		values []any
		want   string
	}{
		{[]any{1}, "1"},
		{[]any{0.1 + 0.2}, "0.3"},
		{[]any{"abc"}, `"abc"`},
		{[]any{State("done")}, "done"},
		{[]any{nil}, "None"},
		{[]any{2, nil}, "2"},
		{[]any{map[string][]float64{"b": {1, 2}, "a": nil}}, "{a: []; b: [1 2]}"},
		{[]any{long}, "[0 0 0 0 0 0 0 0 0 0 ... 100 in all]"},
	} {
		if got := Show(c.values); got != c.want {
			t.Errorf("Show(%v) = %s, want %s", c.values, got, c.want)
		}
	}
}
