package repl

import (
	"go/types"
	"regexp"
	"slices"
	"strings"

	"blissh/internal/nearest"
	"blissh/repl/symbols"
)

// typeWords puts a message of package go/types into the user's words and into
// one line.
func (in *Interp) typeWords(u *unit, msg string) string {
	if m := undefinedInPackage.FindStringSubmatch(msg); m != nil {
		return in.noSuchName(m[1], m[2])
	}
	if m := unexported.FindStringSubmatch(msg); m != nil {
		return in.noSuchName(m[2], m[1])
	}
	for _, w := range wordings {
		msg = w.from.ReplaceAllString(msg, w.to)
	}
	msg = ownTypes.ReplaceAllStringFunc(msg, plainType)
	if m := callee.FindStringSubmatch(msg); m != nil && !strings.Contains(u.input, m[1]) {
		msg = strings.Replace(msg, m[0], "", 1) // a setter that the dialect has put there
	}
	msg, _, _ = strings.Cut(msg, "\n")
	return msg
}

var (
	undefinedInPackage = regexp.MustCompile(`^undefined: (\w+)\.(\w+)$`)
	unexported         = regexp.MustCompile(`^name (\w+) not exported by package (\w+)$`)
	callee             = regexp.MustCompile(` in argument to (\w+(?:\.\w+)+)`)
	ownTypes           = regexp.MustCompile(`\*?\b[a-z]\w*\.[A-Z]\w*`)
)

// wordings shorten what the checker says about operands, and reword what only
// means something to who knows the language's specification.
var wordings = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`(?s)^use of untyped nil in (?:assignment|variable declaration).*`), "nil alone has no type: declare the variable first, for example var x any"},
	{regexp.MustCompile(`(?s)^cannot use (.*?)(?: \([^()]*\))? as \S*\bWatchdogCallback value.*`), "a hook is expected, such as StopAlignmentHook(), not $1"},
	{regexp.MustCompile(`(?s)^(\S+) redeclared in this block.*`), "$1 is declared twice"},
	{regexp.MustCompile(`(?s)^initialization cycle(?: or refers to itself)?: (\w+) refers to itself.*`), "$1 is defined by itself"},
	{regexp.MustCompile(`(?s)^initialization cycle for (\w+).*`), "$1 is defined by itself"},
	{regexp.MustCompile(`(?s)^invalid recursive type:? (\w+).*`), "type $1 contains itself without end; a pointer *$1, a slice or a map may be inside"},
	{regexp.MustCompile(`^(\S+) \(type\) is not an expression`), "$1 is a type, not a value"},
	{regexp.MustCompile(`^use of package (\w+) without selector$`), "$1 is a package: write $1.Name"},
	{regexp.MustCompile(`^use of package (\w+) not in selector$`), "$1 is a package: write $1.Name"},
	{regexp.MustCompile(`\n\thave (\([^\n]*\))\n\twant (\([^\n]*\))`), ": have $1, want $2"},
	{regexp.MustCompile(`^(\w+)\.(\w+) undefined \(type \S+ has no field or method \w+, but does have (?:field|method) (\w+)\)$`), "$1 has no $2; did you mean $3?"},
	{regexp.MustCompile(`^(\S+)\.(\w+) undefined \((?:type \S+ has no field or method \w+|[^()]*)\)$`), "$1 has no $2"},
	{regexp.MustCompile(`^cannot use (.*?)(?: \(untyped [^()]*\))? as (\w+) value in .* \(overflows\)$`), "$1 overflows $2"},
	{regexp.MustCompile(`^cannot use (.*?)(?: \(untyped [^()]*\))? as (\w+) value in .* \(truncated\)$`), "$1 is not a whole number, as $2 is"},
	{regexp.MustCompile(`^cannot range over (.*?)(?: \(.*\))?: requires go1.23.*`), "cannot range over the function $1: the interpreter knows Go 1.20"},
	{regexp.MustCompile(`^multiple-value (.*) \(.*\) in single-value context$`), "$1 returns several values; one is expected here"},
	{regexp.MustCompile(` \(neither addressable nor a map index expression\)`), ""},
	{regexp.MustCompile(` \([^()]*_\.go:[^()]*\)`), ""},
	{regexp.MustCompile(`^label (\w+) declared and not used$`), "$1: is a label, which nothing uses"},
	{regexp.MustCompile(`^in call to __show, cannot infer .*`), "a generic function alone is no value: its types follow in brackets, f[float64]"},
	{regexp.MustCompile(`^(\S+)\.(\w+) undefined \(type .* has no field or method \w+\)$`), "$1 has no $2"},
	{regexp.MustCompile(`^(?:cannot use )?(\S+)(?: \(untyped float constant\))? truncated to (\w+)$`), "$1 is not a whole number, as $2 is"},
	{regexp.MustCompile(` in argument to __show`), ""},
	{regexp.MustCompile(`^invalid operation: cannot call (?:non-function )?(.*?)(?: \([^()]*(?:\([^()]*\)[^()]*)?\))?(?:: .*)?$`), "$1 is not a function"},
	{regexp.MustCompile(` \(untyped (?:int|float|string|rune|bool|complex) constant(?: [^()]*)?\)`), ""},
	{regexp.MustCompile(` \((?:variable|value|constant [^()]*|constant|comma, ok expression|map index expression) of (?:(?:struct|interface|slice|map|func|int|float64|string|pointer|array|channel|chan) )?type ([^()]*(?:\([^()]*\)[^()]*)?)\)`), " ($1)"},
	{regexp.MustCompile(`\bmain\.`), ""},
	{regexp.MustCompile(`\binterface \{\}|\binterface\{\}`), "any"},
	{regexp.MustCompile(`func\(\.\.\.any\)(?: \S*commands\.\w+)?`), "a command"},
}

// plainType names a type of the session's own objects, which nobody can spell.
func plainType(t string) string {
	pkg, name, _ := strings.Cut(strings.TrimPrefix(t, "*"), ".")
	importable := slices.ContainsFunc(symbols.Paths(), func(p string) bool { return lastOf(p) == pkg })
	if importable || pkg != "commands" {
		return t
	}
	return strings.ToLower(name)
}

// noSuchName is the message for a name that a package does not have.
func (in *Interp) noSuchName(pkg, name string) string {
	msg := "package " + pkg + " has no " + name
	p := in.importedPackage(pkg)
	if p == nil {
		return msg
	}
	return msg + nearestIn(p, name)
}

func nearestIn(p *types.Package, name string) string {
	known := p.Scope().Names()
	for _, n := range known {
		if strings.EqualFold(n, strings.ReplaceAll(name, "_", "")) {
			return "; did you mean " + p.Name() + "." + n + "?"
		}
	}
	if n := nearest.Name(strings.ToUpper(name[:1])+name[1:], known); n != "" {
		return "; did you mean " + p.Name() + "." + n + "?"
	}
	return ""
}
