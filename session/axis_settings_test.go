package session

import (
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"blissh/device"
)

// setAll changes everything about m that is kept.
func (l *lab) setAll() {
	l.t.Helper()
	m := l.axis("m")
	_, _, err := m.SetPosition(l.t.Context(), 1.5)
	err = errors.Join(err, m.SetSign(-1), m.SetLimits(-10, math.Inf(1)), m.SetVelocity(l.t.Context(), 7),
		m.SetAcceleration(l.t.Context(), 8), m.SetBacklash(0.25), l.KeepSettings(m))
	if err != nil {
		l.t.Fatal(err)
	}
}

func TestAxisSettingsSurviveARestart(t *testing.T) {
	t.Parallel()
	s, name := startEmbedded(t), sessionName(t)
	l := open(t, s.url, name)
	l.setAll()
	want := l.axis("m").Config()
	l.close()
	s.stop()

	l = open(t, startEmbedded(t).url, name) // the store is another one, too
	if got := l.axis("m").Config(); got != want {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	said := "m is set as before: offset 1.5 mm (configuration: 0 mm), sign -1 (configuration: +1), " +
		"dial low limit none (configuration: -1000 mm), dial high limit 11.5 mm (configuration: 1000 mm), " +
		"velocity 7 mm/s (configuration: 0 mm/s), acceleration 8 mm/s² (configuration: 0 mm/s²), backlash 0.25 mm (configuration: 0 mm)"
	if got := l.warned.String(); got != said {
		t.Errorf("said\n%s\nwant\n%s", got, said)
	}
	undone, err := l.ApplyConfig(t.Context(), l.axis("m"))
	if len(undone) != 7 || err != nil {
		t.Errorf("undone %v, %v", undone, err)
	}
	if c := l.axis("m").Config(); c != l.configured["m"] {
		t.Errorf("configured %+v, is %+v", l.configured["m"], c)
	}
	l.close()
	l = open(t, startEmbedded(t).url, name)
	if got := l.warned.String(); got != "" || l.axis("m").Offset() != 0 {
		t.Errorf("what was undone came back: %s", got)
	}
}

// TestSettingsThatDoNotFitTheConfigurationAnyMore: each one is told, the others
// are used.
func TestSettingsThatDoNotFitTheConfigurationAnyMore(t *testing.T) {
	t.Parallel()
	url, name := startEmbedded(t).url, sessionName(t)
	l := open(t, url, name)
	path := l.settings.path()
	l.close()
	text := `{"scan_number":4,"axes":{"m":{"sign":7,"velocity":-3,"offset":2.5,"colour":1},"gone":{"offset":1}}}`
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	l = open(t, url, name)
	for _, want := range []string{
		"m: sign 7 is neither 1 nor -1: the sign that was kept is not used",
		"m: velocity -3 mm/s is not above 0: the velocity that was kept is not used",
		"m is set as before: offset 2.5 mm (configuration: 0 mm)",
	} {
		if !strings.Contains(l.warned.String(), want) {
			t.Errorf("said %q, not %q", l.warned.String(), want)
		}
	}
	if err := errors.Join(l.axis("m").SetBacklash(1), l.KeepSettings(l.axis("m"))); err != nil {
		t.Fatal(err)
	}
	f, err := l.settings.load()
	if got := fmt.Sprint(f.ScanNumber, f.Axes); got != "4 map[gone:map[offset:1] m:map[backlash:1 colour:1 offset:2.5]]" || err != nil {
		t.Errorf("kept %s, %v", got, err)
	}
}

// TestDamagedSettings: one line, the file is kept, and what stood there before
// the last change is used.
func TestDamagedSettings(t *testing.T) {
	t.Parallel()
	for damage, what := range map[string]string{
		"":                                   "unexpected end of JSON input",
		`{"axes":{"m":{"offset":1.5}`:        "unexpected end of JSON input",
		"\x00\x00\x00":                       `invalid character '\x00' looking for beginning of value`,
		`{"axes":{"m":{"offset":"centre"}}}`: `"centre" is no number`,
		`{"axes":{"m":{"offset":"NaN"}}}`:    `"NaN" is no number`,
		`{"axes":[]}`:                        "cannot unmarshal array",
	} {
		t.Run(what, func(t *testing.T) {
			url, name := startEmbedded(t).url, fmt.Sprintf("TestDamagedSettings%d", len(damage))
			l := open(t, url, name)
			l.setAll()
			l.setAll() // the version before is the same
			path := l.settings.path()
			l.close()
			if err := os.WriteFile(path, []byte(damage), 0o600); err != nil {
				t.Fatal(err)
			}
			l = open(t, url, name)
			if text := l.warned.String(); !strings.Contains(text, what) || strings.Count(text, "damaged (") != 1 ||
				!strings.Contains(text, "the version before it is used\nm is set as before: offset 1.5 mm") {
				t.Errorf("said %q", text)
			}
			aside, _ := filepath.Glob(path + ".damaged-*")
			if len(aside) != 1 {
				t.Fatalf("kept aside: %v", aside)
			}
			if b, err := os.ReadFile(aside[0]); string(b) != damage || err != nil {
				t.Errorf("kept %q, %v", b, err)
			}
		})
	}
}

// Both versions are damaged: the session opens all the same.
func TestDamagedSettingsWithoutAVersionBefore(t *testing.T) {
	t.Parallel()
	url, name := startEmbedded(t).url, sessionName(t)
	l := open(t, url, name)
	path := l.settings.path()
	l.close()
	os.WriteFile(path, []byte("{"), 0o600)
	os.WriteFile(path+".before", []byte("{"), 0o600)
	l = open(t, url, name)
	if text := l.warned.String(); !strings.Contains(text, "there is no version before it, so axes are set as in the configuration") {
		t.Errorf("said %q", text)
	}
	l.setAll()
}

// Sessions have files of their own, and a change of one axis leaves those of
// the others alone, also when shells on two stores write at the same time.
func TestTwoShellsKeepTheirSettings(t *testing.T) {
	t.Parallel()
	name := sessionName(t)
	a, b := open(t, startEmbedded(t).url, name), open(t, startEmbedded(t).url, name)
	other := open(t, startEmbedded(t).url, name+"2")
	done := inBackground(func() error {
		for i := range 20 {
			if err := errors.Join(a.axis("m").SetOffset(float64(i+1)), a.KeepSettings(a.axis("m"))); err != nil {
				return err
			}
		}
		return nil
	})
	for i := range 20 {
		if err := errors.Join(b.axis("slow").SetOffset(float64(i+1)), b.KeepSettings(b.axis("slow"))); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	f, err := a.settings.load()
	if got := fmt.Sprint(f.Axes); got != "map[m:map[offset:20] slow:map[offset:20]]" || err != nil {
		t.Errorf("kept %s, %v", got, err)
	}
	if f, err := other.settings.load(); len(f.Axes) != 0 || err != nil {
		t.Errorf("another session has %v, %v", f.Axes, err)
	}
}

func TestApplyConfigIsRefusedWhileMoving(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	done := l.moving("slow", 50)
	var busy *device.BusyError
	if _, err := l.ApplyConfig(t.Context(), l.axis("slow")); !errors.As(err, &busy) {
		t.Errorf("%v", err)
	}
	l.Interrupt()
	select {
	case <-done:
	case <-time.After(patience):
		t.Error("the move does not end")
	}
}
