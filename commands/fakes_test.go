package commands

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeTerminal is a Screen whose live lines are remembered.
type fakeTerminal struct {
	columns int

	mu    sync.Mutex
	live  []string
	draws int // with lines
}

func (s *fakeTerminal) Show(lines ...string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.live = slices.Clone(lines)
	if len(lines) > 0 {
		s.draws++
	}
}

func (s *fakeTerminal) Size() (columns, rows int) { return s.columns, 24 }

// now is what is shown in place.
func (s *fakeTerminal) now() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return joinLines(s.live)
}

// drawn is how often something was shown.
func (s *fakeTerminal) drawn() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.draws
}

// fakeKeyboard gives the keys that a test presses.
type fakeKeyboard struct {
	keys   chan string
	closed chan struct{}
}

func (k *fakeKeyboard) Key(ctx context.Context) (string, error) {
	select {
	case key := <-k.keys:
		return key, nil
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func (k *fakeKeyboard) Close() error { close(k.closed); return nil }

// atTerminal gives a bench a screen and a keyboard.
func (b *bench) atTerminal(columns int) (*fakeTerminal, *fakeKeyboard) {
	s := &fakeTerminal{columns: columns}
	k := &fakeKeyboard{make(chan string), make(chan struct{})}
	b.Screen = s
	b.Keyboard = func() (Keyboard, error) { return k, nil }
	return s, k
}

// patience bounds what a test waits for: generous, for the machine may be busy.
const patience = 20 * time.Second

// eventually waits until the live lines have a text in them.
func (s *fakeTerminal) eventually(t *testing.T, text string) {
	t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(s.now(), text); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("never shown: %q; it is\n%s", text, s.now())
		}
	}
}
