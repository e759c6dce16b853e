package repl

import (
	"go/token"
	"regexp"
	"strings"

	"blissh/repl/dialect"
)

// parseError is a mistake that the parser found, in the user's words: a name
// that is not known comes first, then a habit from elsewhere, then the
// character or the token that does not belong there.
func (in *Interp) parseError(u *unit, offset int, msg string) *Error {
	e := &Error{File: u.file}
	e.Line, e.Col = lineCol(u.input, offset)
	if word := characterWords(u.input, offset); word != "" && strings.HasPrefix(msg, "illegal") || strings.HasPrefix(msg, "curly quotation") {
		e.Msg = word
		return e
	}
	if p := in.overwrites(u); p != nil {
		return p
	}
	if h := in.habitAt(u, e.Line); h != nil {
		return h
	}
	if at, name := in.unknownWord(u); name != "" && misplaced.MatchString(msg) {
		e.Line, e.Col = lineCol(u.input, u.base+at)
		e.Msg = undefined(name, in.Names())
		return e
	}
	e.Msg = parseWords(u, msg)
	if offset >= u.base+u.length { // the bracket there is ours
		e.Msg = strings.NewReplacer("before ')'", "at the end", "before '}'", "at the end", ", not ')'", " at the end", ", not '}'", " at the end").Replace(e.Msg)
	}
	return e
}

var misplaced = regexp.MustCompile(`^(expected ';'|missing ',')`)

// unknownWord is the first word of a statement when it is no name of the session
// and an argument follows it, as in `ascn robz -5 5`.
func (in *Interp) unknownWord(u *unit) (at int, name string) {
	m := firstWord.FindStringSubmatchIndex(mask(u.typedText()))
	if m == nil {
		return 0, ""
	}
	if name = u.typedText()[m[2]:m[3]]; in.exists(name) || token.IsKeyword(name) {
		return 0, ""
	}
	return m[2], name
}

var firstWord = regexp.MustCompile(`^\s*([\pL_][\pL_\d]*)\s+[^\s=:+*/<>.,;(){}\[\]-]`)

// parseWords rewords a message of the parser.
func parseWords(u *unit, msg string) string {
	if strings.HasPrefix(msg, "missing ',' before newline") && dialect.Incomplete(u.text) {
		return "the input ends too early: a bracket is open"
	}
	return plainParse(msg)
}

// plainParse rewords a message of the parser about a file.
func plainParse(msg string) string {
	for _, w := range parserWords {
		if w.from.MatchString(msg) {
			msg = w.from.ReplaceAllString(msg, w.to)
			break
		}
	}
	return strings.NewReplacer("'EOF'", "the end", "newline", "the end of the line", "'IDENT'", "a name").Replace(msg)
}

var parserWords = []struct {
	from *regexp.Regexp
	to   string
}{
	{rx(`^expected 'package', found .*$`), "a package clause comes first"},
	{rx(`^expected .*, found 'EOF'$`), "the end comes too early"},
	{rx(`^expected ';', found (.*)$`), "$1 is not expected here: an operator, a comma or a bracket may be missing before it"},
	{rx(`^expected declaration, found '}'$`), "'}' has no '{' before it"},
	{rx(`^expected (?:operand|type), found newline$`), "a value is missing at the end"},
	{rx(`^expected operand, found (.*)$`), "a value is missing before $1"},
	{rx(`^expected statement, found '\)'$`), "')' has no '(' before it"},
	{rx(`^expected statement, found ']'$`), "']' has no '[' before it"},
	{rx(`^expected (?:statement|'}'), found (.*)$`), "a statement cannot begin with $1"},
	{rx(`^expected declaration, found (.*)$`), "a statement cannot begin with $1"},
	{rx(`^missing ',' before newline in (?:argument list|composite literal|parameter list)$`), "a line inside of brackets ends with a comma"},
	{rx(`^missing ',' in (?:argument list|composite literal|parameter list)$`), "a comma or a closing bracket is missing here"},
	{rx(`^string literal not terminated$`), `the closing " is missing`},
	{rx(`^rune literal not terminated$`), "the closing ' is missing"},
	{rx(`^raw string literal not terminated$`), "the closing ` is missing"},
	{rx(`^comment not terminated$`), "the closing */ is missing"},
	{rx(`^expected 1 expression$`), "one value alone, or a command, is expected: commas stand inside of brackets"},
	{rx(`^illegal label declaration$`), "a colon is not expected here"},
	{rx(`^expected 'IDENT', found (.*)$`), "a name is expected, not $1"},
	{rx(`^expected selector or type assertion, found (.*)$`), "a name is expected after the point, not $1"},
	{rx(`^illegal character U\+\w+ '(.*)'$`), "$1 means nothing in Go"},
	{rx(`^illegal character NUL$`), "a control character (NUL)"},
	{rx(`^illegal UTF-8 encoding$`), "a byte that is not text (not UTF-8)"},
	{rx(`^illegal byte order mark$`), "an invisible character (U+FEFF), perhaps pasted: take it away"},
	{rx(`^unknown escape sequence$`), "this is no escape sequence of Go; a \\ alone is \\\\"},
	{rx(`^illegal character U\+\w+ '.*' in escape sequence$`), "two hexadecimal digits follow \\x, four follow \\u"},
	{rx(`^no new variables on left side of :=$`), ":= needs a new name on its left; = assigns to what exists"},
	{rx(`^expression in (go|defer) must be function call$`), "$1 is followed by a call: $1 f()"},
	{rx(`^unexpected newline, expecting \{ after if clause$`), "{ is expected on the same line"},
	{rx(`(?s)^(\S+) redeclared in this block.*`), "$1 is declared twice"},
	{rx(`^label (\S+) undefined$`), "there is no label $1"},
	{rx(`^missing function body$`), "the body { ... } of the function is missing, on the same line"},
	{rx(`^expected if statement or block, found .*$`), "else is followed by { ... } or by if"},
	{rx(`^expected type, found (.*)$`), "a type is expected here, not $1"},
	{rx(`^expected (.*), found (.*)$`), "$1 is expected here, not $2"},
}
