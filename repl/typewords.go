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
// one line. input is what was written; imported gives the packages in use.
func typeWords(input, msg string, imported func(name string) *types.Package) string {
	if m := undefinedInPackage.FindStringSubmatch(msg); m != nil {
		return noSuchName(imported(m[1]), m[1], m[2])
	}
	if m := unexported.FindStringSubmatch(msg); m != nil {
		return noSuchName(imported(m[2]), m[2], m[1])
	}
	for _, w := range wordings {
		msg = w.from.ReplaceAllString(msg, w.to)
	}
	msg = ownTypes.ReplaceAllStringFunc(msg, plainType)
	msg, _, _ = strings.Cut(msg, "\n")
	return ofKind(asWritten(input, axisOperand.ReplaceAllString(msg, "$0; its position is $1.position")))
}

// ofKind says what is expected of the value of a setting.
func ofKind(msg string) string {
	m := settingValue.FindStringSubmatch(msg)
	if m == nil {
		return msg
	}
	kind := map[string]string{"float64": "a number", "int": "a whole number", "string": "a text", "bool": "True or False"}[m[2]]
	return kind + " is expected, not " + m[1]
}

var settingValue = rx(`^cannot use (.*) as (float64|int|string|bool) value$`)

// asWritten takes out of a message what the dialect has put into the source.
func asWritten(input, msg string) string {
	for _, part := range []*regexp.Regexp{callee, called, operation} {
		if m := part.FindStringSubmatch(msg); m != nil && !strings.Contains(input, m[1]) {
			msg = strings.Replace(msg, m[0], m[2], 1)
		}
	}
	for python, word := range map[string]*regexp.Regexp{"None": nilWord, "True": trueWord, "False": falseWord} {
		if strings.Contains(input, python) {
			msg = word.ReplaceAllString(msg, python)
		}
	}
	return msg
}

var (
	undefinedInPackage = rx(`^undefined: (\w+)\.(\w+)$`)
	unexported         = rx(`^name (\w+) not exported by package (\w+)$`)
	callee             = rx(` in argument to (\w+(?:\.\w+)+)()`)
	called             = rx(` in call to (\w+(?:\.\w+)+)()`)
	operation          = rx(`^invalid operation: (.*) \((mismatched types .*)\)`)
	axisOperand        = rx(`^invalid operation: (\w+) .* \(mismatched types axis and .*`)
	nilWord            = rx(`\bnil\b`)
	trueWord           = rx(`\btrue\b`)
	falseWord          = rx(`\bfalse\b`)
	ownTypes           = rx(`\*?\b[a-z]\w*\.[A-Z]\w*`)
)

