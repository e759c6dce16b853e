package repl

import (
	"go/scanner"
	"go/token"
	"regexp"
	"strings"

	"blissh/repl/dialect"
)

// habit is something typed as in another language, and what it is called here.
// The place of the mistake is the first group of the pattern, or where it
// begins. Patterns see the text without what is inside of quotes.
type habit struct {
	pattern *regexp.Regexp
	hint    string
}

const thisIsGo = "this is Go: "

var (
	forHint    = thisIsGo + "for i := 0; i < n; i++ { ... } or for _, x := range list { ... }"
	ifHint     = thisIsGo + "if condition { ... } else { ... }"
	choiceHint = thisIsGo + "if condition { x = a } else { x = b }, there is no expression for that"
	printHint  = thisIsGo + `fmt.Printf("x = %v\n", x), and fmt.Sprintf gives the text`
	noPipes    = "this is not a shell of the operating system: there are no pipes, redirections and && here"
)

// habits are tried in this order.
var habits = []habit{
	{rx(`^(?:async\s+)?(def)\b`), thisIsGo + "func name(x float64) float64 { ... }"},
	{rx(`^(function|fn|fun|sub|proc)\s+\w+\s*\(`), thisIsGo + "func name(x float64) float64 { ... }"},
	{rx(`^class\b`), thisIsGo + "type Name struct { ... }, with func (n *Name) Method() { ... }"},
	{rx(`^struct\s+\w+\s*\{`), thisIsGo + "type Name struct { ... }"},
	{rx(`\blambda\b`), thisIsGo + "func(x float64) float64 { return x + 1 }"},
	{rx(`[\[({].*\S\s+(for)\s+[\w,\s()]+\s+in\b`), thisIsGo + "a loop makes a list: for _, x := range list { out = append(out, x) }"},
	{rx(`^for\s+\(?\s*\w+(?:\s*,\s*\w+)*\s*\)?\s+(in|of)\b`), forHint},
	{rx(`^foreach\b`), forHint},
	{rx(`^for\s*(\()`), thisIsGo + "for i := 0; i < n; i++ { ... }, without brackets around"},
	{rx(`^for\s+((?:int|var|let)\s+)\w+\s*=`), thisIsGo + "for i := 0; i < n; i++ { ... }"},
	{rx(`^for\s+\w+\s*:?=[^;{]*(,)\s*\w+\s*[<>]`), thisIsGo + "for i := 0; i < n; i++ { ... }, with semicolons"},
	{rx(`^(?:while|until)\b`), thisIsGo + "for condition { ... }"},
	{rx(`^do\s*\{`), thisIsGo + "for { ...; if done { break } }"},
	{rx(`^(?:elif|elseif)\b`), thisIsGo + "} else if condition { ... }, on the line of the bracket before"},
	{rx(`\}\s*else\s*\{?[^{}]*\}?\s*(elif|elseif)\b`), thisIsGo + "} else if condition { ... }"},
	{rx(`\}\s*(elif|elseif)\b`), thisIsGo + "} else if condition { ... }"},
	{rx(`^else\b`), thisIsGo + "} else { ... }, on the line of the bracket that closes the if"},
	{rx(`\s(if)\s[^{]*\selse\s`), choiceHint},
	{rx(`[^?\s]\s*(\?)\s*[^?\s].*:`), choiceHint},
	{rx(`=[^=].*\S\s+(if)\s+[^{]*$`), thisIsGo + "if condition { x = a }"},
	{rx(`^if\b[^{]*?\s(=)\s`), thisIsGo + "if x == y { ... }; one = assigns"},
	{rx(`^if\b[^{:]*(:)(?:\s|$)`), ifHint},
	{rx(`^(?:try|except|finally|catch)\b`), thisIsGo + "there is no try; func() { defer func() { recover() }(); ... }() goes on after an error"},
	{rx(`^(?:raise|throw)\b`), thisIsGo + `panic("text")`},
	{rx(`^with\b`), thisIsGo + "f, err := os.Open(name), and defer f.Close() in a function"},
	{rx(`^assert\b`), thisIsGo + `if !condition { panic("text") }`},
	{rx(`^del\b`), thisIsGo + "delete(m, key) for a map; variables stay"},
	{rx(`^(?:global|nonlocal)\b`), thisIsGo + "functions see the variables of the prompt as they are"},
	{rx(`^pass\b`), thisIsGo + "an empty body is { }"},
	{rx(`^(?:yield|await)\b`), thisIsGo + "there are goroutines and channels instead: go f()"},
	{rx(`^match\b.*:`), thisIsGo + "switch x { case 1: ... }"},
	{rx(`^@\w`), thisIsGo + "there are no decorators"},
	{rx(`^from\b`), thisIsGo + `import "path"; math, fmt, strings, time and others need no import at the prompt`},
	{rx(`^import\s+(\w)[^"]*$`), thisIsGo + `import "path", in quotes; math, fmt, strings, time and others need no import at the prompt`},
	{rx(`^print\s+([^\s(=:,])`), thisIsGo + "print has brackets: fmt.Println(x)"},
	{rx(`\S\s*(\*\*)`), thisIsGo + "math.Pow(x, y) is x**y"},
	{rx(`[(,]\s*(\*\*?)\w+\s*[,)]`), thisIsGo + "f(list...) passes a list as arguments"},
	{rx(`(?:^|[\s=(,+])[fF](["'])`), printHint},
	{rx(`(?:^|[\s=(,+])[rR](["'])`), thisIsGo + "a text in back quotes is taken as it is: `raw\\d`"},
	{rx(`(?:^|[\s=(,+])[bB](["'])`), thisIsGo + `[]byte("text")`},
	{rx(`(?:^|[\s=(,+])[uU](["'])`), thisIsGo + `every text is Unicode: "text"`},
	{rx(`(""".|'''.)`), thisIsGo + "a text of several lines stands in back quotes"},
	{rx(`["']\s*(%)\s*[\w("']`), printHint},
	{rx(`["']\.(format)\b`), printHint},
	{rx(`["']\.(join)\b`), thisIsGo + `strings.Join(list, ",")`},
	{rx(`["']\.(\w+)\(`), thisIsGo + "package strings has the functions of texts: strings.ToUpper(text)"},
	{rx(`["']\s*(\*)\s*\w`), thisIsGo + `strings.Repeat("a", n)`},
	{rx(`^in\s*\[\d+\]|^out\s*\[\d+\]|^\w+ \[\d+\]: |^>>>`), "this begins with a prompt: leave it out"},
	{rx(`^\w+(?:\[[^\]]*\])?(?:\s*,\s*\w+)*\s*:?=\s*(\()[^()]*,[^()]*\)$`), thisIsGo + "x, y = 1, 2 assigns two values, without brackets; a list is []float64{1, 2}"},
	{rx(`^(\()\w+\s*,\s*\w+\)\s*:?=`), thisIsGo + "x, y = 1, 2 assigns two values, without brackets"},
	{rx(`=\s*(\()[-\d.]+\s*,`), thisIsGo + "a list is []float64{1, 2}"},
	{rx(`^(\[)[^\]]*(?:[,\]]|$)\s*[^\w\[{(*]*$`), thisIsGo + "a list is []float64{1, 2}"},
	{rx(`(?:[=(,+*-]|return)\s*(\[)[^\]]*\]?\s*[^\w\[({*]*$`), thisIsGo + "a list is []float64{1, 2}"},
	{rx(`(?:=|\(|,|return)\s*(\{)`), thisIsGo + `a list is []float64{1, 2}, a dictionary is map[string]float64{"a": 1}`},
	{rx(`\b(not)\b\s+[\w(]`), thisIsGo + "!x is not x"},
	{rx(`\S\s+(and)\s+\S`), thisIsGo + "x && y is x and y"},
	{rx(`\S\s+(or)\s+\S`), thisIsGo + "x || y is x or y"},
	{rx(`\S\s+(is)\s+(?:not\s+)?(?:nil|None|true|false|True|False|\w+$)`), thisIsGo + "x == y, x != y"},
	{rx(`\S\s+(?:not\s+)?(in)\s+\w+\s*(?:\{.*)?$`), thisIsGo + "a loop looks for x in a list; _, ok := m[x] looks for it in a map"},
	{rx(`(<>)`), thisIsGo + "x != y"},
	{rx(`(===)`), thisIsGo + "x == y"},
	{rx(`(!==)`), thisIsGo + "x != y"},
	{rx(`(=>)`), thisIsGo + "x >= y"},
	{rx(`(=<)`), thisIsGo + "x <= y"},
	{rx(`\)\s*(->)\s*\w`), thisIsGo + "func name(x float64) float64 { ... }, without an arrow"},
	{rx(`\w(->)\w`), thisIsGo + "x.name"},
	{rx(`\w\s*(::)\s*\w`), thisIsGo + "x.name"},
	{rx(`^(?:\+\+|--)\w+$`), thisIsGo + "x++ and x--, with the signs behind"},
	{rx(`(?:[=(,]|return)\s*\w+(\+\+|--)`), thisIsGo + "x++ is a statement of its own"},
	{rx(`^\w+(\+\+|--)\s*\S`), thisIsGo + "x++ is a statement of its own"},
	{rx(`^\w+\s*[-+*/]?=\s*\w+\s*(=)[^=]`), thisIsGo + "one assignment after the other: y = 3; x = y"},
	{rx(`^(let|auto|int|float|double|float64|string|bool|char|str)\s+\w+\s*=`), thisIsGo + "x := 3 declares x"},
	{rx(`^(int|float|double|float64|string|bool|char)\s+\w+$`), thisIsGo + "var x float64 declares x"},
	{rx(`^(?:if|while)\s*\([^{]*\)\s*([^\s{&|=<>!+*/-])`), ifHint},
	{rx(`^func\s+\w+\s*\([^)]*\w\s*(=)\s*[^=]`), thisIsGo + "parameters have no default values"},
	{rx(`^func\s+\w+\s*\([^)]*\)\s*[\w.]*\s*(=)[^=]`), thisIsGo + "func name(x float64) float64 { return x + 1 }"},
	{rx(`^func\s+\w+\s*\(\s*\w+(:)\s*\w`), thisIsGo + "func name(x int) { ... }, without a colon"},
	{rx(`^func\b[^{]*$`), thisIsGo + "func name(x float64) float64 { ... }, with { on the same line"},
	{rx(`^(?:for|if|switch)\b[^{]*$`), thisIsGo + "the body stands in brackets, with { on the same line"},
	{rx(`^(%)\w`), `there are no % commands; load("file.go") runs a file`},
	{rx(`^!([a-z]+)(?:\s|$)`), "this is not a shell of the operating system: type its commands in another terminal"},
	{rx(`^(\.{0,2}/[\w./-]*\.\w+)$`), `load("file.go") runs a file`},
	{rx(`^load\s+([\w./-]+)$`), `the name of a file stands in quotes: load("file.go")`},
	{rx(`\b(type)\(`), thisIsGo + `fmt.Printf("%T\n", x) prints the type of x`},
	{rx(`^(?:\w+\s*:?=\s*)?(map)\(`), thisIsGo + "a loop over the list: for _, x := range list { ... }"},
	{rx(`^for\s[^;{]*;[^;{]*(\{)`), thisIsGo + "for i := 0; i < n; i++ { ... }, with all three parts"},
	{rx(`\}\s*else\s+(\w+)\s*\(`), "else is followed by { ... } or by if"},
	{rx(`^[A-Z]:(\\)`), `load("file.go") runs a file`},
	{rx(`^/\w+$`), "Ctrl-D leaves, help() helps; / is a division"},
	{rx(`^[.:](?:q!?|wq|x|quit|exit|h|help)$`), "Ctrl-D leaves, help() lists the commands"},
	{rx(`(\$)\w`), thisIsGo + "names have no $ in front"},
	{rx(`^\w+\b[^=]*\s(&)$`), "this is not a shell of the operating system: go mv(robz, 3) runs a command in the background"},
	{rx(`^\w+\b[^(){}=]*\s(&&|\|\||\||>>?)\s*[\w/~]`), noPipes},
	{rx(`^\w+\s+(--?[a-z]+)$`), noFlags},
	{rx(`^\?+\s*\w*$`), explains},
	{rx(`^[\w.]+(\?\?+)$`), explains},
	{rx(`[^\\]*(\\)$`), thisIsGo + "a line goes on while a bracket is open or after an operator, without a \\"},
	{rx(`\d\s*(mm|cm|um|µm|nm|mrad|urad|µrad|deg|keV|eV|ms|us|µs|s|m|K|Hz)\b`), "a number is typed without its unit"},
	{rx(`(\d[jJ])\b`), thisIsGo + "3i is an imaginary number"},
	{rx(`^(?:switch)\b.*\{\s*(\d+):`), thisIsGo + "switch x { case 1: ... }"},
	{rx(`\[[^\]]*:[^\]]*(:)`), thisIsGo + "x[from:to] is a part of a list; there is no step"},
}

