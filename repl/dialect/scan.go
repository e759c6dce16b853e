// Package dialect turns what is typed at the prompt into plain Go.
//
// It works on tokens and only edits what cannot be legal Go, or what the
// environment knows to be a command, a device or a type; legal Go passes
// through unchanged, which a test checks against the standard library's
// sources. The rules:
//
//	f(a, name=value)        f(a, __kw("name", value))
//	x = expr                x := expr                  when x is unknown
//	True False None         true false nil             when not declared
//	s.get_data()            s.GetData()                when the type of s has it
//	robz.position           robz.Position()            a getter spelled in snake case
//	robz.velocity = 5       robz.SetVelocity(5)
//	Hook()                  the constructor of Hook
//	'text'                  "text"                     when it is not a rune
//	# comment               // comment
//	f(a,⏎  b⏎)              f(a,⏎  b,⏎)
//	mv robz 3               mv(robz, 3)                when mv is a command
//	s = ascan robz 0 1 9    s = ascan(robz, 0, 1, 9)   likewise
//	robz.velocity?          help("robz.velocity")      when help is a command;
//	                                                   so is help robz.velocity
//
// Every rewriting comes with an Origin, which leads from an offset in the
// result back to what was typed.
package dialect

import (
	"go/scanner"
	"go/token"
	"strings"
	"unicode/utf8"
)

// tok is one token with its extent in the source.
type tok struct {
	pos, end int
	tok      token.Token
	text     string
	auto     bool // a semicolon that the scanner put in at a line's end
}

// fault is a complaint of the scanner.
type fault struct {
	pos int
	msg string
}

// scan splits src into tokens, without comments and without the end of file.
func scan(src string) ([]tok, []fault) {
	var faults []fault
	fset := token.NewFileSet()
	file := fset.AddFile("", fset.Base(), len(src))
	var s scanner.Scanner
	s.Init(file, []byte(src), func(p token.Position, msg string) {
		faults = append(faults, fault{p.Offset, msg})
	}, 0)
	var toks []tok
	for {
		p, t, lit := s.Scan()
		if t == token.EOF {
			return toks, faults
		}
		toks = append(toks, newTok(src, file.Offset(p), t, lit))
	}
}

// newTok finds the end of a token in src: the scanner's literal lacks carriage
// returns, and has three bytes for one that is no character.
func newTok(src string, pos int, t token.Token, lit string) tok {
	k := tok{pos: pos, end: pos + len(lit), tok: t, text: lit}
	switch {
	case t == token.SEMICOLON && lit == "\n":
		k.end, k.auto = pos, true
	case lit == "" || t.IsOperator():
		k.text = t.String()
		k.end = pos + len(k.text)
	case t == token.ILLEGAL:
		_, n := utf8.DecodeRuneInString(src[pos:])
		k.end = pos + n
	case t == token.STRING && lit[0] == '`':
		k.end = len(src)
		if n := strings.IndexByte(src[pos+1:], '`'); n >= 0 {
			k.end = pos + n + 2
		}
	}
	k.end = min(k.end, len(src))
	return k
}

// Clean replaces comments that begin with # by comments of Go. The length of
// the text does not change.
func Clean(src string) string {
	if !strings.Contains(src, "#") {
		return src
	}
	b := []byte(src)
	for from := 0; ; {
		at := hash(b[from:])
		if at < 0 {
			return string(b)
		}
		at += from
		if from = at + 1; from >= len(b) || b[from] == '\n' {
			b[at] = ' '
			continue
		}
		b[at], b[at+1] = '/', '/'
		for from < len(b) && b[from] != '\n' {
			from++
		}
	}
}

// hash finds the first # that is a token of its own, or -1.
func hash(src []byte) int {
	fset := token.NewFileSet()
	file := fset.AddFile("", fset.Base(), len(src))
	var s scanner.Scanner
	s.Init(file, src, func(token.Position, string) {}, 0)
	for {
		switch p, t, lit := s.Scan(); {
		case t == token.EOF:
			return -1
		case t == token.ILLEGAL && lit == "#":
			return file.Offset(p)
		}
	}
}

// Nesting is how deep the brackets of src are nested.
func Nesting(src string) int {
	toks, _ := scan(src)
	depth, most := 0, 0
	for _, t := range toks {
		switch {
		case opens(t.tok):
			depth++
		case closes(t.tok):
			depth--
		}
		most = max(most, depth)
	}
	return most
}

// pairs gives for each bracket the index of its partner, and for each token
// the index of the innermost open bracket around it; -1 where there is none.
func pairs(toks []tok) (partner, inside []int) {
	partner, inside = make([]int, len(toks)), make([]int, len(toks))
	var open []int
	top := func() int {
		if len(open) == 0 {
			return -1
		}
		return open[len(open)-1]
	}
	for i, t := range toks {
		partner[i], inside[i] = -1, top()
		switch {
		case opens(t.tok):
			open = append(open, i)
		case closes(t.tok) && len(open) > 0:
			o := top()
			open = open[:len(open)-1]
			partner[i], partner[o], inside[i] = o, i, top()
		}
	}
	return partner, inside
}

func opens(t token.Token) bool {
	return t == token.LPAREN || t == token.LBRACK || t == token.LBRACE
}

func closes(t token.Token) bool {
	return t == token.RPAREN || t == token.RBRACK || t == token.RBRACE
}
