package repl

import (
	"sort"
	"strings"
	"sync"

	"blissh/repl/dialect"
)

// unit is one statement as it was typed. The interpreter knows it by the
// number of its first line, which is different for every unit although all
// have the same file name, so that a position always leads back to the text
// it belongs to.
type unit struct {
	first  int // line given to the interpreter
	file   string
	input  string // all that was typed
	base   int    // offset of the statement in input
	length int    // of the statement in input
	text   string // as rewritten
	origin dialect.Origin
}

// typedText is the statement as it was typed.
func (u *unit) typedText() string { return u.input[u.base:min(u.base+u.length, len(u.input))] }

// place gives the line and column, as typed, of a position of the interpreter.
func (u *unit) place(line, col int) (int, int) {
	return lineCol(u.input, u.offset(line, col))
}

// offset is what place gives, as an offset of the input.
func (u *unit) offset(line, col int) int {
	at := 0
	for range line - u.first {
		nl := strings.IndexByte(u.text[at:], '\n')
		if nl < 0 {
			break
		}
		at += nl + 1
	}
	return u.base + u.origin.Source(min(at+max(col, 1)-1, len(u.text)))
}

// typed gives the line and column, as typed, of an offset in the text.
func (u *unit) typed(offset int) (line, col int) {
	return lineCol(u.input, u.base+u.origin.Source(offset))
}

func lineCol(text string, offset int) (line, col int) {
	head := text[:min(max(offset, 0), len(text))]
	return 1 + strings.Count(head, "\n"), len(head) - strings.LastIndexByte(head, '\n')
}

// units finds a unit by a line of the interpreter.
type units struct {
	mu   sync.Mutex // a goroutine that fails looks for its place
	list []*unit
	next int
}

const maxUnits = 20000 // kept, so that functions typed long ago have their text

func (us *units) add(u *unit) {
	us.mu.Lock()
	defer us.mu.Unlock()
	us.next += 2
	u.first = us.next
	us.next += strings.Count(u.text, "\n") + 2
	if us.list = append(us.list, u); len(us.list) > maxUnits {
		us.list = append([]*unit(nil), us.list[maxUnits/2:]...)
	}
}

func (us *units) find(line int) *unit {
	us.mu.Lock()
	defer us.mu.Unlock()
	i := sort.Search(len(us.list), func(i int) bool { return us.list[i].first > line })
	if i == 0 {
		return nil
	}
	return us.list[i-1]
}
