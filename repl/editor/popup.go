package editor

import (
	"fmt"
	"slices"
	"strings"

	"blissh/internal/screen"
	"blissh/repl"

	"github.com/c-bata/go-prompt"
)

const (
	// popupRows is how many completions are shown at once.
	popupRows = 6
	// enoughToRead is what is left of a long description, so that the popup stays
	// below its word.
	enoughToRead = 32
	// longestAssisted bounds the text that help is asked for: a pasted file gets
	// none.
	longestAssisted = 1 << 15
)

// popup is the choice among completions. None is chosen until Tab.
type popup struct {
	open  bool
	from  int // where the word begins, a byte offset in the text
	list  []repl.Completion
	hint  string
	first int // the completion in the upper row
	*prompt.CompletionManager
}

func newPopup() *popup {
	p := &popup{}
	p.CompletionManager = prompt.NewCompletionManager(p.suggest, popupRows)
	return p
}

// suggest gives the library what was found for the text as it is.
func (p *popup) suggest(prompt.Document) []prompt.Suggest {
	var out []prompt.Suggest
	for _, c := range p.list {
		out = append(out, prompt.Suggest{Text: c.Text, Description: c.Description})
	}
	return out
}

// empty takes everything away.
func (p *popup) empty() {
	p.open, p.from, p.list, p.hint, p.first = false, 0, nil, "", 0
	p.Reset()
}

// ask fills the popup for a text that is cut at the cursor.
func (p *popup) ask(a repl.Assist, before, after string) {
	p.empty()
	if a != nil && len(before)+len(after) <= longestAssisted {
		p.from, p.list, p.hint = help(a, before+after, len(before))
	}
	if p.from < 0 || p.from > len(before) {
		p.from, p.list = len(before), nil
	}
	p.Reset()
	word := before[p.from:]
	p.open = len(p.list) > 0 && (word != "" || strings.HasSuffix(before, "."))
	if len(p.list) == 1 && p.list[0].Text == word && p.list[0].Description == "" {
		p.open = false // nothing that is not on the screen already
	}
}

// help asks; what goes wrong in there must not take the prompt away.
func help(a repl.Assist, text string, cursor int) (from int, list []repl.Completion, hint string) {
	defer func() {
		if recover() != nil {
			from, list, hint = cursor, nil, ""
		}
	}()
	from, list = a.Complete(text, cursor)
	return from, list, oneLine(a.Hint(text, cursor))
}

func oneLine(s string) string { return strings.Join(strings.Fields(typed(s)), " ") }

// chosen is the completion that Tab has chosen.
func (p *popup) chosen() (string, bool) {
	s, ok := p.GetSelectedSuggestion()
	return s.Text, ok
}

// close takes the popup away until something else is typed.
func (p *popup) close() {
	p.open = false
	p.Reset()
}

// step chooses the next completion or the one before. A popup that was closed
// opens.
func (p *popup) step(by func()) {
	if len(p.list) == 0 {
		return
	}
	p.open = true
	by()
	at := p.index()
	p.first = max(0, min(p.first, at), at-popupRows+1)
}

// index is that of the completion that is chosen, -1 for none.
func (p *popup) index() int {
	s, ok := p.GetSelectedSuggestion()
	if !ok {
		return -1
	}
	return slices.Index(p.GetSuggestions(), s)
}

// styles are how parts of the screen look.
type styles struct{ chosen, name, faint, off string }

// newStyles has no colours at all where there are to be none; what is chosen is
// marked nevertheless.
func newStyles(colour bool) styles {
	if !colour {
		return styles{chosen: "\x1b[7m", off: "\x1b[0m"}
	}
	return styles{chosen: "\x1b[7m", name: "\x1b[36m", faint: "\x1b[90m", off: "\x1b[0m"}
}

// rows draws the popup in at most n rows, its words from a column on.
func (p *popup) rows(st styles, column, columns, n int) []string {
	if !p.open || n < 1 {
		return nil
	}
	list := p.list[p.first:min(len(p.list), p.first+min(popupRows, n))]
	rest := len(p.list) - p.first - len(list)
	if rest > 0 && len(list) > 1 && len(list) == n {
		list = list[:len(list)-1]
		rest++
	}
	names, width := p.widths(list)
	width = min(width, max(columns/2, names+enoughToRead))
	column = max(0, min(column, columns-1-width))
	var out []string
	for i, c := range list {
		name := screen.Cut(c.Text, names)
		name += strings.Repeat(" ", names-screen.Width(name))
		description := oneLine(c.Description)
		row := st.name + " " + name + " " + st.off + st.faint + " " + description + st.off
		if p.first+i == p.index() {
			row = st.chosen + " " + name + " " + st.off + " " + description
		}
		out = append(out, screen.Cut(strings.Repeat(" ", column)+row, columns-1)+st.off)
	}
	if rest > 0 && n > len(list) {
		out = append(out, screen.Cut(strings.Repeat(" ", column)+st.faint+fmt.Sprintf(" … %d more", rest), columns-1)+st.off)
	}
	return out
}

// hintRow cuts a hint to n columns, so that the argument that is due, marked by
// «», stays in sight.
func hintRow(hint string, n int) string {
	due, rest, marked := strings.Cut(hint, "»")
	if !marked || screen.Width(due)+2 <= n {
		return screen.Cut(hint, n)
	}
	for due != "" && screen.Width(due)+3 > n {
		due = due[firstCharacter(due):]
	}
	return screen.Cut("…"+due+"»"+rest, n)
}

// widths are the columns of the names, and those of whole rows.
func (p *popup) widths(list []repl.Completion) (names, whole int) {
	const longest = 40
	descriptions := 0
	for _, c := range list {
		names = max(names, screen.Width(c.Text))
		descriptions = max(descriptions, screen.Width(oneLine(c.Description)))
	}
	names = min(names, longest)
	return names, names + 3 + descriptions
}
