package repl

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"slices"
	"strings"

	"blissh/internal/spell"
	"blissh/repl/dialect"
	"blissh/repl/symbols"
)

var _ Assist = (*Interp)(nil)

// Complete is that of Assist. It may be called while something runs.
func (in *Interp) Complete(text string, cursor int) (from int, list []Completion) {
	defer func() {
		if recover() != nil { // nobody loses a session for a list of words
			from, list = min(max(cursor, 0), len(text)), nil
		}
	}()
	return in.complete(text, cursor)
}

func (in *Interp) complete(text string, cursor int) (from int, list []Completion) {
	c := &completer{in: in, place: dialect.At(text, cursor, env{in}.Command), rest: text[min(max(cursor, 0), len(text)):]}
	c.lookAtCall()
	switch {
	case c.place.In == dialect.Text:
		c.inText()
	case c.place.In == dialect.Import:
		c.imports()
	case c.place.In == dialect.Elsewhere:
	case c.place.Member:
		c.members()
	default:
		c.names()
	}
	return c.place.From, c.sorted()
}

// completer collects the ways to go on at one place.
type completer struct {
	in    *Interp
	place dialect.Place
	rest  string // of the input, behind the cursor
	found []candidate

	call    *dialect.Call // the innermost one, nil outside of calls
	usage   string        // of that
	options []Completion  // of that
	wanted  string        // the kind of name that its argument is
}

// candidate is a completion with its rank: low ones come first.
type candidate struct {
	Completion
	rank int
}

// Ranks of what is equally near to the word.
const (
	rankWanted = iota
	rankOption
	rankOwn
	rankFirst
	rankSecond
	rankHook
	rankOther
	rankGo
)

func (c *completer) lookAtCall() {
	if len(c.place.Calls) == 0 {
		return
	}
	c.call = &c.place.Calls[0]
	c.usage = c.in.usage(c.call.Func)
	if (env{c.in}).Command(c.call.Func) {
		c.options = c.in.o.Guide.options(c.call.Func)
	}
	if c.call.Keyword == "" {
		c.wanted = wanted(c.usage, c.call.Index)
	}
}

// add takes a name if it begins with the word, whatever the case.
func (c *completer) add(rank int, text, description string) {
	word := c.place.Word
	if len(text) < len(word) || !strings.EqualFold(text[:len(word)], word) {
		return
	}
	if text[:len(word)] != word {
		rank += rankGo + 1
	}
	c.found = append(c.found, candidate{Completion{text, description}, rank})
}

// matches reports whether add would take a name.
func (c *completer) matches(text string) bool {
	word := c.place.Word
	return len(text) >= len(word) && strings.EqualFold(text[:len(word)], word)
}

func (c *completer) sorted() []Completion {
	slices.SortStableFunc(c.found, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(a.rank, b.rank), cmp.Compare(a.Text, b.Text))
	})
	var list []Completion
	seen := map[string]bool{}
	for _, f := range c.found {
		if !seen[f.Text] {
			seen[f.Text] = true
			list = append(list, f.Completion)
		}
	}
	return list
}

// names completes a word that stands alone.
func (c *completer) names() {
	if c.call != nil && c.call.Fresh && c.call.Keyword == "" {
		for _, o := range c.options {
			if !slices.Contains(c.call.Given, o.Text) {
				c.add(rankOption, o.Text+"=", o.Description)
			}
		}
	}
	if c.wanted == "file" && c.call.Fresh {
		c.files(`"`)
	}
	for _, name := range c.place.Locals {
		c.add(rankOwn, name, "declared here")
	}
	c.declared(nil)
	c.predeclared()
	c.words()
}

// declared adds what the user has declared.
func (c *completer) declared(except map[string]bool) {
	for _, n := range c.in.Declared() {
		if !except[n.Name] {
			c.add(rankOwn, n.Name, n.describe())
		}
	}
}

func (n Name) describe() string {
	switch n.Kind {
	case "variable":
		return n.Text
	case "constant":
		return "= " + n.Text
	case "type":
		return n.Kind
	}
	return n.Text
}

// predeclared adds the session's names.
func (c *completer) predeclared() {
	for _, name := range c.given() {
		kind, line := c.in.o.Guide.describe(name)
		if isOption := func(o Completion) bool { return o.Text == name }; kind != "option" || slices.ContainsFunc(c.options, isOption) {
			c.add(c.rank(kind), name, line)
		}
	}
}

// given are the session's names that begin with the word. The second name of
// a hook, NewHook, is given to those who ask for it.
func (c *completer) given() (list []string) {
	c.in.mu.Lock()
	defer c.in.mu.Unlock()
	for name := range c.in.names {
		if name[0] == '_' || c.in.user[name] || !c.matches(name) {
			continue
		}
		if first, ok := strings.CutPrefix(name, "New"); ok && c.in.names[first].IsValid() && !strings.HasPrefix(c.place.Word, "N") {
			continue
		}
		list = append(list, name)
	}
	return list
}

