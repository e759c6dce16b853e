package dialect

import (
	"go/token"
	"reflect"
	"strconv"
	"strings"
)

// Env is what the rules need to know about the names of a session. Its
// methods are asked for names outside the statement being rewritten.
type Env interface {
	// Known reports whether name is declared.
	Known(name string) bool
	// Protected reports whether name may not be assigned.
	Protected(name string) bool
	// Command reports whether name is a command, to be typed with blanks.
	Command(name string) bool
	// Type is the type of the value of that name, nil when it has none.
	Type(name string) reflect.Type
	// Construct is the Go expression that stands for name(), "" when name is
	// not a type typed at the prompt.
	Construct(name string) string
}

// Error is a refusal, at an offset of the text as typed.
type Error struct {
	Offset int
	Msg    string
}

func (e *Error) Error() string { return e.Msg }

// rewriter holds one statement while the rules go over it.
type rewriter struct {
	src     string
	toks    []tok
	partner []int
	inside  []int
	env     Env
	locals  map[string]bool
	edits   []edit
}

// Rewrite turns one statement, as cut by Split, into plain Go. With a nil env
// only the rules that need none are applied.
func Rewrite(src string, env Env) (string, Origin, error) {
	var o Origin
	if env != nil {
		edits := question(src, env)
		if edits == nil {
			edits = blanks(src, env)
		}
		if len(edits) > 0 {
			var p []piece
			src, p = apply(src, edits)
			o.steps = append(o.steps, p)
		}
	}
	r := newRewriter(src, env)
	if err := r.rules(); err != nil {
		err.Offset = o.Source(err.Offset)
		return src, o, err
	}
	out, p := apply(src, r.edits)
	if p != nil {
		o.steps = append(o.steps, p)
	}
	return out, o, nil
}

func newRewriter(src string, env Env) *rewriter {
	toks, _ := scan(src)
	r := &rewriter{src: src, toks: toks, env: env}
	r.partner, r.inside = pairs(toks)
	r.locals = r.declared()
	return r
}

func (r *rewriter) rules() *Error {
	if err := r.assignment(); err != nil {
		return err
	}
	for i := range r.toks {
		r.keyword(i)
		r.constant(i)
		r.text(i)
		r.comma(i)
		r.construct(i)
		r.dry(i)
		r.chain(i)
	}
	return nil
}

// at is the kind of token i, token.EOF outside the statement.
func (r *rewriter) at(i int) token.Token {
	if i < 0 || i >= len(r.toks) {
		return token.EOF
	}
	return r.toks[i].tok
}

func (r *rewriter) replace(pos, end int, text string) {
	r.edits = append(r.edits, edit{pos: pos, end: end, text: text})
}

// Ranks of insertions that may fall on the same place.
const (
	rankGetter = iota
	rankKeyword
	rankSetter
	rankComma
)

// insert puts text after token i.
func (r *rewriter) insert(i int, text string, rank int) {
	r.edits = append(r.edits, edit{r.toks[i].end, r.toks[i].end, text, rank})
}

// global reports whether token i is a name that the environment decides on.
func (r *rewriter) global(i int) bool {
	return r.env != nil && r.at(i) == token.IDENT && r.at(i-1) != token.PERIOD && !r.locals[r.toks[i].text]
}

// call reports whether token i is the bracket of a call's arguments.
func (r *rewriter) call(i int) bool {
	if r.at(i) != token.LPAREN {
		return false
	}
	switch r.at(i - 1) {
	case token.RBRACK, token.RBRACE, token.RPAREN:
		return true
	case token.IDENT:
		return !r.declares(i - 1)
	}
	return false
}

// declares reports whether the name at i is the one of a function declaration.
func (r *rewriter) declares(i int) bool {
	if r.at(i-1) == token.FUNC {
		return true
	}
	return r.at(i-1) == token.RPAREN && r.partner[i-1] > 0 && r.at(r.partner[i-1]-1) == token.FUNC
}

// keyword: name=value in the arguments of a call.
func (r *rewriter) keyword(i int) {
	if r.at(i) != token.IDENT || r.at(i+1) != token.ASSIGN || r.inside[i] < 0 || !r.call(r.inside[i]) {
		return
	}
	if i-1 != r.inside[i] && r.at(i-1) != token.COMMA {
		return
	}
	end := r.argument(i + 2)
	if end < i+2 {
		return
	}
	r.replace(r.toks[i].pos, r.toks[i+2].pos, "__kw("+strconv.Quote(r.toks[i].text)+", ")
	r.insert(end, ")", rankKeyword)
}

// argument gives the last token of the argument that begins at i.
func (r *rewriter) argument(i int) int {
	around := r.inside[i-1]
	for ; i < len(r.toks); i++ {
		if i == r.partner[around] || r.inside[i] == around && (r.at(i) == token.COMMA || r.at(i) == token.SEMICOLON) {
			break
		}
	}
	return i - 1
}

