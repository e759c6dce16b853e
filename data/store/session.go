package store

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
)

// Holder says who runs a session.
type Holder struct {
	Host string
	PID  int
	User string
}

func (h Holder) String() string {
	return fmt.Sprintf("process %d of %s on %s", h.PID, h.User, h.Host)
}

// HeldError says that another shell runs the session.
type HeldError struct {
	Session string
	Holder  Holder
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("session %s is run by %v", e.Session, e.Holder)
}

// LeaseError says that we may not run the session now: nothing may move.
type LeaseError struct {
	Session string
	Silent  time.Duration // since the lease was renewed
	Taken   bool          // another shell holds it
}

func (e *LeaseError) Error() string {
	if e.Taken {
		return fmt.Sprintf("another shell has taken session %s", e.Session)
	}
	return fmt.Sprintf("the lease of session %s was not renewed for %v: the store does not answer", e.Session, e.Silent.Round(time.Second))
}

// SessionOptions says how a session is opened; the zero value works.
type SessionOptions struct {
	// Takeover says that the caller holds this machine's lock of the session:
	// a lease of a process of this machine that is dead may be taken at once,
	// instead of 20 s later.
	Takeover bool
	// OnLost, if not nil, is called with a LeaseError each time the lease is
	// lost, and with a ReservedError when an axis is, on a goroutine that Close
	// waits for. The caller stops all motion then.
	OnLost func(error)
}

// Session is the right to run a session, renewed every 2 s on a goroutine of
// its own. Its methods may be called from any goroutine.
type Session struct {
	db     *DB
	name   string
	holder Holder
	o      SessionOptions
	token  string
	since  time.Time

	cancel context.CancelFunc
	work   sync.WaitGroup

	mu       sync.Mutex
	renewed  time.Time // when the last renewal left, on our own clock
	taken    bool      // another shell has the lease
	told     bool      // OnLost has been called
	reserved map[*Reservation]struct{}
}

// OpenSession takes the lease of a session and keeps it until Close. A
// *HeldError says that another shell has it. Scans that a dead predecessor has
// left running are ended as failed.
func (db *DB) OpenSession(ctx context.Context, session string, h Holder, o SessionOptions) (*Session, error) {
	if !data.ValidName(session) {
		return nil, fmt.Errorf("session %q: a name is made of letters, digits, _ . and -", session)
	}
	s := &Session{
		db: db, name: session, holder: h, o: o, token: randomID(), since: time.Now(),
		reserved: map[*Reservation]struct{}{},
	}
	if err := s.take(ctx); err != nil {
		return nil, err
	}
	if err := s.settle(ctx); err != nil {
		s.Close(ctx)
		return nil, err
	}
	if err := s.begin(ctx); err != nil {
		return nil, err
	}
	return s, nil
}

// begin starts the goroutine.
func (s *Session) begin(ctx context.Context) error {
	ctx, s.cancel = context.WithCancel(context.WithoutCancel(ctx))
	if err := s.db.own(closer{s}); err != nil {
		s.cancel()
		return err
	}
	s.work.Go(func() { s.keep(ctx) })
	return nil
}

// closer lets a DB close a session, with a bound of its own.
type closer struct{ *Session }

func (c closer) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), openTime)
	defer cancel()
	return c.Session.Close(ctx)
}

// settle does what comes after taking the lease: the session is listed, and
// scans that nobody will end are ended.
func (s *Session) settle(ctx context.Context) error {
	if err := s.list(ctx); err != nil {
		return fmt.Errorf("session %s: %w", s.name, err)
	}
	uids, err := s.db.client.ZRangeArgs(ctx, redis.ZRangeArgs{Key: scansKey(s.name), Start: "+inf", Stop: "+inf", ByScore: true}).Result()
	if err != nil {
		return fmt.Errorf("session %s: %w", s.name, err)
	}
	own := map[string]bool{}
	for _, uid := range s.db.publishing(s.name) {
		own[uid] = true
	}
	for _, uid := range uids {
		if own[uid] {
			continue
		}
		if err := s.abandon(ctx, uid); err != nil {
			return fmt.Errorf("session %s: end scan %s: %w", s.name, uid, err)
		}
	}
	return nil
}

// list names the session in the store; a full server allows it to be looked up.
func (s *Session) list(ctx context.Context) error {
	listed, err := s.db.client.SIsMember(ctx, sessionsKey, s.name).Result()
	if err != nil || listed {
		return err
	}
	return s.db.client.SAdd(ctx, sessionsKey, s.name).Err()
}

// abandon ends a scan whose process is gone as failed.
func (s *Session) abandon(ctx context.Context, uid string) error {
	scan, err := s.db.ScanByUID(ctx, s.name, uid)
	if errors.Is(err, ErrNotFound) {
		return s.db.client.ZRem(ctx, scansKey(s.name), uid).Err()
	}
	if err != nil {
		return err
	}
	now := time.Now()
	e := ending{Outcome: data.Failed, Reason: "lost", Points: -1, End: float64(now.UnixMicro()) / 1e6}
	_, _, err = s.db.endScan(ctx, s.name, uid, ownKeys(scan), "", e, nil, -1, s.db.ttl(ctx, scan))
	return err
}

// ttl is the life with which a scan was published.
func (db *DB) ttl(ctx context.Context, s *data.Scan) time.Duration {
	ms, err := db.client.HGet(ctx, scanKey(s.Session, s.UID), ttlField).Int64()
	if err != nil || ms <= 0 {
		return DefaultTTL
	}
	return time.Duration(ms) * time.Millisecond
}

// keep renews the lease and the reservations until ctx ends.
func (s *Session) keep(ctx context.Context) {
	tick := time.NewTicker(s.db.times.beat)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		s.renew(ctx)
		s.tellIfLost()
		if s.Check() == nil {
			s.renewReserved(ctx)
			s.writeLate(ctx)
		}
	}
}

// NextNumber takes the next scan number: one more than the larger of the last
// one in the store and atLeast.
func (s *Session) NextNumber(ctx context.Context, atLeast int) (int, error) {
	n, err := s.db.script.number.Run(ctx, s.db.client, []string{numberKey(s.name)}, atLeast).Int()
	if err != nil {
		return 0, fmt.Errorf("next scan number of %s: %w", s.name, err)
	}
	return n, nil
}

// Close writes the ends of scans that could not be written before, gives back
// the reservations and the lease, and waits for the goroutine, and for OnLost
// if it is running. Closing twice is allowed.
func (s *Session) Close(ctx context.Context) error {
	if s.cancel != nil {
		s.cancel()
	}
	s.work.Wait()
	s.db.disown(closer{s})
	s.db.giveUp(s.name)
	if s.Check() == nil {
		s.writeLate(ctx)
	}
	var errs []error
	for _, r := range s.reservations() {
		errs = append(errs, r.Release(ctx))
	}
	if err := s.db.script.release.Run(ctx, s.db.client, []string{leaseKey(s.name)}, s.token).Err(); err != nil && !errors.Is(err, redis.ErrClosed) {
		errs = append(errs, fmt.Errorf("release session %s: %w", s.name, err))
	}
	return errors.Join(errs...)
}
