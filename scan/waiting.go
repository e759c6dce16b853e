package scan

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"blissh/data"
)

// errEndingText is the answer to what comes when the scan is to end.
var errEndingText = errors.New("the scan is ending")

// Prompt is who asks at the prompt: it may resume what others have paused.
const Prompt = "the prompt"

// noAdvice is who pauses a scan for which no advice has come.
const noAdvice = "wait_advice"

// WithoutAdvice says what a scan does when it has waited for advice in vain.
type WithoutAdvice int

const (
	GoOnWithout  WithoutAdvice = iota // the next point, as planned
	PauseWithout                      // until somebody resumes it or gives advice
	StopWithout                       // the end
)

// pauser is somebody who wants the scan to wait.
type pauser struct{ who, reason string }

func (p pauser) String() string {
	if p.reason == "" {
		return "by " + p.who
	}
	return "by " + p.who + ": " + p.reason
}

// addPauser notes that somebody wants the scan to wait; a second time changes
// the reason.
func (r *runner) addPauser(q data.Request) {
	r.lift(q.Sender())
	r.pausers = append(r.pausers, pauser{q.Sender(), q.Reason})
}

// lift takes somebody's pause away, if there is one.
func (r *runner) lift(who string) (lifted bool) {
	n := len(r.pausers)
	r.pausers = slices.DeleteFunc(r.pausers, func(p pauser) bool { return p.who == who })
	lifted = len(r.pausers) < n
	if len(r.pausers) == 0 {
		r.pausers = nil
	}
	return lifted
}

// resume ends the pause of the one who asks, the prompt's ends all; so does
// anybody's the pause of a scan that waits for advice.
func (r *runner) resume(q data.Request) error {
	if len(r.pausers) == 0 {
		return errors.New("the scan is not paused")
	}
	if q.By == Prompt && q.Host == "" {
		r.pausers = nil
		return nil
	}
	waited, mine := r.lift(noAdvice), r.lift(q.Sender())
	if waited || mine {
		return nil
	}
	return fmt.Errorf("it was paused %s: each resumes only its own pause", r.whoPauses())
}

func (r *runner) whoPauses() string {
	var list []string
	for _, p := range r.pausers {
		list = append(list, p.String())
	}
	return strings.Join(list, ", and ")
}

// pause waits before point i until nobody wants to wait any more, or the scan
// is to end. Presets that can pause are told.
func (r *runner) pause(i int) error {
	begin, who := time.Now(), r.whoPauses()
	defer func() { r.timing.Paused += time.Since(begin) }()
	r.s.standsStill("paused " + who)
	defer r.s.standsStill("")
	if err := r.say(i, "pause", "paused "+who); err != nil {
		return err
	}
	err := r.holdPresets(Pauser.Pause, "pause")
	for err == nil && r.pausers != nil && !r.s.ending(AfterPoint) {
		if r.hear(nil) {
			_, err = r.obey(i)
		}
	}
	err = errors.Join(err, r.holdPresets(Pauser.Resume, "resume"))
	if err != nil {
		return err
	}
	if r.s.ending(AfterPoint) {
		who += "; the scan is to end"
	}
	return r.say(i, "resume", fmt.Sprintf("was paused for %s %s", clock(time.Since(begin)), who))
}

// holdPresets tells the presets that can pause.
func (r *runner) holdPresets(f func(Pauser, context.Context, *Scan) error, what string) error {
	return r.call(what+" the presets", func() error { return r.tellPausers(f, what) })
}

// standsStill notes why the scan waits between two points; "": it does not.
func (s *Scan) standsStill(why string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.still = why
}

// Waits says why the scan waits between two points: "paused by ...", "waits for
// advice, ..."; "" when it does not wait.
func (s *Scan) Waits() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.still
}

// hear waits for a request, the end of the scan, or a moment that is given; it
// reports whether there is a request.
func (r *runner) hear(until <-chan time.Time) bool {
	select {
	case <-r.s.inbox.news:
		return true
	case <-r.s.stirred:
	case <-r.move.Done():
	case <-until:
	}
	return false
}

// say tells the sinks what is no answer to a request.
func (r *runner) say(i int, what, text string) error {
	return r.tellAll(&data.Steering{Node: data.ScanNode(r.info), Points: i, Time: unixSeconds(), What: what, Text: text})
}

// clock writes a duration as 0:03:12, a short one in s.
func clock(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.1f s", d.Seconds())
	}
	s := int(d.Seconds())
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// advise waits after a point for advice, if the plan says so: for a request
// that is applied.
func (r *runner) advise(i int) error {
	limit := r.s.plan.WaitAdvice
	if limit <= 0 || i == 0 {
		return nil
	}
	if n := r.s.planned(); r.s.envelope == nil && n > 0 && i >= n {
		return nil // nothing that could be asked for would be applied
	}
	begin := time.Now()
	defer func() { r.timing.Paused += time.Since(begin) }()
	r.s.standsStill(fmt.Sprintf("waits for advice, %s s at most", number(limit.Seconds())))
	defer r.s.standsStill("")
	timer := time.NewTimer(limit)
	defer timer.Stop()
	for !r.s.ending(AfterPoint) {
		applied, err := r.obey(i)
		if err != nil || applied {
			return err
		}
		if !r.hear(timer.C) && time.Since(begin) >= limit {
			return r.without(i, limit)
		}
	}
	return nil
}

// without is what a scan does that has waited for advice in vain.
func (r *runner) without(i int, limit time.Duration) error {
	reason := fmt.Sprintf("no advice within %s s", number(limit.Seconds()))
	switch r.s.plan.Without {
	case PauseWithout:
		r.addPauser(data.Request{By: noAdvice, Reason: reason})
	case StopWithout:
		r.s.Stop(&StopError{By: noAdvice, Reason: reason}, AfterPoint)
	}
	return nil
}

// Settler is implemented by a sink that may still ask for something because of
// the points that it has: a hook. When the path is at its end, and requests may
// change it, the scan waits until the sink has looked at the last point.
type Settler interface {
	Settle(ctx context.Context)
}

// lastCall waits for what sinks may ask for when no point is planned any more.
func (r *runner) lastCall(i int) error {
	if r.s.envelope == nil {
		return nil
	}
	if n := r.s.planned(); n == 0 || i < n {
		return nil
	}
	for _, out := range r.sinks {
		if k, ok := out.sink.(Settler); ok {
			turn := r.keeper.enter("wait for the hook")
			k.Settle(r.move)
			r.keeper.leave(turn)
		}
	}
	return r.steer(i)
}
