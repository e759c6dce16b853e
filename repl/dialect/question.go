package dialect

import (
	"go/token"
	"strconv"
)

// question finds the edit that makes help("robz.velocity") of robz.velocity?,
// if there is a command of that name. A question mark is never legal Go.
func question(src string, env Env) []edit {
	toks, _ := scan(src)
	for len(toks) > 0 && toks[len(toks)-1].tok == token.SEMICOLON {
		toks = toks[:len(toks)-1]
	}
	last := len(toks) - 1
	if last < 1 || toks[last].tok != token.ILLEGAL || toks[last].text != "?" || !env.Command("help") {
		return nil
	}
	for i, t := range toks[:last] {
		if want := i%2 == 0; want != (t.tok == token.IDENT) || !want && t.tok != token.PERIOD {
			return nil
		}
	}
	if last%2 == 0 { // ends with a period
		return nil
	}
	from, to := toks[0].pos, toks[last].end
	name := src[from:toks[last-1].end]
	return []edit{{pos: from, end: to, text: "help(" + strconv.Quote(name) + ")"}}
}
