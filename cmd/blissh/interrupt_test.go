package main

import (
	"reflect"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// recorder is a stopper that remembers what it was asked to do.
type recorder struct {
	mu  sync.Mutex // lines come from goroutines of their own
	did []string
}

func (r *recorder) note(what string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.did = append(r.did, what)
}

func (r *recorder) stopper(left time.Duration) stopper {
	return stopper{
		Soften:  func() time.Duration { r.note("soften"); return left },
		Stop:    func(error) { r.note("stop") },
		Abandon: func() []string { r.note("abandon"); return []string{"robz"} },
		Say:     func(s string) { r.note(s) },
	}
}

func TestGradesOfCtrlC(t *testing.T) {
	ms := time.Millisecond
	for _, c := range []struct {
		name  string
		left  time.Duration
		press []time.Duration
		want  []string
	}{
		{"one press", 0, []time.Duration{0}, []string{"soften"}},
		{"one press in a long count names what is left", 57 * time.Second, []time.Duration{0},
			[]string{"soften", "the count goes on for 57 s; Ctrl-C again stops it now"}},
		{"a second press within 50 ms is the first one again", 0, []time.Duration{0, 49 * ms}, []string{"soften"}},
		{"two presses", 0, []time.Duration{0, 50 * ms}, []string{"soften", "stop"}},
		{"a third press within a second does not count", 0, []time.Duration{0, 60 * ms, 1059 * ms}, []string{"soften", "stop"}},
		{"three presses", 0, []time.Duration{0, 60 * ms, 1060 * ms, 5 * time.Second}, []string{"soften", "stop", "abandon",
			"quarantined: robz did not confirm to be at rest; moves are refused until the state is read at rest"}},
		{"a held key repeats every 33 ms: it stops at the third repeat", 0, []time.Duration{0, 33 * ms, 66 * ms, 99 * ms, 132 * ms}, []string{"soften", "stop"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{}
			k := &keys{stopper: r.stopper(c.left)}
			k.begin()
			start := time.Now()
			for _, after := range c.press {
				k.press(start.Add(after))
			}
			k.finish() // everything is said by then
			if !reflect.DeepEqual(r.did, c.want) {
				t.Errorf("did %q, want %q", r.did, c.want)
			}
		})
	}
}

func TestNextInputStartsAnew(t *testing.T) {
	r := &recorder{}
	k := &keys{stopper: r.stopper(0)}
	now := time.Now()
	k.begin()
	k.press(now)
	k.begin()
	k.press(now.Add(time.Millisecond)) // another input: a press of its own
	if want := []string{"soften", "soften"}; !reflect.DeepEqual(r.did, want) {
		t.Errorf("did %q, want %q", r.did, want)
	}
}

// TestWhatIsSaidComesBeforeThePrompt: the line about an input that was given up
// is on the screen when the input is over, however slow the screen is.
func TestWhatIsSaidComesBeforeThePrompt(t *testing.T) {
	var said string
	k := &keys{stopper: (&recorder{}).stopper(0)}
	k.Say = func(s string) { time.Sleep(50 * time.Millisecond); said = s }
	abandoned := k.begin()
	go func() {
		start := time.Now()
		for _, after := range []time.Duration{0, time.Second, 3 * time.Second} {
			k.press(start.Add(after))
		}
	}()
	<-abandoned
	k.finish()
	if said == "" {
		t.Error("the prompt would have come before the line that names the axis")
	}
}

func TestCtrlBackslashIsTheSecondPress(t *testing.T) {
	for _, c := range []struct {
		name    string
		presses []time.Duration
		want    []string
	}{
		{"alone", nil, []string{"stop"}},
		{"after one press", []time.Duration{0}, []string{"soften", "stop"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := &recorder{}
			k := &keys{stopper: r.stopper(0)}
			k.begin()
			start := time.Now()
			for _, after := range c.presses {
				k.press(start.Add(after))
			}
			k.now(start.Add(time.Millisecond)) // not within the bounce of another key
			k.finish()
			if !reflect.DeepEqual(r.did, c.want) {
				t.Errorf("did %q, want %q", r.did, c.want)
			}
		})
	}
}

// TestCleanUpIsStoppedByTheNextPress: what comes after the second press does not
// take a third one, which would leave it behind.
func TestCleanUpIsStoppedByTheNextPress(t *testing.T) {
	r := &recorder{}
	k := &keys{stopper: r.stopper(0)}
	k.begin()
	start := time.Now()
	k.press(start)
	k.press(start.Add(100 * time.Millisecond))
	k.cleaning()
	k.press(start.Add(200 * time.Millisecond))
	k.finish()
	if want := []string{"soften", "stop", "stop"}; !reflect.DeepEqual(r.did, want) {
		t.Errorf("did %q, want %q", r.did, want)
	}
}

// TestReminders: what the next press does is said once, to whoever waits.
func TestReminders(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{}
		k := &keys{stopper: r.stopper(0)}
		k.begin()
		k.press(time.Now())
		time.Sleep(firstPatience + time.Second)
		k.press(time.Now())
		time.Sleep(patience + time.Second)
		k.cleaning()
		time.Sleep(firstPatience + time.Second)
		k.finish()
		time.Sleep(time.Minute)
		want := []string{"soften", "still stopping; Ctrl-C again stops everything now",
			"stop", "still waiting for it to stop; Ctrl-C again gives the prompt back",
			"cleaning up; Ctrl-C again stops that, too"}
		if !reflect.DeepEqual(r.did, want) {
			t.Errorf("did %q, want %q", r.did, want)
		}
	})
}

func TestAHeldKeyIsHeardOnceAtThePrompt(t *testing.T) {
	k := &keys{stopper: (&recorder{}).stopper(0)}
	now := time.Now()
	k.begin()
	k.press(now)
	k.finish()
	for i := range 50 {
		now = now.Add(33 * time.Millisecond)
		if !k.held(now) {
			t.Fatalf("repeat %d is heard", i)
		}
	}
	if k.held(now.Add(time.Second)) {
		t.Error("a press of its own is not heard")
	}
	k.begin()
	k.finish()
	if k.held(now.Add(time.Second + time.Millisecond)) {
		t.Error("a press after the next input is not heard")
	}
}
