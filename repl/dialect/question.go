package dialect

import (
	"go/token"
	"strconv"
)

// question finds the edit that makes help("robz.velocity") of robz.velocity?
// and of help robz.velocity, if there is a command of that name. Neither is
// ever legal Go.
func question(src string, env Env) []edit {
	toks, _ := scan(src)
	for len(toks) > 0 && toks[len(toks)-1].tok == token.SEMICOLON {
		toks = toks[:len(toks)-1]
	}
	last := len(toks) - 1
	if last < 1 || !env.Command("help") {
		return nil
	}
	from, to := toks[0].pos, toks[last].end
	switch {
	case toks[last].tok == token.ILLEGAL && toks[last].text == "?":
		toks = toks[:last]
	case toks[0].text == "help":
		toks = toks[1:]
	default:
		return nil
	}
	if !dotted(toks) {
		return nil
	}
	name := src[toks[0].pos:toks[len(toks)-1].end]
	return []edit{{pos: from, end: to, text: "help(" + strconv.Quote(name) + ")"}}
}

// dotted reports whether toks are names with periods between them.
func dotted(toks []tok) bool {
	for i, t := range toks {
		if i%2 == 0 && t.tok != token.IDENT || i%2 == 1 && t.tok != token.PERIOD {
			return false
		}
	}
	return len(toks)%2 == 1
}