// constant: True, False and None.
func (r *rewriter) constant(i int) {
	if !r.global(i) || r.env.Known(r.toks[i].text) {
		return
	}
	if n := r.at(i + 1); n == token.COLON || n == token.ASSIGN || n == token.DEFINE {
		return
	}
	if goes, ok := map[string]string{"True": "true", "False": "false", "None": "nil"}[r.toks[i].text]; ok {
		r.replace(r.toks[i].pos, r.toks[i].end, goes)
	}
}

// text: 'text' when it is not a rune.
func (r *rewriter) text(i int) {
	t := r.toks[i]
	if t.tok != token.CHAR || len(t.text) < 2 || !strings.HasSuffix(t.text, "'") {
		return
	}
	if _, _, tail, err := strconv.UnquoteChar(t.text[1:], '\''); err == nil && tail == "'" {
		return
	}
	inner := strings.ReplaceAll(t.text[1:len(t.text)-1], `\'`, `'`)
	r.replace(t.pos, t.end, `"`+strings.ReplaceAll(inner, `"`, `\"`)+`"`)
}

// comma: a line's end before the bracket that closes a call.
func (r *rewriter) comma(i int) {
	if r.at(i) != token.RPAREN || r.partner[i] < 0 || !r.call(r.partner[i]) {
		return
	}
	if r.at(i-1) == token.SEMICOLON && r.toks[i-1].auto && i-2 > r.partner[i] && r.at(i-2) != token.COMMA {
		r.insert(i-2, ",", rankComma)
	}
}

// construct: Type() stands for its constructor.
func (r *rewriter) construct(i int) {
	if !r.global(i) || r.at(i+1) != token.LPAREN || r.at(i+2) != token.RPAREN || r.declares(i) {
		return
	}
	if text := r.env.Construct(r.toks[i].text); text != "" {
		r.replace(r.toks[i].pos, r.toks[i+2].end, text)
	}
}

// assignment: a name assigned at the start of the statement for the first
// time; a protected one is refused.
func (r *rewriter) assignment() *Error {
	if r.env == nil {
		return nil
	}
	fresh := false
	for i := 0; r.at(i) == token.IDENT; i += 2 {
		name := r.toks[i].text
		fresh = fresh || name != "_" && !r.env.Known(name)
		switch r.at(i + 1) {
		case token.COMMA:
			continue
		case token.ASSIGN:
			return r.assign(i+1, fresh)
		case token.DEFINE, token.ADD_ASSIGN, token.SUB_ASSIGN, token.MUL_ASSIGN, token.QUO_ASSIGN, token.INC, token.DEC:
			return r.protect(i + 1)
		}
		return nil
	}
	return nil
}

func (r *rewriter) assign(eq int, fresh bool) *Error {
	if err := r.protect(eq); err != nil {
		return err
	}
	if fresh {
		r.replace(r.toks[eq].pos, r.toks[eq].end, ":=")
	}
	return nil
}

// protect refuses to assign the names before token eq.
func (r *rewriter) protect(eq int) *Error {
	for i := 0; i < eq; i += 2 {
		if name := r.toks[i].text; r.env.Protected(name) {
			return &Error{r.toks[i].pos, Protected(name)}
		}
	}
	return nil
}

// Protected is the message for an attempt to overwrite name.
func Protected(name string) string {
	return name + " is a name of the session; unprotect(" + strconv.Quote(name) + ") allows to overwrite it"
}

// declared collects the names declared inside the statement: parameters and
// what := and var introduce below the top level.
func (r *rewriter) declared() map[string]bool {
	names := map[string]bool{}
	top := len(r.toks) > 0 && !header(r.toks)
	for i, t := range r.toks {
		switch {
		case t.tok == token.DEFINE && (r.inside[i] >= 0 || !top):
			for j := i - 1; r.at(j) == token.IDENT; j -= 2 {
				names[r.toks[j].text] = true
				if r.at(j-1) != token.COMMA {
					break
				}
			}
		case (t.tok == token.VAR || t.tok == token.CONST) && r.inside[i] >= 0:
			r.variables(i, names)
		case t.tok == token.FUNC:
			r.parameters(i, names)
		}
	}
	return names
}

// variables collects the names that var or const at i declares.
func (r *rewriter) variables(i int, names map[string]bool) {
	list := func(j int) {
		for ; r.at(j) == token.IDENT; j += 2 {
			names[r.toks[j].text] = true
			if r.at(j+1) != token.COMMA {
				return
			}
		}
	}
	list(i + 1)
	if r.at(i+1) != token.LPAREN {
		return
	}
	for j := i + 2; j < r.partner[i+1]; j++ {
		if r.inside[j] == i+1 && (r.at(j-1) == token.SEMICOLON || j == i+2) {
			list(j)
		}
	}
}

// parameters collects the names in the brackets that follow func at i.
func (r *rewriter) parameters(i int, names map[string]bool) {
	for i++; r.at(i) == token.LPAREN || r.at(i) == token.IDENT; i++ {
		if r.at(i) == token.IDENT {
			continue
		}
		end := r.partner[i]
		for ; i < end; i++ {
			if r.at(i) == token.IDENT && (r.at(i-1) == token.LPAREN || r.at(i-1) == token.COMMA) && r.at(i+1) != token.PERIOD {
				names[r.toks[i].text] = true
			}
		}
	}
}
