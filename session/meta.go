package session

import (
	"fmt"
	"path"
	"slices"
	"time"

	"blissh/data"
	"blissh/scan"
)

// Comment is a text that waits for a scan.
type Comment struct {
	ID   string  `json:"id"`
	Time float64 `json:"time"` // when it was typed, Unix seconds
	Text string  `json:"text"`
}

// Meta is what is kept with every scan.
func (s *Session) Meta() []data.Meta { return slices.Clone(s.keptSaving().Meta) }

// SetMeta sets an entry, in place of one of that name.
func (s *Session) SetMeta(m data.Meta) error {
	if err := m.Check(); err != nil {
		return err
	}
	return s.keep(func(k *savingSettings) error {
		k.Meta = slices.Clone(k.Meta)
		if i := slices.IndexFunc(k.Meta, func(o data.Meta) bool { return o.Name == m.Name }); i >= 0 {
			k.Meta[i] = m
			return nil
		}
		k.Meta = append(k.Meta, m)
		return nil
	})
}

// DeleteMeta takes away the entries whose names match a pattern ("sample_*"), and
// returns them. A pattern that matches nothing is an error.
func (s *Session) DeleteMeta(pattern string) (gone []data.Meta, err error) {
	if _, err := path.Match(pattern, ""); err != nil {
		return nil, fmt.Errorf("%q is no pattern", pattern)
	}
	err = s.keep(func(k *savingSettings) error {
		k.Meta = slices.DeleteFunc(slices.Clone(k.Meta), func(m data.Meta) bool {
			matches, _ := path.Match(pattern, m.Name)
			if matches {
				gone = append(gone, m)
			}
			return matches
		})
		if gone == nil {
			return fmt.Errorf("there is no %s", pattern)
		}
		return nil
	})
	return gone, err
}

// Comments are those that wait for the next scan that is saved.
func (s *Session) Comments() []Comment { return slices.Clone(s.keptSaving().Comments) }

// Comment puts a text into the record of the scan that runs, which is returned, or
// keeps it for the next one that is saved: nil.
func (s *Session) Comment(text string) (*data.Scan, error) {
	q := data.AskComment(text)
	if err := q.Check(); err != nil {
		return nil, err
	}
	c := Comment{ID: newUID(), Time: float64(time.Now().UnixMicro()) / 1e6, Text: q.Text}
	for _, w := range s.current() {
		if sc, ok := w.task.(*Scan); ok && s.say(sc, c) {
			return sc.Info(), nil
		}
	}
	return nil, s.keep(func(k *savingSettings) error {
		k.Comments = append(slices.Clone(k.Comments), c)
		return nil
	})
}

// say hands a comment to a scan; false if it takes none any more.
func (s *Session) say(sc *Scan, c Comment) bool {
	answers := make(chan data.Answer, 1)
	sc.Ask(c.request(), func(a data.Answer) { answers <- a })
	select {
	case a := <-answers:
		return a.Applied
	default:
		return true // it waits for the point in progress
	}
}

func (c Comment) request() data.Request {
	q := data.AskComment(c.Text)
	q.ID, q.Time, q.By = c.ID, c.Time, scan.Prompt
	return q
}

// tellComments gives a scan that is saved what was said before it. What it has
// taken is in heard when it has ended.
func (sc *Scan) tellComments(info *data.Scan) {
	if !info.Save || info.Type == "ct" {
		return
	}
	for _, c := range sc.session.Comments() {
		sc.Ask(c.request(), func(a data.Answer) {
			if a.Applied {
				sc.mu.Lock()
				defer sc.mu.Unlock()
				sc.heard = append(sc.heard, c.ID)
			}
		})
	}
}

// forgetComments takes those away that are in the scan's record. A shell that was
// killed before has them in its next scan once more.
func (sc *Scan) forgetComments() {
	sc.mu.Lock()
	heard := slices.Clone(sc.heard)
	sc.mu.Unlock()
	if len(heard) == 0 {
		return
	}
	err := sc.session.keep(func(k *savingSettings) error {
		k.Comments = slices.DeleteFunc(slices.Clone(k.Comments), func(c Comment) bool { return slices.Contains(heard, c.ID) })
		return nil
	})
	if err != nil {
		sc.session.options.Warn(err.Error())
	}
}
