package writer

import (
	"context"
	"errors"
	"fmt"
	"time"
)

const (
	beatTime = 2 * time.Second
	beatLife = 10 * time.Second
	goneTime = 10 * time.Second // without a word from the store, for a writer that may end
)

// ErrIdle ends a writer that nobody needs.
var ErrIdle = errors.New("the session has no shell, and its scans are in files")

// beat says that there is a writer; and to the user, when the store is away. It
// ends when there is another one: this machine had lost the store for too long.
func (w *writer) beat(ctx context.Context) error {
	heard, needed, away := time.Now(), time.Now(), false
	for {
		err := w.present(ctx, away)
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case otherWriter(err) != nil:
			return err
		}
		if away = err != nil; !away {
			heard = time.Now()
		}
		if w.o.Idle > 0 {
			if err != nil && time.Since(heard) > goneTime {
				return fmt.Errorf("the store is gone: %w", err)
			}
			if led, err := w.db.Led(ctx, w.o.Session); led || err != nil {
				needed = time.Now()
			}
			if err := w.idle(ctx, time.Since(needed)); err != nil {
				return err
			}
		}
		if err := sleep(ctx, beatTime); err != nil {
			return err
		}
	}
}

// present says it once. A store that is away comes back, or the reader says that it
// does not.
func (w *writer) present(ctx context.Context, away bool) error {
	once, cancel := context.WithTimeout(ctx, beatLife/2)
	defer cancel()
	err := claim(once, w.db, w.o.Session, w.o.Self)
	switch {
	case ctx.Err() != nil, otherWriter(err) != nil:
	case err != nil && !away:
		w.o.Say("the store is away: " + oneLine(err) + "; what the scan takes meanwhile is written when it is back")
	case err == nil && away:
		w.o.Say("the store is back")
		w.list.hurry()
	}
	return err
}

// patience is how many times longer a writer stays for scans that it cannot write.
const patience = 10

// idle ends a writer that is not needed, with ErrIdle: a shell that comes in between
// finds either no writer, or one that stays.
func (w *writer) idle(ctx context.Context, alone time.Duration) error {
	if alone < w.o.Idle || w.list.pending(alone < patience*w.o.Idle) {
		return nil
	}
	if w.db.ForgetWriter(ctx, w.o.Session, w.o.Self) != nil {
		return nil
	}
	led, err := w.db.Led(ctx, w.o.Session)
	if !led && err == nil {
		return ErrIdle
	}
	return w.stay(ctx)
}

// stay takes back that there is no writer: a shell that looks for one has begun.
func (w *writer) stay(ctx context.Context) error {
	err := claim(ctx, w.db, w.o.Session, w.o.Self)
	if otherWriter(err) != nil {
		return err
	}
	return nil // the next beat tells of a store that is away
}
