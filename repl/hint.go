package repl

import (
	"go/token"
	"reflect"
	"slices"
	"strings"

	"blissh/repl/dialect"
	"blissh/repl/symbols"
)

// Hint is that of Assist. It may be called while something runs.
func (in *Interp) Hint(text string, cursor int) (line string) {
	defer func() {
		if recover() != nil { // nobody loses a session for a hint
			line = ""
		}
	}()
	return in.hint(text, cursor)
}

func (in *Interp) hint(text string, cursor int) string {
	p := dialect.At(text, cursor, env{in}.Command)
	for _, c := range p.Calls {
		usage := in.usage(c.Func)
		switch {
		case usage == "" || slices.Contains(p.Locals, c.Func):
		case c.Keyword != "":
			return usage + in.optionHint(c)
		default:
			return marked(usage, c.Index)
		}
	}
	if p.In == dialect.Code && !p.Member && (env{in}).Command(p.Word) {
		return in.usage(p.Word)
	}
	return ""
}

// optionHint says what the option at the cursor means.
func (in *Interp) optionHint(c dialect.Call) string {
	for _, o := range in.o.Guide.options(c.Func) {
		if o.Text == c.Keyword {
			return "  «" + o.Text + "=» " + o.Description
		}
	}
	return ""
}

// usage tells how something is called, given as it is typed; "" when that is
// not known.
func (in *Interp) usage(f string) string {
	if dot := strings.LastIndexByte(f, '.'); dot >= 0 {
		return in.methodUsage(f, f[:dot], f[dot+1:])
	}
	if !token.IsIdentifier(f) {
		return ""
	}
	in.mu.Lock()
	own, given := in.about[f], in.names[f]
	user, predeclared := in.user[f], in.predeclared(f)
	in.mu.Unlock()
	switch {
	case user && own.Kind == "function":
		return own.Text
	case user && own.Type != nil && own.Type.Kind() == reflect.Func:
		return f + signatureText(own.Type)
	case user:
		return ""
	case predeclared && in.o.Guide.usage(f) != "":
		return in.o.Guide.usage(f)
	case predeclared && given.Kind() == reflect.Func:
		return f + signatureText(given.Type())
	}
	if b := builtins()[f]; strings.Contains(b, "(") {
		return b
	}
	return ""
}

// methodUsage is the usage of object.name, or of a function of a package, which
// are f as typed.
func (in *Interp) methodUsage(f, object, name string) string {
	t := in.typeOf(object, nil)
	if t == nil {
		return in.packageUsage(f, object, name)
	}
	m, ok := dialect.Find(t, name)
	if !ok || m.Type.Kind() != reflect.Func {
		return ""
	}
	if signature, _ := in.o.Guide.member(t, m.Name); strings.HasPrefix(signature, m.Name+"(") {
		return f + signature[len(m.Name):]
	}
	return f + signatureText(m.Type)
}

func (in *Interp) packageUsage(f, object, name string) string {
	path, ok := symbols.Named(object)
	if !ok || (env{in}).Known(object) {
		return ""
	}
	if v := in.engine().table(path)[name]; v.IsValid() && v.Kind() == reflect.Func {
		return f + signatureText(v.Type())
	}
	return ""
}
