package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/hooks"
	"blissh/scan"
)

// openRequests begins to hear what other processes ask of this session's scans.
func (s *Session) openRequests(context.Context) (err error) {
	s.requests, err = s.DB.HearRequests(s.Name, s.heard, s.unheard, func(err error) { s.options.Warn(err.Error()) })
	return err
}

// unheard names an answer that its sender did not get.
func (s *Session) unheard(u store.Undelivered) {
	what := u.Request.String()
	if u.Request.Do == "" {
		what = "request " + u.Request.ID
	}
	s.options.Warn(fmt.Sprintf("%s by %s was not answered, %q did not get into the store: %v", what, u.Request.Sender(), u.Answer, u.Why))
}

// heard hands a request to its scan, if that runs.
func (s *Session) heard(h store.Heard) {
	if h.Request.By == scan.Prompt { // only what is typed here resumes all pauses
		h.Request.By = "a program that says it is the prompt"
	}
	sc := s.running(h.UID)
	switch {
	case sc == nil:
		h.Reply(data.Answer{ID: h.Request.ID, Reason: "the scan has ended"})
	case h.Wrong != nil:
		sc.Refuse(h.Request, h.Wrong, h.Reply)
	default:
		sc.AskedFor(h.Age, h.Request, h.Reply)
	}
}

// running finds a scan that runs.
func (s *Session) running(uid string) *Scan {
	for _, w := range s.current() {
		if sc, ok := w.task.(*Scan); ok && sc.Info().UID == uid {
			return sc
		}
	}
	return nil
}

// room makes room in the store for a scan that gets longer. While the store is
// away it waits, as the scan does for its points, until ctx ends.
func (sc *Scan) room(ctx context.Context, points int) error {
	sc.mu.Lock()
	p := sc.publisher
	sc.mu.Unlock()
	if p == nil {
		return nil
	}
	for {
		try, cancel := context.WithTimeout(ctx, roomTime)
		err := p.Room(try, points)
		cancel()
		var away net.Error
		if err == nil || ctx.Err() == nil && !errors.As(err, &away) && !errors.Is(err, io.EOF) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.New("the store does not answer")
		case <-time.After(roomTime / 10):
		}
	}
}

// roomTime is how long one answer of the store may take.
const roomTime = time.Second

// errInBackground refuses what cannot be done while the prompt is in use.
var errInBackground = errors.New("a hook that was typed at the prompt cannot watch a scan in the background: put it in a file")

// errBusy refuses a second scan: two of them would trigger the same detectors.
func errBusy(other *Scan) error {
	return fmt.Errorf("%s runs in the background: wait for it, or stop it", other.what())
}

// InBackground is the scan that was started and has not ended; nil if there is
// none.
func (s *Session) InBackground() *Scan {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.behind
}

// takeBackground makes sc the scan in the background, unless there is one.
func (s *Session) takeBackground(sc *Scan) (other *Scan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.behind == nil {
		s.behind = sc
		return nil
	}
	return s.behind
}

func (s *Session) leaveBackground() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.behind = nil
}

// Launch runs the scan in the background and returns once it has begun, or cannot
// begin. over is called when it has ended, with what Run returned.
func (sc *Scan) Launch(ctx context.Context, over func(error)) error {
	if sc.isTyped() {
		return errInBackground
	}
	switch state := sc.State(); {
	case state == scan.Idle:
	case state.Ended():
		return errors.New("this scan has run already; make a new one")
	default:
		return errors.New("this scan runs already")
	}
	if other := sc.session.takeBackground(sc); other != nil {
		return errBusy(other)
	}
	begun := make(chan error, 2)
	sc.mu.Lock()
	sc.begun = begun
	sc.mu.Unlock()
	go func() {
		err := sc.Run(ctx)
		sc.session.leaveBackground()
		over(err)
		begun <- err
	}()
	return <-begun
}

// isTyped reports whether a hook or a preset of the scan was typed at the
// prompt, whose interpreter cannot run it while something else is typed.
func (sc *Scan) isTyped() bool {
	sc.mu.Lock()
	list := slices.Clone(sc.hooks)
	sc.mu.Unlock()
	sc.session.mu.Lock()
	for _, e := range sc.session.every {
		if e.hook != nil {
			list = append(list, e.hook)
		}
	}
	sc.session.mu.Unlock()
	if slices.ContainsFunc(list, func(h *hooks.Hook) bool { return h.Typed }) {
		return true
	}
	for _, p := range append(sc.session.Presets(), sc.Presets()...) {
		if t, ok := p.(interface{ Typed() bool }); ok && t.Typed() {
			return true
		}
	}
	return false
}
