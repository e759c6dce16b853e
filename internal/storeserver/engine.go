package storeserver

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os/exec"

	"blissh/internal/embedded"
	"blissh/internal/redisconn"
)

// engine is a running server of Redis' protocol.
type engine interface {
	name() string
	where() place
	// clients is the number of connections that are not ours, and the number
	// there have been.
	clients(context.Context) (now int, ever int64, err error)
	ended() <-chan struct{} // closed when it ended by itself
	stop() error
}

// place is where a store listens.
type place struct{ addr, password string }

func (p place) url() string {
	u := url.URL{Scheme: "redis", Host: p.addr, User: url.UserPassword("default", p.password)}
	return u.String()
}

const anyPort = "127.0.0.1:0"

// place decides where to listen. A store file that is there now is of a store
// that crashed, for its lock is ours.
func (o Options) place() (place, error) {
	p := place{addr: o.Addr, password: newPassword()}
	f, err := redisconn.ReadStoreFile()
	switch {
	case o.Addr != "":
		return p, loopback(o.Addr)
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		o.logf("%v", err)
	case err == nil:
		if old, ok := reusable(f); ok {
			return old, nil
		}
	}
	p.addr = anyPort
	return p, nil
}

// reusable is the place of a crashed store, if nobody else is there now.
func reusable(f redisconn.StoreFile) (place, bool) {
	u, err := url.Parse(f.URL)
	if err != nil || u.User == nil || loopback(u.Host) != nil {
		return place{}, false
	}
	password, _ := u.User.Password()
	return place{u.Host, password}, password != "" && free(u.Host)
}

func free(addr string) bool {
	l, err := net.Listen("tcp", addr)
	if err == nil {
		l.Close()
	}
	return err == nil
}

func loopback(addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return fmt.Errorf("store address: %w", err)
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return fmt.Errorf("store address %s: want a loopback address as 127.0.0.1:6379; for other machines run redis-server and set %s", addr, redisconn.EnvStore)
	}
	return nil
}

func newPassword() string {
	b := make([]byte, 24)
	rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// start starts the engine that the options ask for.
func (o Options) start(ctx context.Context, p place) (engine, error) {
	switch o.Engine {
	case Redis:
		return o.startRedis(ctx, p)
	case Embedded:
		return o.startEmbedded(p)
	case "":
	default:
		return nil, fmt.Errorf("store engine %q: want %q or %q", o.Engine, Redis, Embedded)
	}
	if _, err := exec.LookPath(redisServer); err != nil {
		return o.startEmbedded(p)
	}
	e, err := o.startRedis(ctx, p)
	if err == nil || ctx.Err() != nil {
		return e, err
	}
	o.logf("%v; the embedded engine is used", err)
	return o.startEmbedded(p)
}

// inside is the embedded engine.
type inside struct {
	*embedded.Server
	password string
}

func (o Options) startEmbedded(p place) (engine, error) {
	s, err := embedded.Start(embedded.Options{Addr: p.addr, Password: p.password, MaxBytes: o.limit()})
	if err != nil {
		return nil, err
	}
	return inside{s, p.password}, nil
}

func (i inside) name() string           { return Embedded }
func (i inside) where() place           { return place{i.Addr(), i.password} }
func (i inside) ended() <-chan struct{} { return nil }
func (i inside) stop() error            { return i.Close() }

func (i inside) clients(context.Context) (int, int64, error) {
	return i.Clients(), i.Accepted(), nil
}
