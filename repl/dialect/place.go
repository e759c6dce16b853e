package dialect

import (
	"go/token"
	"slices"
	"unicode/utf8"
)

// Place is what stands around the cursor in an input that is being typed.
type Place struct {
	In     Surrounding
	From   int    // where the word that ends at the cursor begins
	Word   string // as far as it stands before the cursor; of a string what is in it
	Start  bool   // the word is the first one of a statement
	Member bool   // the word follows a period
	Object string // what is before that period, as typed; "" if that is no expression
	Quote  byte   // of the string that the cursor is in
	Calls  []Call // that the cursor is in the arguments of, innermost first
	Locals []string
}

// Surrounding is the kind of source that a cursor is in.
type Surrounding int

// The kinds of source. Elsewhere (in a comment, a number, right behind a value,
// or where a new name is made up) nothing is to be completed.
const (
	Elsewhere Surrounding = iota
	Code
	Text
	Import // the path of a package
)

// Call is a call whose brackets, or blanks, are around the cursor.
type Call struct {
	Func    string   // what is called, as typed
	Index   int      // of the argument at the cursor among those without a name
	Keyword string   // name=, if the argument at the cursor has one
	Given   []string // all such names before the cursor
	Fresh   bool     // the word at the cursor begins its argument
}

// cursorMark stands for the cursor: a letter, which becomes part of the word
// or string before it, and vanishes in a comment.
const cursorMark = "_"

// At looks at what is typed before the cursor, a byte offset. command tells
// the names that may be typed with blanks in place of brackets.
func At(src string, cursor int, command func(string) bool) Place {
	cursor = min(max(cursor, 0), len(src))
	for cursor < len(src) && cursor > 0 && !utf8.RuneStart(src[cursor]) {
		cursor--
	}
	text := Clean(src[:cursor]) + cursorMark
	start := lastStatement(text)
	l := &looker{rewriter: newRewriter(text[start:], nil), base: start, command: command}
	l.last = len(l.toks) - 1
	for l.last >= 0 && l.toks[l.last].auto {
		l.last--
	}
	if l.last < 0 || l.toks[l.last].end != len(text)-start {
		return Place{From: cursor}
	}
	return l.place(cursor)
}

// lastStatement is where the last top-level statement of a text begins.
func lastStatement(text string) int {
	toks, _ := scan(text)
	depth, first := 0, 0
	for i, t := range toks {
		switch {
		case opens(t.tok):
			depth++
		case closes(t.tok):
			depth--
		case t.tok == token.SEMICOLON && depth <= 0 && i+1 < len(toks) && ended(text, toks[first:i], t):
			first = i + 1
		}
	}
	if first >= len(toks) {
		return len(text)
	}
	return toks[first].pos
}

// looker looks around in one statement, which ends with the cursor's mark.
type looker struct {
	*rewriter
	base    int // of the statement in the input
	last    int // the token that holds the mark
	command func(string) bool
	blank   int   // the command that is typed with blanks
	words   []int // first tokens of its arguments; nil when there is none
}

func (l *looker) place(cursor int) Place {
	t := l.toks[l.last]
	p := Place{From: cursor, Start: l.last == 0}
	l.blankWords()
	switch t.tok {
	case token.STRING, token.CHAR:
		p.In, p.Quote, p.From = Text, t.text[0], l.base+t.pos+1
		if l.at(0) == token.IMPORT {
			p.In = Import
		}
		p.Word = l.src[t.pos+1 : len(l.src)-len(cursorMark)]
	case token.IDENT:
		l.word(&p, t)
	default:
		p.Start = false
	}
	p.Calls = l.calls()
	for name := range l.locals {
		if name != t.text { // which is the word with the mark
			p.Locals = append(p.Locals, name)
		}
	}
	slices.Sort(p.Locals)
	return p
}

