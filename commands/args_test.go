package commands

import (
	"math"
	"testing"
	"time"
)

// message runs f and returns what it panics with, as a user sees it.
func message(t *testing.T, f func()) (text string) {
	t.Helper()
	defer func() {
		switch r := recover().(type) {
		case nil:
		case *Error:
			text = r.Error()
		default:
			t.Fatalf("panic with %v, not with an *Error", r)
		}
	}()
	f()
	return ""
}

var testCommand = Command{Name: "test", Usage: "test(axis, start)"}

func TestArgumentMessages(t *testing.T) {
	for want, f := range map[string]func(){
		`test: argument 1 (axis): an axis expected, got nothing; usage: test(axis, start)`: func() { parse(testCommand, nil).axis(0, "axis") },
		`test: argument 1 (axis): an axis expected, got "robz"; usage: test(axis, start)`:  func() { parse(testCommand, []any{"robz"}).axis(0, "axis") },
		`test: argument 2 (start): a number in mm expected, got "abc"; usage: test(axis, start)`: func() {
			parse(testCommand, []any{1, "abc"}).number(1, "start", "mm")
		},
		`test: argument 1 (start): a number expected, got NaN; usage: test(axis, start)`: func() { parse(testCommand, []any{math.NaN()}).number(0, "start", "") },
		`test: argument 1 (intervals): a whole number of at least 1 expected, got 0; usage: test(axis, start)`: func() {
			parse(testCommand, []any{0}).positive(0, "intervals")
		},
		`test: argument 1 (intervals): a whole number of at least 1 expected, got 2.5; usage: test(axis, start)`: func() {
			parse(testCommand, []any{2.5}).positive(0, "intervals")
		},
		`test: argument 1 (count_time): a time in s, from 0 to a year, expected, got -1; usage: test(axis, start)`: func() {
			parse(testCommand, []any{-1}).seconds(0, "count_time")
		},
		`test: no option svae; did you mean save?; options: save, run`: func() { parse(testCommand, []any{Option{"svae", true}}, "save", "run") },
		`test: option save is given twice`:                             func() { parse(testCommand, []any{Option{"save", true}, Option{"save", false}}, "save") },
		`test: option save: True or False expected, got "no"`: func() {
			parse(testCommand, []any{Option{"save", "no"}}, "save").boolOption("save", true)
		},
		`test: argument 3, 3, is one too many; usage: test(axis, start)`: func() { parse(testCommand, []any{1, 2, 3}).most(2) },
	} {
		if got := message(t, f); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestNumbersOfAnyKind(t *testing.T) {
	type length float64
	for _, v := range []any{3, int8(3), uint16(3), float32(3), 3.0, length(3)} {
		if got := parse(testCommand, []any{v}).number(0, "x", ""); got != 3 {
			t.Errorf("%T: %v", v, got)
		}
	}
	if d, ok := toSeconds(.001); !ok || d != time.Millisecond {
		t.Errorf("toSeconds(.001) = %v, %v", d, ok)
	}
	if d, ok := toSeconds(2 * time.Second); !ok || d != 2*time.Second {
		t.Errorf("toSeconds(2 s) = %v, %v", d, ok)
	}
}

func TestEveryCommandIsDocumented(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range Table() {
		if c.Group == "" || c.Usage == "" || c.Help == "" || c.Example == "" || c.Func == nil {
			t.Errorf("%s: a field of its line in the table is empty", c.Name)
		}
		if seen[c.Name] {
			t.Errorf("%s is in the table twice", c.Name)
		}
		seen[c.Name] = true
	}
}