const (
	noFlags  = "there are no options with -; help(ascan) explains the command"
	explains = "ascan? explains a command, help() lists them"
)

func rx(s string) *regexp.Regexp { return regexp.MustCompile(s) }

// habitual gives the hint at a habit in the place of a mistake, unless that is
// explained better already.
func (in *Interp) habitual(u *unit, err error) error {
	e, ok := err.(*Error)
	if !ok || explained.MatchString(e.Msg) {
		return err
	}
	if p := in.overwrites(u); p != nil {
		return p
	}
	if h := in.habitAt(u, e.Line); h != nil {
		return h
	}
	return err
}

var explained = rx(`did you mean|cannot be set|in Go; write|; write|nil alone|inside a function only|` + thisIsGo)

// overwrites is the refusal of a statement that begins with an assignment to a
// protected name: what follows the sign need not be put right first.
func (in *Interp) overwrites(u *unit) *Error {
	m := assignedFirst.FindStringSubmatchIndex(u.typedText())
	if m == nil || !in.protected(u.typedText()[m[2]:m[3]]) {
		return nil
	}
	line, col := lineCol(u.input, u.base+m[2])
	return &Error{Msg: dialect.Protected(u.typedText()[m[2]:m[3]]), File: u.file, Line: line, Col: col}
}

