package scan

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"blissh/data"
)

// steer comes between two points: point i is the next one. It applies what has
// been asked for and waits while the scan is paused. Of a scan that nobody
// steers it looks at one number.
func (r *runner) steer(i int) error {
	if r.s.inbox.pending.Load() > 0 {
		if _, err := r.obey(i); err != nil {
			return err
		}
	}
	if r.pausers != nil {
		return r.pause(i)
	}
	return nil
}

// obey applies the requests that wait, in order, before point i; it reports
// whether one of them was applied.
func (r *runner) obey(i int) (applied bool, err error) {
	for range r.s.inbox.pending.Load() {
		a, more := r.s.inbox.take()
		if !more {
			break
		}
		ok, err := r.settle(i, a)
		if err != nil {
			return applied, err
		}
		applied = applied || ok && a.Do != data.DoComment // which is no advice
	}
	return applied, r.sayOverflow(i)
}

// sayOverflow tells in one line how many requests were refused because too many
// waited.
func (r *runner) sayOverflow(i int) error {
	n := r.s.inbox.overflow()
	if n == 0 {
		return nil
	}
	return r.say(i, "refused", fmt.Sprintf("more requests than can wait: %d refused: %v", n, errFull))
}

// settle applies or refuses one request and tells everybody, its sender last.
func (r *runner) settle(i int, a asked) (applied bool, err error) {
	answer := data.Answer{ID: a.ID, Point: i}
	way, why := r.apply(i, a)
	if why != nil {
		answer.Reason = why.Error()
	} else {
		answer.Applied = true
	}
	err = r.answer(i, a, answer, way)
	return answer.Applied, err
}

// answer puts the answer into the record and gives it to the sender.
func (r *runner) answer(i int, a asked, answer data.Answer, way *data.Way) error {
	what := "refused"
	if answer.Applied {
		what = "applied"
	}
	q := a.Request
	text := fmt.Sprintf("%s by %s: %s", q, q.Sender(), answer)
	if way != nil {
		text += wayText(way)
	}
	if q.Reason != "" {
		text += " (" + q.Reason + ")"
	}
	if answer.Applied && q.Do == data.DoComment {
		what, text = "comment", fmt.Sprintf("comment by %s: %s", q.Sender(), q.Text)
	}
	r.s.inbox.decide(answer)
	q = recordable(q)
	err := r.tellAll(&data.Steering{Node: data.ScanNode(r.info), Points: i, Time: unixSeconds(), What: what, Text: text, Request: &q, Answer: &answer, Way: way})
	r.s.inbox.answered()
	a.reply(answer)
	return err
}

// recordable is a request as it can be recorded: one with NaN, which was refused,
// without what it asked for, which the text of its answer has.
func recordable(q data.Request) data.Request {
	if _, err := json.Marshal(q); err == nil {
		return q
	}
	return data.Request{ID: q.ID, Do: q.Do, By: q.By, Host: q.Host, Time: q.Time, Scan: q.Scan, Reason: q.Reason}
}

// wayText says what is planned now.
func wayText(w *data.Way) string {
	text := fmt.Sprintf("; %s planned", pointsText(w.Planned))
	if w.Planned > 0 {
		text += fmt.Sprintf(", %s left", clock(time.Duration(w.Left*1e9)))
	}
	return text
}

// apply does what a request asks for before point i, or says why not. It gives
// the new way, if there is one.
func (r *runner) apply(i int, a asked) (*data.Way, error) {
	if err := r.acceptable(i, a); err != nil {
		return nil, err
	}
	switch a.Do {
	case data.DoComment:
		return nil, nil
	case data.DoStop:
		r.s.Stop(&StopError{By: a.Sender(), Reason: a.Reason}, AfterPoint)
		return nil, nil
	case data.DoPause:
		r.addPauser(a.Request)
		return nil, nil
	case data.DoResume:
		return nil, r.resume(a.Request)
	case data.DoGoOn:
		r.lift(noAdvice)
		return nil, nil
	}
	way, err := r.reroute(i, a.Request)
	if err == nil {
		r.lift(noAdvice)
	}
	return way, err
}

