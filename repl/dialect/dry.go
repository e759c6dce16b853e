package dialect

import "go/token"

// dry: in dry(ascan(...)) the scan would run before dry is asked. What stands in
// the brackets becomes a function, which dry calls.
func (r *rewriter) dry(i int) {
	if !r.global(i) || r.toks[i].text != "dry" || !r.env.Command("dry") || r.at(i+1) != token.LPAREN {
		return
	}
	if r.at(i+3) != token.LPAREN || !r.global(i+2) || !r.env.Command(r.toks[i+2].text) {
		return
	}
	end := r.partner[i+3]
	if end < 0 || end+1 != r.partner[i+1] {
		return
	}
	r.insert(i+1, "func() { ", rankGetter)
	r.insert(end, " }", rankComma)
}
