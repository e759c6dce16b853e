// Package storeserver runs the store that a user's programs share on one machine.
//
// The store is a process of its own, so that a shell which exits takes nobody's
// data away. Whoever needs it first starts it with Ensure; it ends by itself
// when nobody has been connected for a while. In the user's runtime directory
// it leaves, all with mode 0600:
//
//	store.json     address, password, engine, process; removed at the end
//	store.lock     held by the running store, its process ID inside
//	ensure.lock    held while somebody starts a store
//	store.log      what a store in the background printed
//
// The store listens on loopback only, and asks for a random password.
package storeserver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"blissh/internal/redisconn"
)

// The engines.
const (
	Redis    = "redis"    // redis-server as a child process
	Embedded = "embedded" // inside this process
)

// Defaults of Options.
const (
	DefaultIdle     = 10 * time.Minute
	DefaultMaxBytes = 1 << 30
)

// ErrRunning is wrapped by the error of Run when this user has a store already.
var ErrRunning = errors.New("a store is running already")

// Options of Run.
type Options struct {
	// Engine is Redis, Embedded or "": redis-server if it is installed and
	// works, else embedded.
	Engine string
	// Idle ends the store when no client has been connected for so long;
	// 0 means never.
	Idle time.Duration
	// Addr is host:port; "" is a free loopback port, after a crash the one of
	// the store that crashed, so that its clients find this one.
	Addr string
	// MaxBytes is how much scan data the store is meant for; the server's
	// limit is half as much again and 64 MB, so that end events still pass
	// when data is at its limit. 0 means DefaultMaxBytes.
	MaxBytes int64
	// Ready, if not nil, is called when the store answers.
	Ready func(redisconn.StoreFile)
	// Log, if not nil, gets what there is to say, redis-server's words included.
	Log io.Writer
}

// limit is the server's own limit in bytes.
func (o Options) limit() int64 { return o.MaxBytes + o.MaxBytes/2 + 64<<20 }

func (o Options) logf(format string, args ...any) {
	if o.Log != nil {
		fmt.Fprintf(o.Log, time.Now().Format(time.DateTime)+" "+format+"\n", args...)
	}
}

// Run is the store: it returns nil when ctx ends, at SIGTERM, SIGINT or SIGHUP,
// or when the store was idle for long enough. Nothing is left behind then.
func Run(ctx context.Context, o Options) error {
	if o.MaxBytes == 0 {
		o.MaxBytes = DefaultMaxBytes
	}
	ctx, cancel := signal.NotifyContext(ctx, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	defer cancel()
	lock, err := takeStoreLock(ctx)
	if err != nil {
		return err
	}
	defer lock.release()
	return o.run(ctx)
}

func (o Options) run(ctx context.Context) error {
	place, err := o.place()
	if err != nil {
		return err
	}
	for {
		began := time.Now()
		e, err := o.start(ctx, place)
		switch {
		case ctx.Err() != nil && e != nil:
			return e.stop()
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		again, err := o.serve(ctx, e)
		if !again {
			return err
		}
		if time.Since(began) < 2*time.Second {
			return fmt.Errorf("store: %w", err)
		}
		o.logf("%v; it is started again, empty", err)
		place = e.where()
	}
}

// serve announces a store and waits for its end; again is true if the engine
// ended by itself.
func (o Options) serve(ctx context.Context, e engine) (again bool, err error) {
	file := redisconn.StoreFile{URL: e.where().url(), Engine: e.name(), PID: os.Getpid()}
	if err := redisconn.WriteStoreFile(file); err != nil {
		return false, errors.Join(err, e.stop())
	}
	o.logf("store %s, engine %s, process %d", redisconn.Redact(file.URL), file.Engine, file.PID)
	if o.Ready != nil {
		o.Ready(file)
	}
	idle, cancel := context.WithCancel(ctx)
	defer cancel()
	select {
	case <-e.ended():
		return true, errors.Join(errors.New(e.name()+" engine ended by itself"), e.stop())
	case <-ctx.Done():
		o.logf("store ends: asked to")
	case <-unused(idle, e, o.Idle):
		o.logf("store ends: not used for %v", o.Idle)
	}
	return false, errors.Join(redisconn.RemoveStoreFile(os.Getpid()), e.stop())
}