// acceptable refuses what need not be looked at.
func (r *runner) acceptable(i int, a asked) error {
	before, doubled := r.s.inbox.before(a.ID)
	switch {
	case doubled:
		return fmt.Errorf("there was a request %s before: %s", a.ID, before)
	case a.wrong != nil:
		return a.wrong
	case a.Scan != "" && a.Scan != r.info.UID:
		return fmt.Errorf("it is for another scan: this one is %s", r.info.UID)
	case a.Do != data.DoComment && r.s.ending(AfterPoint):
		return errEndingText
	case a.BeforePoint != nil && i >= *a.BeforePoint:
		return fmt.Errorf("it was to be applied before point %d", *a.BeforePoint)
	}
	if late := time.Since(a.came); a.Within != nil && late.Seconds() > *a.Within {
		return fmt.Errorf("it was to be applied within %s s, %s s have passed", number(*a.Within), number(late.Round(time.Millisecond).Seconds()))
	}
	return nil
}

// reroute changes the path, or the count time, from point i on.
func (r *runner) reroute(i int, q data.Request) (*data.Way, error) {
	s := r.s
	if s.envelope == nil {
		return nil, fmt.Errorf("the scan allows stop, pause and resume only: allow() has to be called before it runs")
	}
	r.spend(i)
	way := r.way()
	c := &change{i: i, count: r.counted}
	if q.Do == data.DoCountTime {
		c.rest, c.count, c.same = way.ahead(i, i), time.Duration(*q.CountTime*1e9), true
	} else {
		var err error
		x := newRerouter(&s.plan, r.planned, way, i, r.spent.from)
		if c.rest, c.fresh, err = x.change(q); err != nil {
			return nil, err
		}
	}
	if err := r.permit(c); err != nil {
		return nil, err
	}
	if err := c.rest.checkBefore(c.i+c.fresh+1, s.plan.Axes, r.spent.from); err != nil {
		return nil, err
	}
	if err := r.room(c.planned()); err != nil {
		return nil, err
	}
	return r.follow(c), nil
}

// roomTime is how long a request may wait for the answer: as long as a scan waits
// for its store.
const roomTime = 10 * time.Second

// room asks whether there is room for so many points.
func (r *runner) room(points int) error {
	if r.o.Room == nil || points <= r.info.Planned {
		return nil
	}
	return r.call("ask for room", func() error {
		ctx, cancel := context.WithTimeout(r.move, roomTime)
		defer cancel()
		return r.o.Room(ctx, points)
	})
}

// way is the path as it is now.
func (r *runner) way() route {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.s.route
}

// follow makes a change that is permitted, and describes the way from there on.
func (r *runner) follow(c *change) *data.Way {
	s, d := r.s, r.info
	grid := len(d.Shape) > 0 && (c.same || r.onGrid(c))
	s.mu.Lock()
	s.route = s.route.with(c.i, c.rest)
	n := s.route.length()
	s.mu.Unlock()
	r.counted = c.count
	w := &data.Way{Planned: n, Left: c.left, CountTime: c.count.Seconds(), Path: c.rest.segments(c.i, len(s.plan.Axes)), Grid: grid}
	d.Turn(c.i, w)
	s.show(d)
	return w
}

// onGrid reports whether a change leaves a mesh its points, to the end or to a
// nearer one.
func (r *runner) onGrid(c *change) bool {
	way, n := r.way(), c.planned()
	if n > way.length() {
		return false
	}
	is, was := make([]float64, len(r.s.plan.Axes)), make([]float64, len(r.s.plan.Axes))
	for k := c.i; k < n; k++ {
		c.rest.at(k, is)
		if way.at(k, was); !slices.Equal(is, was) {
			return false
		}
	}
	return true
}

// unixSeconds is the time now.
func unixSeconds() float64 { return float64(time.Now().UnixMicro()) / 1e6 }

// refuseRest answers what can no longer be applied, and what comes later; comments
// are kept. It is a step of the end for each request, so that one on which a sink
// does not return keeps no other one from its answer.
func (r *runner) refuseRest() {
	taken := int(r.s.taken.Load())
	h, ok := r.s.inbox.takeLast()
	if !ok {
		r.s.fail(r.sayOverflow(taken))
		return
	}
	r.todo = slices.Insert(r.todo, 0, r.refuseRest)
	if h.answer != nil { // the record has it, as far as the sinks have returned
		r.s.inbox.answered()
		h.reply(*h.answer)
		return
	}
	answer := data.Answer{ID: h.ID, Point: taken}
	err := r.acceptable(taken, h.asked)
	if err == nil && h.Do != data.DoComment {
		err = errEndingText
	}
	if answer.Applied = err == nil; err != nil {
		answer.Reason = err.Error()
	}
	r.s.fail(r.answer(taken, h.asked, answer, nil))
}
