package scan_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"
	"blissh/scan"
)

// deaf is a sink that does something of its own when it is told of an answer.
type deaf struct{ heard func(*data.Steering) }

func (d deaf) Put(_ context.Context, e data.Event) error {
	if e, ok := e.(*data.Steering); ok {
		d.heard(e)
	}
	return nil
}

// TestNoRequestIsLeftWithoutAnAnswer, and none has two, when a call on the way to
// one of them does not return, or panics.
func TestNoRequestIsLeftWithoutAnAnswer(t *testing.T) {
	ending := "refused: the scan is ending"
	for _, c := range []struct {
		name    string
		heard   func(n int, release chan struct{}) // of the n-th answer
		room    bool                               // the question for room does not return
		late    bool                               // they are asked when the scan is to end
		answers []string
	}{
		{"a sink that does not return", func(n int, release chan struct{}) {
			if n == 1 {
				<-release
			}
		}, false, false, []string{"applied at point 3", ending, ending}},
		{"a sink that panics", func(n int, _ chan struct{}) { panic(fmt.Sprint("boom ", n)) }, false, false, []string{"applied at point 3", ending, ending}},
		{"room that is not found", nil, true, false, []string{ending, ending, ending}},
		{"a sink that does not return at the end", func(n int, release chan struct{}) {
			if n == 1 {
				<-release
			}
		}, false, true, []string{ending, ending, ending}},
		{"a sink that panics at the end", func(n int, _ chan struct{}) { panic(fmt.Sprint("boom ", n)) }, false, true, []string{ending, ending, ending}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				release, n := make(chan struct{}), 0
				x := newSteered(t, map[int]func(*steered){2: func(x *steered) {
					if c.late {
						x.s.Stop(nil, scan.AfterPoint)
					}
					asks(`{"id":"a","do":"insert","around":2,"width":1,"n":15}`, `{"id":"b","do":"repeat"}`, `{"id":"c","do":"repeat"}`)(x)
					at(time.Second, func() { x.s.Stop(errBoom, scan.Now) })
				}}, nil)
				if c.room {
					x.s = x.withRoom(t, func() { <-release })
				}
				x.allow(t, scan.Allowance{Points: 100, Duration: time.Minute})
				if c.heard != nil {
					if err := x.s.AddSink(deaf{func(*data.Steering) { n++; c.heard(n, release) }}); err != nil {
						t.Fatal(err)
					}
				}
				_ = x.s.Run(t.Context())
				close(release)
				synctest.Wait()
				if !slices.Equal(x.answers, c.answers) || x.end == nil {
					t.Errorf("%q, end %v; %v", x.answers, x.end, x.s.Err())
				}
				if len(x.said) != 3 || x.s.AnswerTo("c") != c.answers[2] {
					t.Errorf("the record has %q", x.said)
				}
			})
		})
	}
}

// withRoom is the same scan with a question for room.
func (x *steered) withRoom(t *testing.T, ask func()) *scan.Scan {
	t.Helper()
	o := options(x.notes)
	o.Room = func(context.Context, int) error { ask(); return nil }
	return mustNew(t, x.s.Plan(), o)
}

// TestMoreRequestsThanCanWait are refused, in the record by one line, and known by
// their names.
func TestMoreRequestsThanCanWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newSteered(t, map[int]func(*steered){2: func(x *steered) {
			for i := range 1003 {
				x.ask(fmt.Sprintf(`{"id":"r%d","do":"comment","text":"x"}`, i))
			}
		}}, nil)
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		x.ask(`{"id":"late","do":"stop"}`)
		if got := x.said[len(x.said)-1]; len(x.said) != 1001 || got != "3 refused: more requests than can wait: 3 refused: 1000 requests wait already" {
			t.Errorf("%d lines, the last one %q", len(x.said), got)
		}
		if got := x.s.AnswerTo("r1002"); got != "refused: 1000 requests wait already" {
			t.Error(got)
		}
		if got := x.s.AnswerTo("late"); got != "refused: the scan has ended" || len(x.answers) != 1004 {
			t.Errorf("%s, %d answers", got, len(x.answers))
		}
	})
}

// TestAnswersAreRememberedWithinBounds: the oldest of more than ten thousand are
// forgotten.
func TestAnswersAreRememberedWithinBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ask := func(k int) func(*steered) {
			return func(x *steered) {
				for i := range 1000 {
					x.ask(fmt.Sprintf(`{"id":"r%d.%d","do":"comment","text":"x"}`, k, i))
				}
			}
		}
		all := map[int]func(*steered){}
		for k := range 11 {
			all[k] = ask(k)
		}
		x := newSteered(t, all, nil)
		if err := x.s.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		if a, b := x.s.AnswerTo("r0.999"), x.s.AnswerTo("r1.0"); a != "" || b != "applied at point 2" {
			t.Errorf("%q, %q", a, b)
		}
	})
}
