package commands

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strings"
	"time"

	"blissh/device"
)

// Option is a keyword argument: save=False, or save(false) in Go spelling.
type Option struct {
	Name  string
	Value any
}

// Keyword makes an Option; the prompt calls it for name=value.
func Keyword(name string, value any) any { return Option{name, value} }

// arguments are those of one call: positions in order, options by name.
type arguments struct {
	sh      *Shell
	command Command
	list    []any
	options map[string]any
	notes   []string // for the user, on what was made of the arguments
}

// parse reads the arguments of a command of the table.
// Without names of options it takes those of the table.
func (sh *Shell) parse(command string, args []any, known ...string) *arguments {
	sh.notOptions(command, args)
	a := parse(sh.table[command], args, known...)
	a.sh = sh
	return a
}

// notOptions refuses robz=3 where mv(robz, 3) is meant.
func (sh *Shell) notOptions(command string, args []any) {
	for _, v := range args {
		o, ok := v.(Option)
		if !ok || !slices.ContainsFunc(sh.Session.Axes(), func(x *device.MotorAxis) bool { return x.Name() == o.Name }) {
			continue
		}
		failf(command, "%s=%s: an axis is no option; write %s, %s", o.Name, show(o.Value), o.Name, show(o.Value))
	}
}

// parse separates the options from the positional arguments of a call and
// refuses options that the command does not know or that come twice. Those that
// it knows are the ones of its line in the table, unless they are given.
func parse(c Command, args []any, known ...string) *arguments {
	if len(known) == 0 {
		known = c.Options
	}
	a := &arguments{command: c, options: map[string]any{}}
	for _, v := range args {
		o, ok := v.(Option)
		if !ok {
			a.list = append(a.list, v)
			continue
		}
		if !contains(known, o.Name) {
			failf(c.Name, "no option %s%s; options: %s", o.Name, suggestion(o.Name, known), orNone(known))
		}
		if _, twice := a.options[o.Name]; twice {
			failf(c.Name, "option %s is given twice", o.Name)
		}
		a.options[o.Name] = o.Value
	}
	return a
}

// wrong ends the command: argument i is not what was expected.
func (a *arguments) wrong(i int, name, expected string) {
	got := "nothing"
	if i < len(a.list) {
		got = describe(a.list[i])
	}
	failf(a.command.Name, "argument %d (%s): %s expected, got %s; usage: %s", i+1, name, expected, got, a.command.Usage)
}

// most refuses arguments after the first n.
func (a *arguments) most(n int) {
	if len(a.list) > n {
		failf(a.command.Name, "argument %d, %s, is one too many; usage: %s", n+1, describe(a.list[n]), a.command.Usage)
	}
}

func (a *arguments) axis(i int, name string) *Axis {
	if i < len(a.list) {
		if x, ok := a.list[i].(*Axis); ok && x != nil {
			return x
		}
	}
	a.wrong(i, name, "an axis")
	return nil
}

// number is a finite number; unit is named in the message, "" for none.
func (a *arguments) number(i int, name, unit string) float64 {
	expected := "a number"
	if unit != "" {
		expected += " in " + unit
	}
	if i < len(a.list) {
		if f, ok := toFloat(a.list[i]); ok && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
	}
	a.wrong(i, name, expected)
	return 0
}

// positive is a whole number of at least 1.
func (a *arguments) positive(i int, name string) int {
	if i < len(a.list) {
		if f, ok := toFloat(a.list[i]); ok && f == math.Trunc(f) && f >= 1 && f <= math.MaxInt32 {
			return int(f)
		}
	}
	expected := "a whole number of at least 1"
	if i < len(a.list) {
		if f, ok := toFloat(a.list[i]); ok && f > math.MaxInt32 {
			expected = fmt.Sprintf("a whole number of at most %d", math.MaxInt32)
		}
	}
	a.wrong(i, name, expected)
	return 0
}

