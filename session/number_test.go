package session

import (
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"blissh/data"
	"blissh/device/sim"
)

// number runs a scan and gives its number.
func (l *lab) number() int {
	l.t.Helper()
	sc := l.loopscan(1, 0)
	if err := sc.run(); err != nil {
		l.t.Fatal(err)
	}
	return sc.Info().Number
}

func TestScanNumberSurvivesTheStore(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		name := sessionName(t)
		l := open(t, s.url, name)
		got := []int{l.number(), l.number()}
		l.close()
		s.stop()

		fresh := startEmbedded(t)
		l = open(t, fresh.url, name)
		got = append(got, l.number())
		settings := l.settings.path()
		l.close()

		if err := os.Remove(settings); err != nil {
			t.Fatal(err)
		}
		l = open(t, fresh.url, name) // now the store knows better
		got = append(got, l.number())
		if want := []int{1, 2, 3, 4}; !slices.Equal(got, want) {
			t.Errorf("numbers %v, want %v", got, want)
		}
		if f, err := l.settings.read(); f.ScanNumber != 4 || err != nil {
			t.Errorf("remembered: %d, %v", f.ScanNumber, err)
		}
	})
}

// A number that a failed scan has taken is not given away again.
func TestScanThatFailsKeepsItsNumber(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	l.motor("m").Fail(sim.Start, os.ErrInvalid)
	sc := l.ascan("m", 1, 2, 1)
	refused(t, "the scan", sc.run(), "m: start: invalid argument")
	sc.ended(data.Failed, "invalid argument")
	if sc.Info().Number != 1 {
		t.Errorf("the failed scan has number %d", sc.Info().Number)
	}
	if n := l.number(); n != 2 {
		t.Errorf("the next one has number %d", n)
	}
}

// A settings file that is damaged in mid-session is put aside, and the next
// scan has a number that nobody else has.
func TestDamagedSettingsDoNotStopTheScans(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	got := []int{l.number(), l.number()}
	if err := os.WriteFile(l.settings.path(), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got = append(got, l.number()); !slices.Equal(got, []int{1, 2, 3}) {
		t.Errorf("numbers %v", got)
	}
	if text := l.warned.String(); !strings.Contains(text, "settings.json are damaged (unexpected end of JSON input): kept as settings.json.damaged-") {
		t.Errorf("said %q", text)
	}
}

func TestSettingsThatCannotBeReadRefuseTheScan(t *testing.T) {
	t.Parallel()
	l := open(t, startEmbedded(t).url, sessionName(t))
	if err := os.Mkdir(l.settings.path(), 0o700); err != nil {
		t.Fatal(err)
	}
	sc := l.ascan("m", 1, 2, 1)
	refused(t, "the scan", sc.run(), "settings", l.settings.path(), "is a directory")
	if at, _, _ := l.motor("m").Read(t.Context()); at != 0 {
		t.Errorf("m went to %g", at)
	}
	os.Remove(l.settings.path())
	if n := l.number(); n != 1 {
		t.Errorf("the number is %d", n)
	}
}

// Shells of one session on two stores share the settings: no number is used
// twice, also when both begin a scan at the same time.
func TestTwoStoresShareTheNumbers(t *testing.T) {
	t.Parallel()
	name := sessionName(t)
	shells := []*lab{open(t, startEmbedded(t).url, name), open(t, startEmbedded(t).url, name)}
	const scans = 30
	var mu sync.Mutex
	used := map[int]int{}
	var all sync.WaitGroup
	for _, l := range shells {
		all.Go(func() {
			for range scans {
				var info data.Scan
				if err := l.describe(t.Context(), &info); err != nil {
					t.Error(err)
				}
				mu.Lock()
				used[info.Number]++
				mu.Unlock()
			}
		})
	}
	all.Wait()
	if len(used) != len(shells)*scans {
		t.Errorf("%d scans have %d different numbers", len(shells)*scans, len(used))
	}
}
