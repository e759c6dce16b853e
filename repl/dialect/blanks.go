package dialect

import "go/token"

// blanks finds the edits that put brackets and commas into a command typed
// with blanks, such as `mv robz -3` or `s = ascan robz 0 1 10 .1`. There are none
// when the statement is already Go.
func blanks(src string, env Env) []edit {
	toks, _ := scan(src)
	for len(toks) > 0 && toks[len(toks)-1].tok == token.SEMICOLON {
		toks = toks[:len(toks)-1]
	}
	at := blankCommand(toks, env.Command)
	if at < 0 {
		return nil
	}
	toks = toks[at:]
	end := toks[len(toks)-1].end
	if len(toks) == 1 {
		return []edit{{pos: end, end: end, text: "()"}}
	}
	edits := []edit{{pos: toks[0].end, end: toks[1].pos, text: "("}, {pos: end, end: end, text: ")"}}
	for _, i := range arguments(toks)[1:] {
		if before := toks[i-1]; before.tok != token.COMMA {
			edits = append(edits, edit{pos: before.end, end: toks[i].pos, text: ", "})
		}
	}
	return edits
}

// arguments are the first tokens of the arguments of a command typed with
// blanks, which is the first token.
func arguments(toks []tok) []int {
	list := []int{1}
	depth, literal := 0, toks[1].tok == token.FUNC
	for i := 1; i+1 < len(toks); i++ {
		switch {
		case opens(toks[i].tok):
			depth++
		case closes(toks[i].tok):
			depth--
			literal = literal && (depth > 0 || toks[i].tok != token.RBRACE)
		}
		if depth > 0 || literal {
			continue
		}
		if toks[i].tok == token.COMMA || wordEnds(toks[i], toks[i+1], after(toks, i+2)) {
			list = append(list, i+1)
			literal = toks[i+1].tok == token.FUNC
		}
	}
	return list
}

// blankCommand is the token of the command that is typed with blanks, -1 if
// there is none. It begins the statement, or follows the names that it is
// assigned to.
func blankCommand(toks []tok, command func(string) bool) int {
	at := 0
	for i := 0; i+1 < len(toks) && toks[i].tok == token.IDENT; i += 2 {
		if t := toks[i+1].tok; t == token.ASSIGN || t == token.DEFINE {
			at = i + 2
		} else if t == token.COMMA {
			continue
		}
		break
	}
	rest := toks[at:]
	if len(rest) == 0 || len(rest) == 1 && at > 0 || rest[0].tok != token.IDENT || !command(rest[0].text) || !spaced(rest) {
		return -1
	}
	return at
}

// spaced reports whether a blank and then an argument follow the command, so
// that the statement cannot be meant as Go.
func spaced(toks []tok) bool {
	if len(toks) == 1 {
		return true
	}
	next := toks[1]
	if next.tok == token.FLOAT && next.text[0] == '.' && next.pos == toks[0].end {
		return false
	}
	switch {
	case next.tok.IsLiteral() || next.tok == token.FUNC:
		return true
	case next.tok == token.SUB || next.tok == token.ADD:
		return next.pos > toks[0].end && len(toks) > 2 && toks[2].pos == next.end
	}
	return false
}

func after(toks []tok, i int) tok {
	if i < len(toks) {
		return toks[i]
	}
	return tok{tok: token.EOF}
}

// wordEnds reports whether a blank between a and b separates two arguments; c
// is the token after b.
func wordEnds(a, b, c tok) bool {
	if a.end == b.pos || a.tok == token.COMMA || b.tok == token.COMMA {
		return false
	}
	if infix(a.tok) {
		return false
	}
	switch b.tok {
	case token.NOT:
		return true
	case token.SUB, token.ADD, token.AND:
		return c.tok != token.EOF && c.pos == b.end
	}
	return !infix(b.tok)
}

// infix reports whether t joins what stands on its two sides.
func infix(t token.Token) bool {
	return t.IsOperator() && !opens(t) && !closes(t)
}