var assignedFirst = rx(`^\s*(\w+)\s*(?:[-+*/]|:)?=[^=]`)

// habitAt finds the habit in the line of a mistake; nil when there is none.
func (in *Interp) habitAt(u *unit, line int) *Error {
	text := u.typedText()
	masked := mask(text)
	begin, first := lineCol(u.input, u.base)
	for i, l := range strings.Split(masked, "\n") {
		if begin+i != line {
			continue
		}
		col := 1
		if i == 0 {
			col = first
		}
		indent := len(l) - len(strings.TrimLeft(l, " \t"))
		if e := in.habitIn(strings.TrimRight(l[indent:], " \t;")); e != nil {
			e.File, e.Line, e.Col = u.file, line, col+indent+e.Col
			return e
		}
	}
	return nil
}

// habitIn finds a habit in a line; the column counts from 0.
func (in *Interp) habitIn(line string) *Error {
	for _, h := range habits {
		m := h.pattern.FindStringSubmatchIndex(line)
		if m == nil {
			continue
		}
		at, end := m[0], m[1]
		if len(m) > 2 && m[2] >= 0 {
			at, end = m[2], m[3]
		}
		if (h.hint == noPipes || h.hint == noFlags || strings.Contains(h.hint, "background")) && !in.commandFirst(line) {
			continue
		}
		if word := line[at:end]; token.IsIdentifier(word) && in.exists(word) && word != "string" && word != "bool" && word != "int" && word != "float64" {
			continue // a name of the session
		}
		hint := h.hint
		if first := rx(`^\w+`).FindString(line); hint == noFlags {
			hint = strings.Replace(hint, "ascan", first, 1)
		}
		return &Error{Msg: hint, Col: at}
	}
	return nil
}

// commandFirst reports whether a line begins with a command.
func (in *Interp) commandFirst(line string) bool {
	name := rx(`^\w*`).FindString(line)
	return in.o.Commands != nil && in.o.Commands(name)
}

// mask hides what is inside of quotes and comments.
func mask(text string) string {
	b := []byte(text)
	fset := token.NewFileSet()
	file := fset.AddFile("", fset.Base(), len(b))
	var s scanner.Scanner
	s.Init(file, []byte(text), func(token.Position, string) {}, scanner.ScanComments)
	for {
		p, t, lit := s.Scan()
		if t == token.EOF {
			return string(b)
		}
		from := file.Offset(p)
		for i := from + 1; (t == token.STRING || t == token.CHAR || t == token.COMMENT) && i < min(from+len(lit)-1, len(b)); i++ {
			if b[i] != '\n' {
				b[i] = '.'
			}
		}
	}
}
