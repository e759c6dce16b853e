package editor

import "strings"

// recall walks through the inputs of the history that begin like the one that
// was being typed.
type recall struct {
	prefix        string
	before, after string // what was being typed
	at            int    // the entry shown; len(entries) is what was being typed
}

func newRecall(h *history, before, after string) *recall {
	return &recall{prefix: before, before: before, after: after, at: len(h.entries)}
}

// older goes to the next older entry that begins right and differs from the one
// shown.
func (r *recall) older(h *history) {
	for i := r.at - 1; i >= 0; i-- {
		if r.fits(h, i) {
			r.at = i
			return
		}
	}
}

// newer goes back; behind the newest entry is what was being typed.
func (r *recall) newer(h *history) {
	for i := r.at + 1; i < len(h.entries); i++ {
		if r.fits(h, i) {
			r.at = i
			return
		}
	}
	r.at = len(h.entries)
}

func (r *recall) fits(h *history, i int) bool {
	before, after := r.text(h)
	e := h.entries[i]
	return strings.HasPrefix(e, r.prefix) && e != before+after && e != r.before+r.after
}

// text is what the entry shows, cut at the cursor.
func (r *recall) text(h *history) (before, after string) {
	if r.at == len(h.entries) {
		return r.before, r.after
	}
	return h.entries[r.at], ""
}

// search is a reverse search: the newest entry that contains what is typed.
type search struct {
	query         string
	at            int // the entry shown; len(entries) is none yet
	failed        bool
	before, after string // what was being typed
}

func newSearch(h *history, before, after string) *search {
	return &search{at: len(h.entries), before: before, after: after}
}

// typed changes the query and searches anew from the newest entry. The one that
// is shown stays when there is none.
func (s *search) typed(h *history, query string) {
	s.query = query
	s.find(h, len(h.entries)-1, -1, "")
}

// older goes on to the next older entry, newer back.
func (s *search) older(h *history) { s.find(h, s.at-1, -1, s.entry(h)) }
func (s *search) newer(h *history) { s.find(h, s.at+1, 1, s.entry(h)) }

// find searches from an entry on, in steps, for another one than that shown.
func (s *search) find(h *history, from, step int, other string) {
	s.failed = false
	if s.query == "" {
		return
	}
	for i := from; i >= 0 && i < len(h.entries); i += step {
		if strings.Contains(h.entries[i], s.query) && h.entries[i] != other {
			s.at = i
			return
		}
	}
	s.failed = true
}

func (s *search) entry(h *history) string {
	if s.at >= len(h.entries) {
		return ""
	}
	return h.entries[s.at]
}

// text is the entry shown, cut where the query was found.
func (s *search) text(h *history) (before, after string) {
	if s.at >= len(h.entries) {
		return s.before, s.after
	}
	e := h.entries[s.at]
	i := max(0, strings.Index(e, s.query))
	return e[:i], e[i:]
}

// prompt stands in place of the usual one.
func (s *search) prompt() string {
	if s.failed {
		return "no '" + s.query + "' further back: "
	}
	return "search '" + s.query + "': "
}