// wordings shorten what the checker says about operands, and reword what only
// means something to who knows the language's specification.
var wordings = []struct {
	from *regexp.Regexp
	to   string
}{
	{rx(`(?s)^cannot use __kw\("(\w+)", .*`), "$1=value is an option, which commands have; a value alone is expected here"},
	{rx(`__kw\("(\w+)", ([^()]*)\)`), "$1=$2"},
	{rx(`^multiple-value (.*) \([^()]*\([^()]*\)\) in single-value context$`), "$1 returns several values; one is expected here"},
	{rx(`^undefined: (\w+)\.(\w+) \(but have (\w+)\)$`), "package $1 has no $2; did you mean $1.$3?"},
	{rx(`^new\((.*)\) requires go1\.26 or later.*`), "$1 is not a type"},
	{rx(`^missing function body$`), "the body { ... } of the function is missing, on the same line"},
	{rx(`^missing init expr for (\w+)$`), "a constant needs a value: const $1 = 3"},
	{rx(` \((?:function|package-level variable|variable|command)\) is not a type$`), " is not a type"},
	{rx(`^in call to __show, cannot infer .*`), "a generic function alone is no value: its types follow in brackets, f[float64]"},
	{rx(`^in call to ([\w.]+)(?:\[.*\])?, cannot infer (\w+).*`), "the type $2 of the call is not clear: write it in brackets, $1[float64](...)"},
	{rx(` does not satisfy (.*) \(.*\)$`), " does not satisfy $1"},
	{rx(`^(.*operator %) not defined on (.*)$`), "$1 not defined on $2; write math.Mod(x, y)"},
	{rx(`(?s)^use of untyped nil in (?:assignment|variable declaration).*`), "nil alone has no type: declare the variable first, for example var x any"},
	{rx(`(?s)^cannot use (.*?)(?: \([^()]*\))? as \S*\bWatchdogCallback value.*`), "a hook is expected, such as StopAlignmentHook(), not $1"},
	{rx(`(?s)^(\S+) redeclared in this block.*`), "$1 is declared twice"},
	{rx(`(?s)^initialization cycle(?: or refers to itself)?: (\w+) refers to itself.*`), "$1 is defined by itself"},
	{rx(`(?s)^initialization cycle for (\w+).*`), "$1 is defined by itself"},
	{rx(`(?s)^invalid recursive type:? (\w+).*`), "type $1 contains itself without end; a pointer *$1, a slice or a map may be inside"},
	{rx(`^(\S+) \(type\) is not an expression`), "$1 is a type, not a value"},
	{rx(`^use of package (\w+) without selector$`), "$1 is a package: write $1.Name"},
	{rx(`^use of package (\w+) not in selector$`), "$1 is a package: write $1.Name"},
	{rx(`\n\thave (\([^\n]*\))\n\twant (\([^\n]*\))`), ": have $1, want $2"},
	{rx(`^(.*)\.(\w+) undefined \(type .* has no field or method \w+, but does have (?:field|method) (\w+)\)$`), "$1 has no $2; did you mean $3?"},
	{rx(`^cannot use (.*?)(?: \(untyped [^()]*\))? as (\w+) value in .* \(overflows\)$`), "$1 overflows $2"},
	{rx(`^cannot use (.*?)(?: \(untyped [^()]*\))? as (\w+) value in .* \(truncated\)$`), "$1 is not a whole number, as $2 is"},
	{rx(`^cannot range over (.*?)(?: \(.*\))?: requires go1.23.*`), "cannot range over the function $1: the interpreter knows Go 1.20"},
	{rx(` \(neither addressable nor a map index expression\)`), ""},
	{rx(` \([^()]*_\.go:[^()]*\)`), ""},
	{rx(`^label (\w+) declared and not used$`), "$1: is a label, which nothing uses"},
	{rx(`^(.*)\.(\w+) undefined \(.*\)$`), "$1 has no $2"},
	{rx(`^(?:cannot use )?(\S+)(?: \(untyped float constant\))? truncated to (\w+)$`), "$1 is not a whole number, as $2 is"},
	{rx(` in argument to __show`), ""},
	{rx(`^invalid operation: cannot call (?:non-function )?(.*?)(?: \([^()]*(?:\([^()]*\)[^()]*)?\))?(?:: .*)?$`), "$1 is not a function"},
	{rx(` \(untyped (?:int|float|string|rune|bool|complex) constant(?: [^()]*)?\)`), ""},
	{rx(` \((?:variable|value|constant [^()]*|constant|comma, ok expression|map index expression) of (?:(?:struct|interface|slice|map|func|int|float64|string|pointer|array|channel|chan) )?type ([^()]*(?:\([^()]*\)[^()]*)?)\)`), " ($1)"},
	{rx(`\bmain\.`), ""},
	{rx(`\binterface \{\}|\binterface\{\}`), "any"},
	{rx(`func\(\.\.\.any\)(?: \S*commands\.\w+)?`), "a command"},
	{rx(`\b(?:scan|hooks)\.WatchdogCallback\b|\*hooks\.Hook\b`), "a hook"},
	{rx(`untyped (?:int|float|rune)\b`), "number"},
	{rx(`untyped string\b`), "text"},
	{rx(`untyped (bool|nil)\b`), "$1"},
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
func noSuchName(p *types.Package, pkg, name string) string {
	msg := "package " + pkg + " has no " + name
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