func (c *completer) rank(kind string) int {
	switch {
	case kind == "option":
		return rankGo
	case kind == "hook":
		return rankHook
	case kind == c.wanted && kind != "":
		return rankWanted
	case (kind == "command") == c.place.Start:
		return rankFirst
	}
	return rankSecond
}

// words adds those of Go and of the dialect, and packages, once the word has
// begun.
func (c *completer) words() {
	if c.place.Word == "" {
		return
	}
	if c.place.Start {
		for _, w := range []string{"const", "defer", "for", "func", "go", "if", "import", "return", "select", "switch", "type", "var"} {
			c.add(rankGo, w, "Go")
		}
	}
	for _, w := range []string{"True", "False", "None", "true", "false", "nil"} {
		c.add(rankGo, w, "")
	}
	for name, usage := range builtins() {
		c.add(rankGo, name, usage)
	}
	for _, path := range symbols.Paths() {
		c.add(rankGo, path[strings.LastIndexByte(path, '/')+1:], "package "+path)
	}
}

// builtins are the functions and types of Go that one types at a prompt.
func builtins() map[string]string {
	return map[string]string{
		"append": "append(list, values...)", "cap": "cap(list)", "copy": "copy(to, from)", "delete": "delete(map, key)", "len": "len(list)",
		"make": "make(type, size)", "new": "new(type)", "panic": "panic(value)",
		"bool": "type", "float64": "type", "int": "type", "string": "type", "any": "type", "error": "type", "map": "type", "struct": "type", "range": "Go",
	}
}

// members completes what follows a period, in the spelling that was begun.
func (c *completer) members() {
	if c.place.Object == "" || slices.Contains(c.place.Locals, c.place.Object) {
		return
	}
	t := c.in.typeOf(c.place.Object, c.place.Locals)
	if t == nil {
		c.packageNames()
		return
	}
	word := c.place.Word
	spelled := spell.Snake
	if word != "" && token.IsExported(word) {
		spelled = func(name string) string { return name }
	}
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
	members := dialect.Members(t)
	for _, m := range members {
		if m.Name != "String" && strings.HasPrefix(plain(m.Name), plain(word)) {
			c.found = append(c.found, candidate{Completion{spelled(m.Name), c.in.describeMember(t, m, members)}, rankFirst})
		}
	}
}

// describeMember says what a member does, or else of which type it is.
func (in *Interp) describeMember(t reflect.Type, m dialect.Member, all []dialect.Member) string {
	_, line := in.o.Guide.member(t, m.Name)
	if line == "" {
		line = typeText(m.Type)
	}
	settable := func(s dialect.Member) bool { return s.Method && s.Name == "Set"+m.Name && s.Type.NumIn() == 1 }
	if m.Getter() && slices.ContainsFunc(all, settable) {
		line += "; can be set"
	}
	return line
}

// packageNames completes what a package exports.
func (c *completer) packageNames() {
	path, ok := symbols.Named(c.place.Object)
	if !ok || (env{c.in}).Known(c.place.Object) {
		return
	}
	for name, v := range c.in.engine().table(path) {
		if name[0] != '_' {
			c.add(rankFirst, name, symbolText(v))
		}
	}
}

// symbolText is what a symbol of a package is.
func symbolText(v reflect.Value) string {
	switch {
	case v.Kind() == reflect.Func:
		return typeText(v.Type())
	case isTypeTable(v):
		return "type"
	}
	if k, ok := constantValue(v); ok {
		return k.String()
	}
	return typeText(v.Type())
}

// imports completes the path of a package.
func (c *completer) imports() {
	for _, path := range symbols.Paths() {
		c.add(rankFirst, path+c.closing(), "package")
	}
}

// closing is the quote that is still missing.
func (c *completer) closing() string {
	quote := string(c.place.Quote)
	if strings.HasPrefix(c.rest, quote) {
		return ""
	}
	return quote
}

// typeOf is the compiled type of an expression as typed, nil when it is not
// known. Nothing is evaluated.
func (in *Interp) typeOf(text string, locals []string) reflect.Type {
	goText, _, err := dialect.Rewrite(text, env{in})
	if err != nil {
		return nil
	}
	e, err := parser.ParseExpr(goText)
	if err != nil {
		return nil
	}
	global := map[*ast.Ident]bool{}
	ast.Inspect(e, func(n ast.Node) bool {
		if id, ok := n.(*ast.Ident); ok && !slices.Contains(locals, id.Name) {
			global[id] = true
		}
		return true
	})
	return typer{env{in}, global}.of(e)
}