// word fills in the place of a name that is being typed.
func (l *looker) word(p *Place, t tok) {
	p.In, p.From = Code, l.base+t.pos
	p.Word = l.src[t.pos : len(l.src)-len(cursorMark)]
	before := tok{tok: token.EOF}
	if l.last > 0 {
		before = l.toks[l.last-1]
	}
	switch before.tok {
	case token.PERIOD:
		p.Member = true
		if from := l.begin(l.last - 2); from >= 0 {
			p.Object = l.src[l.toks[from].pos:l.toks[l.last-2].end]
		}
		return
	case token.FUNC, token.VAR, token.CONST, token.TYPE, token.PACKAGE:
		p.In = Elsewhere
	case token.LBRACE, token.SEMICOLON:
		p.Start = true
	}
	if before.end == t.pos && (before.tok.IsLiteral() || closes(before.tok)) {
		p.In = Elsewhere // nothing can follow without a blank
	}
}

// begin is the first token of the operand that ends with token i, -1 if that
// cannot be told.
func (l *looker) begin(i int) int {
	for i >= 0 {
		switch t := l.at(i); {
		case t == token.RPAREN || t == token.RBRACK:
			open := l.partner[i]
			if open < 0 {
				return -1
			}
			if b := l.at(open - 1); b != token.IDENT && !closes(b) || l.apart(open) {
				if t == token.RPAREN {
					return open
				}
				return -1
			}
			i = open - 1
		case t == token.IDENT && l.at(i-1) == token.PERIOD:
			i -= 2
		case t == token.IDENT || t == token.STRING:
			return i
		default:
			return -1
		}
	}
	return -1
}

// apart reports whether the bracket at i begins an argument of its own.
func (l *looker) apart(i int) bool { return slices.Contains(l.words, i) }

// blankWords finds the arguments of a command that is typed with blanks.
func (l *looker) blankWords() {
	if l.command == nil {
		return
	}
	l.blank = blankCommand(l.toks[:l.last+1], l.command)
	if l.blank < 0 || l.blank == l.last {
		return
	}
	for _, i := range arguments(l.toks[l.blank : l.last+1]) {
		l.words = append(l.words, l.blank+i)
	}
}

// calls lists the calls around the cursor.
func (l *looker) calls() (list []Call) {
	for open := l.inside[l.last]; open >= 0; open = l.inside[open] {
		if l.body(open) {
			return list
		}
		if !l.call(open) || l.apart(open) {
			continue
		}
		if from := l.begin(open - 1); from >= 0 {
			list = append(list, l.arguments(l.src[l.toks[from].pos:l.toks[open-1].end], l.commas(open)))
		}
	}
	if len(l.words) > 0 {
		list = append(list, l.arguments(l.toks[l.blank].text, l.words))
	}
	return list
}

// body reports whether a bracket opens the body of a function or of a
// statement, which is no part of the call around it.
func (l *looker) body(open int) bool {
	if l.at(open) != token.LBRACE {
		return false
	}
	for i := open - 1; i > l.inside[open] && l.at(i) != token.COMMA; i-- {
		if l.at(i) == token.FUNC && l.inside[i] == l.inside[open] {
			return true
		}
	}
	return l.inside[open] < 0
}

// commas are the first tokens of the arguments after an open bracket.
func (l *looker) commas(open int) []int {
	list := []int{open + 1}
	for i := open + 1; i < l.last; i++ {
		if l.inside[i] == open && l.at(i) == token.COMMA {
			list = append(list, i+1)
		}
	}
	return list
}

// arguments looks at the arguments of a call up to the cursor, given the first
// token of each.
func (l *looker) arguments(f string, first []int) Call {
	c := Call{Func: f}
	for k, i := range first {
		current := k == len(first)-1
		named := l.at(i) == token.IDENT && l.at(i+1) == token.ASSIGN && i+1 < l.last
		switch {
		case named && current:
			c.Keyword = l.toks[i].text
			c.Fresh = i+2 == l.last
		case current:
			c.Fresh = i == l.last
		case !named:
			c.Index++
		}
		if named {
			c.Given = append(c.Given, l.toks[i].text)
		}
	}
	return c
}
