package store

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/internal/redisconn"
)

// ReservedError says that an axis is in use by somebody else.
type ReservedError struct {
	Address string // of the hardware
	Holder  string
}

func (e *ReservedError) Error() string {
	return fmt.Sprintf("%s is in use by %s", e.Address, e.Holder)
}

// Reservation is the sole use of some axes, across processes, until Release.
type Reservation struct {
	session *Session
	value   string // owner and holder

	mu        sync.Mutex // held during an exchange, so that no renewal follows a release
	addresses []string   // those that are not released
}

// A reservation's value is the owner, a space, and the holder for people. The
// owner is the token of the lease under which it was made, the session of that
// lease, and a number that no other reservation has:
//
//	TOKEN/SESSION/RANDOM holder
//
// It is void once that session's lease has another token: its shell is dead.

// owner is the first part of a reservation's value.
func (s *Session) owner() string { return s.token + "/" + s.name + "/" + randomID() }

// Reserve takes the axes with these hardware addresses for holder, which is
// shown to others; all of them or none. A *ReservedError names the first that
// is in use. What a shell has reserved whose session another one runs by now
// is free.
func (s *Session) Reserve(ctx context.Context, holder string, addresses []string) (*Reservation, error) {
	r := &Reservation{session: s, value: s.owner() + " " + holder}
	for _, a := range slices.Compact(slices.Sorted(slices.Values(addresses))) {
		r.addresses = append(r.addresses, a) // also if the answer is lost
		if err := r.take(ctx, a); err != nil {
			return nil, errors.Join(err, r.Release(context.WithoutCancel(ctx)))
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reserved[r] = struct{}{}
	return r, nil
}

// Reserved says who has reserved the axis with a hardware address in the store
// of url, "" for nobody. It only reads.
func Reserved(ctx context.Context, url, address string) (holder string, err error) {
	client, err := redisconn.New(url, nil)
	if err != nil {
		return "", err
	}
	defer client.Close()
	db := &DB{client: client}
	value, err := client.Get(ctx, axisKey(address)).Result()
	if errors.Is(err, redis.Nil) || err == nil && db.void(ctx, value) {
		return "", nil
	}
	_, holder, _ = strings.Cut(value, " ")
	return holder, err
}

// take reserves one axis, or renews what we have.
func (r *Reservation) take(ctx context.Context, address string) error {
	by, err := r.try(ctx, address, "")
	if err == nil && by != "" && r.session.db.void(ctx, by) {
		by, err = r.try(ctx, address, by)
	}
	if err != nil {
		return fmt.Errorf("reserve %s: %w", address, err)
	}
	if by != "" {
		_, holder, _ := strings.Cut(by, " ")
		return &ReservedError{address, holder}
	}
	return nil
}

// try runs reserveScript once: it answers with whose the axis is, or "".
func (r *Reservation) try(ctx context.Context, address, replace string) (string, error) {
	db := r.session.db
	return db.script.reserve.Run(ctx, db.client, []string{axisKey(address)},
		r.value, db.times.axis.Milliseconds(), replace).Text()
}

// void reports whether a reservation was made under a lease that was replaced.
// One whose lease is not there at all is left to expire, or to be renewed with
// it.
func (db *DB) void(ctx context.Context, value string) bool {
	owner, _, _ := strings.Cut(value, " ")
	token, rest, _ := strings.Cut(owner, "/")
	session, _, ok := strings.Cut(rest, "/")
	if !ok || !data.ValidName(session) {
		return false
	}
	now, err := db.client.Get(ctx, leaseKey(session)).Result()
	return err == nil && now != token
}

// Release gives the axes back. What it could not give back a second call tries
// again; without one it ends by itself 20 s after its last renewal.
func (r *Reservation) Release(ctx context.Context) error {
	s := r.session
	s.mu.Lock()
	delete(s.reserved, r)
	s.mu.Unlock()
	r.mu.Lock()
	defer r.mu.Unlock()
	var errs []error
	var kept []string
	for _, a := range r.addresses {
		err := s.db.script.release.Run(ctx, s.db.client, []string{axisKey(a)}, r.value).Err()
		if err != nil && !errors.Is(err, redis.ErrClosed) {
			errs = append(errs, fmt.Errorf("release %s: %w", a, err))
			kept = append(kept, a)
		}
	}
	r.addresses = kept
	return errors.Join(errs...)
}

func (s *Session) reservations() []*Reservation {
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]*Reservation, 0, len(s.reserved))
	for r := range s.reserved {
		list = append(list, r)
	}
	return list
}

// renewReserved keeps the reservations alive. One that somebody else has taken,
// after the store was away for its life, is told and given up.
func (s *Session) renewReserved(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, s.db.times.beat)
	defer cancel()
	for _, r := range s.reservations() {
		var taken *ReservedError
		if errors.As(r.renew(ctx), &taken) {
			s.mu.Lock()
			delete(s.reserved, r)
			s.mu.Unlock()
			s.tell(taken)
		}
	}
}

func (r *Reservation) renew(ctx context.Context) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, a := range r.addresses {
		if err := r.take(ctx, a); err != nil {
			return err
		}
	}
	return nil
}
