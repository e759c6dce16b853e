package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

const longScan = "s = ascan(robz, -5, 5, 500, .001, sim_ct_gauss, save=False)"

// TestKilledShell: after kill -9 in mid-scan the next shell starts at once,
// closes the scan as failed, and scans; numbers are not used twice.
func TestKilledShell(t *testing.T) {
	t.Parallel()
	for _, store := range []string{"redis-server", "embedded"} {
		t.Run(store, func(t *testing.T) {
			t.Parallel()
			p := placeWithStore(t, store)
			listener := p.start("listen", "demo_session")
			first := p.start()
			first.typeLines(longScan)
			first.see(` 20/501 `)
			first.signal(syscall.SIGKILL)
			<-first.done

			began := time.Now()
			second := p.start()
			second.typeLines("t = ascan(robz, 0, .02, 2, .001, sim_ct_gauss, save=False)", "t.number", "t.state") // the axis that the dead one had
			second.see(`^Out \[2\]: 2$`)
			if took := time.Since(began); took > 5*time.Second {
				t.Errorf("the next shell scans after %v, not at once", took)
			}
			if status := second.exit(); status != 0 {
				t.Errorf("exit status %d:\n%s", status, second.out.String())
			}
			listener.see(`^Scan demo_session:1_ascan ends: failed, \d+ points \(lost.*\)$`)
			listener.see(`^Scan demo_session:2_ascan ends: done, 3 points$`)
		})
	}
}

// TestStoreLostInMidScan: past the limit the scan fails with whole points, axes
// at rest, and one line that says what and since when; the shell lives.
func TestStoreLostInMidScan(t *testing.T) {
	t.Parallel()
	server, url := startRedis(t)
	p := newPlace(t, "BLISSH_STORE="+url)
	x := p.start()
	x.typeLines("s = ascan(robz, -5, 5, 5000, .001, sim_ct_gauss, save=False)")
	x.see(` 20/5001 `)
	server.Process.Kill()
	x.see(`^ failed at \d+/5001: .*store`)
	if x.exit() != exitFailed {
		t.Errorf("the exit status is not %d", exitFailed)
	}
}

// TestStorePaused: a store that is away for less than the limit costs nothing but
// the time.
func TestStorePaused(t *testing.T) {
	t.Parallel()
	server, url := startRedis(t)
	p := newPlace(t, "BLISSH_STORE="+url)
	x := p.start()
	x.typeLines("s = ascan(robz, 0, 1, 100, .001, sim_ct_gauss, save=False)", `len(s.get_data()["robz"])`)
	x.see(` 20/101 `)
	server.Process.Signal(syscall.SIGSTOP)
	time.Sleep(3 * time.Second)
	server.Process.Signal(syscall.SIGCONT)
	x.see(`^ done at 101/101`)
	x.see(`^the store does not answer since \d\d:\d\d:\d\d \(.*\): the scan waits for it, 10 s at most$`)
	x.see(`^the store is back: the scan goes on$`)
	x.see(`^Out \[2\]: 101$`)
	if status := x.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

// TestSecondShell is refused, with the holder's name.
func TestSecondShell(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	first := p.start()
	first.typeLines("1")
	first.see(`^Out \[1\]: 1$`)
	second := p.start()
	if second.exit() != exitFailed {
		t.Errorf("a second shell was let in:\n%s", second.out.String())
	}
	host, _ := os.Hostname()
	for _, want := range []string{"demo_session", host, fmt.Sprint("process ", first.cmd.Process.Pid)} {
		if !strings.Contains(second.out.String(), want) {
			t.Errorf("%q does not name %s", second.out.String(), want)
		}
	}
	first.exit()
	third := p.start()
	third.typeLines("2")
	third.see(`^Out \[1\]: 2$`)
	if third.exit() != 0 {
		t.Error("after the first shell has left, another one is refused")
	}
}

// TestEditedHook: an edit is taken for the next scan, a broken one keeps the hook
// as it was, and says where the mistake is.
func TestEditedHook(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	config := filepath.Join(p.dir, "lab.yml")
	hook := filepath.Join(p.dir, "hooks", "limit.go")
	write(t, config, strings.ReplaceAll(labConfig, "FOLDER", filepath.Dir(hook)))
	write(t, hook, limitHook("10"))
	x := p.start("--store", "memory", "--config", config)
	scan := func(want string) {
		t.Helper()
		before := len(x.out.String())
		x.typeLines("s = ascan(m, 0, 20, 20, 0, ramp, save=False, run=False)", "s.set_watchdog_callback(LimitHook())", "s.run()", "s.state")
		re := regexp.MustCompile(want)
		for end := time.Now().Add(testPatience); !re.MatchString(x.out.String()[before:]); time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("no %s in:\n%s", want, x.out.String()[before:])
			}
		}
	}
	scan(`stopped at 1\d/21 by hook LimitHook: more than 10`)
	write(t, hook, limitHook("5"))
	scan(`stopped at \d/21 by hook LimitHook: more than 5`)
	write(t, hook, "package hooks\n\nimport \"blissh/hooks\"\n\ntype LimitHook struct { hooks.Base\n")
	scan(`stopped at \d/21 by hook LimitHook: more than 5`)
	x.see(`limit\.go:5:\d+: .*stays in use`)
	if status := x.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
}

const labConfig = `session: lab
hooks: [FOLDER]
axes:
  - {name: m, driver: sim, unit: mm, velocity: 100, acceleration: 10000}
controllers:
  - name: c
    driver: sim
    counters:
      - {name: ramp, kind: linear, slope: 1, intercept: 0}
`

func limitHook(limit string) string {
	return `package hooks

import (
	"fmt"

	"blissh/hooks"
	"blissh/scan"
)

type LimitHook struct{ hooks.Base }

func (LimitHook) OnScanData(d *scan.Data) error {
	if d.Value("ramp") > ` + limit + ` {
		return fmt.Errorf("more than ` + limit + `: %w", scan.StopIteration)
	}
	return nil
}
`
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
