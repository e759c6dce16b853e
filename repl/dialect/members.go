package dialect

import (
	"go/token"
	"reflect"
	"strings"
)

// Member is a method or a field of a value.
type Member struct {
	Name   string       // as in Go
	Type   reflect.Type // of a method without its receiver, or of the field
	Method bool
}

// Getter reports whether the member is a method that only gives a value.
func (m Member) Getter() bool {
	return m.Method && m.Type.NumIn() == 0 && m.Type.NumOut() > 0
}

// Find looks for the one member of t that has the given name, apart from
// underscores and case; the exact name comes first.
func Find(t reflect.Type, name string) (Member, bool) {
	var found []Member
	for _, m := range Members(t) {
		if m.Name == name {
			return m, true
		}
		if plain(m.Name) == plain(name) {
			found = append(found, m)
		}
	}
	if len(found) == 1 {
		return found[0], true
	}
	return Member{}, false
}

func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// Members lists the exported methods and fields of t and, if t is not a
// pointer, those of a variable of that type.
func Members(t reflect.Type) []Member {
	var out []Member
	methods := t
	if t.Kind() != reflect.Pointer && t.Kind() != reflect.Interface {
		methods = reflect.PointerTo(t)
	}
	for m := range methods.Methods() {
		out = append(out, Member{m.Name, unbound(m.Type, methods.Kind() == reflect.Interface), true})
	}
	if t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Kind() != reflect.Struct {
		return out
	}
	for _, f := range reflect.VisibleFields(t) {
		if f.IsExported() {
			out = append(out, Member{f.Name, f.Type, false})
		}
	}
	return out
}

// unbound is the type of a method without its receiver.
func unbound(t reflect.Type, isInterface bool) reflect.Type {
	if isInterface {
		return t
	}
	var in, out []reflect.Type
	for i := 1; i < t.NumIn(); i++ {
		in = append(in, t.In(i))
	}
	for o := range t.Outs() {
		out = append(out, o)
	}
	return reflect.FuncOf(in, out, t.IsVariadic())
}

// chain: selectors spelled in snake case, after a name whose type is known.
func (r *rewriter) chain(i int) {
	if !r.global(i) {
		return
	}
	t := r.env.Type(r.toks[i].text)
	start := i
	for i++; t != nil; {
		switch r.at(i) {
		case token.PERIOD:
			t, i = r.selector(t, start, i+1)
		case token.LPAREN:
			if t.Kind() != reflect.Func || t.NumOut() == 0 || r.partner[i] < 0 {
				return
			}
			t, i = t.Out(0), r.partner[i]+1
		case token.LBRACK:
			if t = element(t); r.partner[i] < 0 {
				return
			}
			i = r.partner[i] + 1
		default:
			return
		}
	}
}

// element is the type of x[i], nil when x cannot be indexed.
func element(t reflect.Type) reflect.Type {
	switch t.Kind() {
	case reflect.Map, reflect.Slice, reflect.Array:
		return t.Elem()
	}
	return nil
}

// selector rewrites the member name at token i of a value of type t. It gives
// the type after it and the token to go on with.
func (r *rewriter) selector(t reflect.Type, start, i int) (reflect.Type, int) {
	if r.at(i) != token.IDENT && !r.at(i).IsKeyword() { // s.range(...) is s.Range(...)
		return nil, i
	}
	k := r.toks[i]
	m, ok := Find(t, k.text)
	if r.setter(t, m, start, i) || !ok {
		return nil, i
	}
	exact := m.Name == k.text
	if !exact {
		r.replace(k.pos, k.end, m.Name)
	}
	if !exact && m.Getter() && r.at(i+1) != token.LPAREN {
		r.insert(i, "()", rankGetter)
		return m.Type.Out(0), i + 1
	}
	return m.Type, i + 1
}

// setter rewrites x.name = value, and the forms with an operator, when the
// value has a method SetName.
func (r *rewriter) setter(t reflect.Type, m Member, start, i int) bool {
	op, ok := assignOps[r.at(i+1)]
	step := r.at(i+1) == token.INC || r.at(i+1) == token.DEC
	if !ok && !step || m.Type != nil && !m.Method || !r.begins(start) {
		return false
	}
	set, ok := Find(t, "Set"+r.toks[i].text)
	if !ok || !set.Method || set.Type.NumIn() != 1 {
		return false
	}
	if step {
		return r.step(set, m, start, i)
	}
	end := r.statementEnd(i + 2)
	if end < i+2 || op != "" && !m.Getter() {
		return false
	}
	head, tail := "(", ")"
	if op != "" {
		head = "(" + r.src[r.toks[start].pos:r.toks[i].pos] + m.Name + "() " + op + " ("
		tail = "))"
	}
	r.replace(r.toks[i].pos, r.toks[i].end, set.Name)
	r.replace(r.toks[i].end, r.toks[i+2].pos, head)
	r.insert(end, tail, rankSetter)
	return true
}

// step rewrites x.name++ and x.name--.
func (r *rewriter) step(set, m Member, start, i int) bool {
	if !m.Getter() {
		return false
	}
	by := "() + 1)"
	if r.at(i+1) == token.DEC {
		by = "() - 1)"
	}
	r.replace(r.toks[i+1].pos, r.toks[i+1].end, "("+r.src[r.toks[start].pos:r.toks[i].pos]+m.Name+by)
	r.replace(r.toks[i].pos, r.toks[i].end, set.Name)
	return true
}

var assignOps = map[token.Token]string{
	token.ASSIGN: "", token.ADD_ASSIGN: "+", token.SUB_ASSIGN: "-", token.MUL_ASSIGN: "*", token.QUO_ASSIGN: "/",
}

// begins reports whether token i is the first one of a statement.
func (r *rewriter) begins(i int) bool {
	switch r.at(i - 1) {
	case token.EOF, token.LBRACE, token.SEMICOLON, token.COLON:
		return true
	}
	return false
}

// statementEnd gives the last token of the statement that token i is part of.
func (r *rewriter) statementEnd(i int) int {
	if i >= len(r.toks) {
		return i - 1
	}
	around := r.inside[i-1]
	for ; i < len(r.toks); i++ {
		if around >= 0 && i == r.partner[around] || r.inside[i] == around && r.at(i) == token.SEMICOLON {
			break
		}
	}
	return i - 1
}
