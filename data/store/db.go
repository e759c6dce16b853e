package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/internal/redisconn"
)

// ErrClosed is returned by everything that was closed.
var ErrClosed = errors.New("closed")

// ErrNotFound is wrapped when a scan or a point is not in the store.
var ErrNotFound = errors.New("not in the store")

// ErrMalformed is wrapped when something in the store is not as the contract
// says, so that it was written by somebody else, or is damaged.
var ErrMalformed = errors.New("not as docs/data.md says")

// openTime bounds the first exchange with a store.
const openTime = 3 * time.Second

// DB is a connection to a store. Its methods may be used from any goroutine;
// they block for one or a few exchanges and end with their context.
type DB struct {
	client redis.UniversalClient
	url    string
	id     string
	times  times
	script scripts

	mu     sync.Mutex
	closed bool
	owned  map[io.Closer]struct{}
	late   []lateEnd
}

// Open connects to the store at url; "" finds it as redisconn.Find does. The
// store must answer within 3 s. The caller closes the DB.
func Open(ctx context.Context, url string) (*DB, error) {
	if url == "" {
		var err error
		if url, err = redisconn.Find(); err != nil {
			return nil, err
		}
	}
	client, err := redisconn.New(url, nil)
	if err != nil {
		return nil, err
	}
	db := &DB{client: client, url: url, times: realTimes(), script: newScripts(), owned: map[io.Closer]struct{}{}}
	ctx, cancel := context.WithTimeout(ctx, openTime)
	defer cancel()
	if db.id, err = db.identify(ctx); err != nil {
		client.Close()
		return nil, fmt.Errorf("store %s does not answer: %w; start it (`blissh store`) or name another one with %s",
			redisconn.Redact(url), err, redisconn.EnvStore)
	}
	if err := db.checkVersion(ctx); err != nil {
		client.Close()
		return nil, fmt.Errorf("store %s: %w", redisconn.Redact(url), err)
	}
	return db, nil
}

// identify reads the id of the store, giving it one if it has none.
func (db *DB) identify(ctx context.Context) (string, error) {
	id, err := db.client.Get(ctx, storeKey).Result() // a full server allows that
	if !errors.Is(err, redis.Nil) {
		return id, err
	}
	fresh := randomID()
	err = db.client.SetArgs(ctx, storeKey, fresh, redis.SetArgs{Mode: "NX"}).Err()
	if errors.Is(err, redis.Nil) {
		return db.client.Get(ctx, storeKey).Result() // somebody was faster
	}
	return fresh, err
}

func randomID() string {
	var b [16]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}

// ID identifies the store and its contents: one that comes back empty has
// another. It is the id found by Open.
func (db *DB) ID() string { return db.id }

// Address names the store in messages; there is no password in it.
func (db *DB) Address() string { return redisconn.Redact(db.url) }

// Close closes the connection and every reader, publisher and session opened
// from this DB, and waits for their goroutines.
func (db *DB) Close() error {
	db.mu.Lock()
	db.closed = true
	owned := db.owned
	db.owned = nil
	db.mu.Unlock()
	for c := range owned {
		c.Close()
	}
	return db.client.Close()
}

// own registers what Close is to close.
func (db *DB) own(c io.Closer) error {
	db.mu.Lock()
	defer db.mu.Unlock()
	if db.closed {
		return ErrClosed
	}
	db.owned[c] = struct{}{}
	return nil
}

func (db *DB) disown(c io.Closer) {
	db.mu.Lock()
	defer db.mu.Unlock()
	delete(db.owned, c)
}

// publishers are those of a session that are at work.
func (db *DB) publishers(session string) (list []*Publisher) {
	db.mu.Lock()
	defer db.mu.Unlock()
	for c := range db.owned {
		if p, ok := c.(*Publisher); ok && p.session == session {
			list = append(list, p)
		}
	}
	return list
}

// publishing are the uids of the scans of a session that this DB publishes, or
// has still to end.
func (db *DB) publishing(session string) []string {
	var uids []string
	for _, p := range db.publishers(session) {
		uids = append(uids, p.uid)
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	for _, e := range db.late {
		if e.scan.Session == session {
			uids = append(uids, e.scan.UID)
		}
	}
	return uids
}

// Sessions are the names of the sessions that the store has seen, sorted.
func (db *DB) Sessions(ctx context.Context) ([]string, error) {
	names, err := db.client.SMembers(ctx, sessionsKey).Result()
	slices.Sort(names)
	return names, err
}

// Scans are the scans of a session that are still there, those that ended
// first first; running ones are last.
func (db *DB) Scans(ctx context.Context, session string) ([]*data.Scan, error) {
	if !data.ValidName(session) {
		return nil, fmt.Errorf("scans: %q is not the name of a session", session)
	}
	uids, err := db.client.ZRange(ctx, scansKey(session), 0, -1).Result()
	if err != nil {
		return nil, fmt.Errorf("scans of %s: %w", session, err)
	}
	hashes := make([]*redis.MapStringStringCmd, len(uids))
	_, err = db.client.Pipelined(ctx, func(p redis.Pipeliner) error {
		for i, uid := range uids {
			hashes[i] = p.HGetAll(ctx, scanKey(session, uid))
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("scans of %s: %w", session, err)
	}
	return scansIn(session, uids, hashes)
}

// scansIn decodes descriptions; those that have expired are left out.
func scansIn(session string, uids []string, hashes []*redis.MapStringStringCmd) ([]*data.Scan, error) {
	var list []*data.Scan
	for i, h := range hashes {
		if len(h.Val()) == 0 {
			continue
		}
		s, err := described(session, uids[i], h.Val())
		if err != nil {
			return nil, err
		}
		list = append(list, s)
	}
	return list, nil
}

// Scan finds a scan by its number; the newest one if numbers were used twice.
func (db *DB) Scan(ctx context.Context, session string, number int) (*data.Scan, error) {
	list, err := db.Scans(ctx, session)
	if err != nil {
		return nil, err
	}
	for _, s := range slices.Backward(list) {
		if s.Number == number {
			return s, nil
		}
	}
	return nil, fmt.Errorf("scan %d of %s: %w", number, session, ErrNotFound)
}

// ScanByUID finds a scan by its uid.
func (db *DB) ScanByUID(ctx context.Context, session, uid string) (*data.Scan, error) {
	if !data.ValidName(session) || !data.ValidName(uid) {
		return nil, fmt.Errorf("scan %.80q of session %.80q: %w: names of letters, digits, _ . and - expected", uid, session, ErrMalformed)
	}
	m, err := db.client.HGetAll(ctx, scanKey(session, uid)).Result()
	if err != nil {
		return nil, fmt.Errorf("scan %s of %s: %w", uid, session, err)
	}
	if len(m) == 0 {
		return nil, fmt.Errorf("scan %s of %s: %w", uid, session, ErrNotFound)
	}
	return described(session, uid, m)
}
