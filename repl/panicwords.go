package repl

import (
	"fmt"
	"reflect"
	"regexp"
	"strings"
	"unicode"
)

// plainPanic says in one line what a panic value means to the user.
func plainPanic(v any) string {
	own := false // the user's own words stay as they are
	if r, ok := v.(reflect.Value); ok {
		v, own = panicValue(r), true
	}
	text := panicText(v)
	if hook, ok := strings.CutPrefix(text, "method not found: "); ok {
		if hookMethods()[hook] != "" {
			return "a hook is expected: the value has no method " + hook
		}
		return "the value does not fit: it has no method " + hook
	}
	for _, w := range panicWords {
		if !own && w.from.MatchString(text) {
			text = w.from.ReplaceAllString(text, w.to)
			break
		}
	}
	if text == "" {
		return "panic with an empty text"
	}
	return oneLine(text)
}

// panicValue is what interpreted code has panicked with: the interpreter hands it
// over as it holds it.
func panicValue(v any) any {
	for {
		r, ok := v.(reflect.Value)
		if !ok {
			return v
		}
		if !r.IsValid() || !r.CanInterface() {
			return nil
		}
		v = r.Interface()
	}
}

// panicText is what a value prints. Its methods are interpreted code, which may
// panic in turn.
func panicText(v any) (text string) {
	defer func() {
		if r := recover(); r != nil {
			text = fmt.Sprintf("panic with a value that cannot be printed (%v)", printable([]any{r})[0])
		}
	}()
	if err, ok := v.(error); ok {
		return innerPlace.ReplaceAllString(err.Error(), "")
	}
	if s, ok := v.(fmt.Stringer); ok {
		return s.String()
	}
	if v == nil {
		return "panic with nil"
	}
	switch reflect.TypeOf(v).Kind() {
	case reflect.Func:
		return "panic with a function"
	case reflect.Chan:
		return "panic with a channel"
	}
	text = address.ReplaceAllString(fmt.Sprintf("%+v", printable([]any{v})[0]), "(pointer)")
	return hiddenField.ReplaceAllString(text, "$1")
}

var address = rx(`\b0x[0-9a-f]{6,}\b`)

// hiddenField is a field of an interpreted struct whose name begins with a small
// letter.
var hiddenField = rx(`\bX([a-z_]\w*:)`)

// panicWords reword what the runtime and the interpreter say.
var panicWords = []struct {
	from *regexp.Regexp
	to   string
}{
	{rx(`^call of reflect\.Value\.\w+ on (?:zero|nil) .*$|^reflect: call of reflect\.Value\.\w+ on zero Value$`), "nil pointer dereference"},
	{rx(`^(?:reflect: )?call of reflect\.Value\.Call on .*$`), "this is not a function"},
	{rx(`^(?:runtime error: )?invalid memory address or nil pointer dereference$`), "nil pointer dereference"},
	{rx(`^reflect: call of nil function$|^reflect\.Value\.Call: call of nil function$`), "call of a nil function"},
	{rx(`^(?:reflect: )?reflect\.Value\.SetMapIndex.*$`), "assignment to entry in nil map"},
	{rx(`^(?:reflect: )?call of reflect\.Value\.Set\w* on (.*) Value$`), "this can hold $1 only"},
	{rx(`^reflect\.Value\.(?:Set|Addr)\w* (?:using|of) unaddressable value$|^reflect: reflect\.Value\.Set\w* using unaddressable value$`), "this cannot be assigned to"},
	{rx(`^(?:reflect: )?Method on nil interface value$`), "nil pointer dereference"},
	{rx(`^(?:reflect: )?call of (?:reflect\.)?Swapper on (.*) Value$`), "a slice is expected, not $1"},
	{rx(`^(?:reflect: )?reflect\.MakeSlice: len > cap$`), "make: the length is larger than the capacity"},
	{rx(`^interface conversion: interface \{\} is`), "interface conversion: any is"},
	{rx(`^interface conversion: \*?struct \{.*\} is not`), "interface conversion: the struct is not"},
	{rx(`^reflect\.Make(?:Slice|Chan): (.*)$`), "make: $1"},
	{rx(`^(?:reflect: )?reflect\.Value\.\w+: (.*)$`), "$1"},
	{rx(`^runtime: allocation size out of range$|^(?:runtime error: )?makeslice: (?:len|cap) out of range$`), "make: the size is out of range"},
	{rx(`^(?:runtime error: |reflect: )(.*)$`), "$1"},
}

const longestMessage = 400 // bytes

// oneLine keeps a text from spoiling the screen.
func oneLine(text string) string {
	text = strings.Join(strings.FieldsFunc(text, func(c rune) bool { return c == '\n' || c == '\r' }), "; ")
	text = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(text, "?"))
	text = strings.TrimSpace(text)
	if len(text) > longestMessage {
		text = strings.ToValidUTF8(text[:longestMessage], "") + " ..."
	}
	return text
}
