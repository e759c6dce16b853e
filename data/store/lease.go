package store

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"blissh/internal/redisconn"
)

// take takes the lease, from nobody or from a dead process of this machine.
func (s *Session) take(ctx context.Context) error {
	replace := ""
	for range 2 {
		start := time.Now()
		token, h, err := s.try(ctx, replace)
		if err != nil {
			return fmt.Errorf("session %s: %w", s.name, err)
		}
		if token == s.token {
			s.mu.Lock()
			s.renewed, s.taken = start, false
			s.mu.Unlock()
			return nil
		}
		if replace != "" || !s.o.Takeover || h.Host != s.holder.Host || redisconn.Alive(h.PID) {
			return &HeldError{s.name, h}
		}
		replace = token
	}
	return fmt.Errorf("session %s: the lease changes hands", s.name)
}

// try runs takeScript once; it answers with the token and who holds it.
func (s *Session) try(ctx context.Context, replace string) (string, Holder, error) {
	a, err := s.db.script.take.Run(ctx, s.db.client, []string{leaseKey(s.name), sessionKey(s.name)},
		s.token, s.db.times.lease.Milliseconds(), s.holder.Host, s.holder.PID, s.holder.User,
		s.since.Unix(), replace).StringSlice()
	if err != nil {
		return "", Holder{}, err
	}
	pid, _ := strconv.Atoi(a[2])
	return a[0], Holder{a[1], pid, a[3]}, nil
}

// Check is nil while the lease was renewed less than 10 s ago, and a
// *LeaseError otherwise: then nothing may move. It costs no exchange.
func (s *Session) Check() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	silent := time.Since(s.renewed)
	if s.taken || silent >= s.db.times.guard {
		return &LeaseError{s.name, silent, s.taken}
	}
	return nil
}

// patience is how long one exchange may take: a beat, and no longer than until
// the lease counts as lost, so that this is told in time.
func (s *Session) patience() time.Duration {
	s.mu.Lock()
	defer s.mu.Unlock()
	left := s.db.times.guard - time.Since(s.renewed)
	if left <= 0 {
		return s.db.times.beat
	}
	return min(left, s.db.times.beat)
}

// renew is one heartbeat. What goes wrong shows in Check.
func (s *Session) renew(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.patience())
	defer cancel()
	start := time.Now()
	state, err := s.db.script.beat.Run(ctx, s.db.client, []string{leaseKey(s.name), sessionKey(s.name)},
		s.token, s.db.times.lease.Milliseconds()).Int()
	switch {
	case err != nil:
	case state == 1:
		s.mu.Lock()
		s.renewed, s.taken, s.told = start, false, false
		s.mu.Unlock()
	case state == 0:
		s.regain(ctx)
	default:
		s.mu.Lock()
		s.taken = true
		s.mu.Unlock()
	}
}

// regain takes the lease again after it has expired, or after the store came
// back empty.
func (s *Session) regain(ctx context.Context) {
	if s.take(ctx) != nil {
		return
	}
	s.mu.Lock()
	s.told = false
	s.mu.Unlock()
	s.settle(ctx) // if it fails, the next holder does it
}

// tellIfLost calls OnLost once for each loss.
func (s *Session) tellIfLost() {
	err := s.Check()
	s.mu.Lock()
	first := err != nil && !s.told
	s.told = s.told || first
	s.mu.Unlock()
	if first {
		s.tell(err)
	}
}

// tell calls OnLost beside the heartbeat, which must go on.
func (s *Session) tell(err error) {
	if s.o.OnLost != nil {
		s.work.Go(func() { s.o.OnLost(err) })
	}
}