// seconds is a time of at least 0.
func (a *arguments) seconds(i int, name string) time.Duration {
	if i < len(a.list) {
		if d, ok := toSeconds(a.list[i]); ok {
			return d
		}
	}
	a.wrong(i, name, "a time in s, from 0 to a year,")
	return 0
}

func (a *arguments) boolOption(name string, otherwise bool) bool {
	v, given := a.options[name]
	if !given {
		return otherwise
	}
	b, ok := v.(bool)
	if !ok {
		failf(a.command.Name, "option %s: True or False expected, got %s", name, describe(v))
	}
	return b
}

func (a *arguments) secondsOption(name string) time.Duration {
	v, given := a.options[name]
	if !given || v == nil {
		return 0
	}
	d, ok := toSeconds(v)
	if !ok {
		failf(a.command.Name, "option %s: a time in s, from 0 to a year, expected, got %s", name, describe(v))
	}
	return d
}

// wholeOption is a whole number that is not negative.
func (a *arguments) wholeOption(name string) int {
	v, given := a.options[name]
	if !given || v == nil {
		return 0
	}
	f, ok := toFloat(v)
	if !ok || f != math.Trunc(f) || f < 0 || f > math.MaxInt32 {
		failf(a.command.Name, "option %s: a whole number of at least 0 expected, got %s", name, describe(v))
	}
	return int(f)
}

// mapOption is a map with names as keys.
func (a *arguments) mapOption(name string) map[string]any {
	v, given := a.options[name]
	if !given || v == nil {
		return nil
	}
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Map || r.Type().Key().Kind() != reflect.String {
		failf(a.command.Name, "option %s: a map such as map[string]any{\"sample\": \"gold\"} expected, got %s", name, describe(v))
	}
	m := map[string]any{}
	for _, k := range r.MapKeys() {
		m[k.String()] = r.MapIndex(k).Interface()
	}
	return m
}

func (a *arguments) stringOption(name string) string {
	v, given := a.options[name]
	if !given || v == nil {
		return ""
	}
	s, ok := v.(string)
	if !ok {
		failf(a.command.Name, "option %s: a text expected, got %s", name, describe(v))
	}
	return s
}

// toFloat converts any kind of number, those of interpreted code included.
func toFloat(v any) (float64, bool) {
	r := reflect.ValueOf(v)
	if _, ok := v.(time.Duration); ok {
		return 0, false
	}
	switch {
	case !r.IsValid():
		return 0, false
	case r.CanFloat():
		return r.Float(), true
	case r.CanInt():
		return float64(r.Int()), true
	case r.CanUint():
		return float64(r.Uint()), true
	}
	return 0, false
}

// toSeconds converts a number of seconds or a time.Duration; not negative, and
// at most a year, which catches most slips of the finger.
func toSeconds(v any) (time.Duration, bool) {
	const year = 365 * 24 * time.Hour
	if d, ok := v.(time.Duration); ok {
		return d, d >= 0 && d <= year
	}
	f, ok := toFloat(v)
	if !ok || !(f >= 0 && f <= year.Seconds()) {
		return 0, false
	}
	return time.Duration(math.Round(f * 1e9)), true
}

// describe names a value in a message, in the user's words.
func describe(v any) string {
	switch x := v.(type) {
	case nil:
		return "nothing (None)"
	case string:
		return fmt.Sprintf("%q", x)
	case *Axis:
		return "the axis " + x.Name()
	case *Counter:
		return "the counter " + x.Name()
	case *MeasurementGroup:
		return "the measurement group " + x.Name()
	case *AxisGroup:
		return "a group of axes"
	case *Scan:
		return "a scan"
	case time.Duration:
		return x.String()
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Func:
		return "a function"
	case reflect.Slice, reflect.Array, reflect.Map:
		return "a list or map"
	case reflect.Pointer, reflect.Struct, reflect.Interface:
		return "a value of another kind"
	}
	return fmt.Sprint(v)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

func orNone(list []string) string {
	if len(list) == 0 {
		return "none"
	}
	return strings.Join(list, ", ")
}
