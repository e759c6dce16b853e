package dialect

import (
	"go/parser"
	"go/token"
	"strings"
)

// Stmt is one top-level statement or declaration of an input.
type Stmt struct {
	Pos  int // offset in the input
	Text string
}

// maxTries bounds the semicolons that the header of one statement may have.
const maxTries = 100

// Split cuts an input into its top-level statements and declarations. The
// input should have passed Clean.
func Split(src string) []Stmt {
	toks, _ := scan(src)
	var out []Stmt
	depth, first, tries := 0, 0, 0
	for i, t := range toks {
		switch {
		case opens(t.tok):
			depth++
		case closes(t.tok):
			depth--
		case t.tok != token.SEMICOLON || depth > 0:
		case tries == maxTries || ended(src, toks[first:i], t):
			out = appendStmt(out, src, toks[first:i])
			first, tries = i+1, 0
		default:
			tries++
		}
	}
	return appendStmt(out, src, toks[first:])
}

func appendStmt(out []Stmt, src string, toks []tok) []Stmt {
	if len(toks) == 0 {
		return out
	}
	from, to := toks[0].pos, toks[len(toks)-1].end
	return append(out, Stmt{Pos: from, Text: src[from:to]})
}

// ended reports whether a semicolon after toks ends a statement, or is one of
// those in the header of a for, if or switch statement.
func ended(src string, toks []tok, semi tok) bool {
	if len(toks) == 0 {
		return true
	}
	if !header(toks) {
		return !label(toks)
	}
	last := toks[len(toks)-1]
	if last.tok != token.RBRACE {
		return false
	}
	if semi.auto {
		return true
	}
	_, _, err := parse(src[toks[0].pos:last.end])
	return err == nil
}

// header reports whether toks begin a statement whose header may hold
// semicolons.
func header(toks []tok) bool {
	for len(toks) > 2 && toks[0].tok == token.IDENT && toks[1].tok == token.COLON {
		toks = toks[2:]
	}
	switch toks[0].tok {
	case token.FOR, token.IF, token.SWITCH, token.SELECT:
		return true
	}
	return false
}

// label reports whether toks are a label alone, which waits for a statement.
func label(toks []tok) bool {
	return len(toks) == 2 && toks[0].tok == token.IDENT && toks[1].tok == token.COLON
}

// parse tries text as a statement of plain Go once the rules that need no
// environment have been applied.
func parse(text string) (string, Origin, error) {
	out, o, err := Rewrite(text, nil)
	if err != nil {
		return out, o, err
	}
	_, err = parser.ParseFile(token.NewFileSet(), "", "package p; func _() {\n"+out+"\n}", 0)
	return out, o, err
}

// Incomplete reports whether src needs another line: a bracket, a string or a
// comment is open, or the last token cannot end a statement.
func Incomplete(src string) bool {
	src = Clean(src)
	toks, faults := scan(src)
	for _, f := range faults {
		if f.msg == "raw string literal not terminated" || f.msg == "comment not terminated" {
			return true
		}
	}
	depth := 0
	var last, before token.Token
	for _, t := range toks {
		switch {
		case opens(t.tok):
			depth++
		case closes(t.tok):
			depth--
		}
		if depth < 0 {
			return false
		}
		if t.auto {
			continue
		}
		if last, before = t.tok, last; before == token.PERIOD && last.IsKeyword() {
			last = token.IDENT // load dia.go
		}
	}
	return depth > 0 || len(toks) > 0 && !endable(last)
}

// OpenComment gives the offset of a comment that has no end, -1 when there is none.
func OpenComment(src string) int {
	_, faults := scan(src)
	for _, f := range faults {
		if f.msg == "comment not terminated" {
			return f.pos
		}
	}
	return -1
}

// endable reports whether a statement can end with t.
func endable(t token.Token) bool {
	switch t {
	case token.BREAK, token.CONTINUE, token.FALLTHROUGH, token.RETURN, token.INC, token.DEC, token.SEMICOLON, token.ELLIPSIS, token.COLON, token.ILLEGAL:
		return true
	}
	return t.IsLiteral() || closes(t)
}

// Blank reports whether src holds nothing but blanks and comments.
func Blank(src string) bool {
	if strings.TrimSpace(src) == "" {
		return true
	}
	toks, _ := scan(Clean(src))
	return len(toks) == 0
}
