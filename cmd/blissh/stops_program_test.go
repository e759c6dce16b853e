package main

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// sideBySide runs subtests at the same time, also on a machine with few
// processors: they wait more than they work.
func sideBySide(t *testing.T, tests map[string]func(*testing.T)) {
	t.Helper()
	turn := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for name, test := range tests {
		all.Go(func() {
			turn <- struct{}{}
			defer func() { <-turn }()
			t.Run(name, test)
		})
	}
	all.Wait()
}

// exits waits for the end of the program and checks its status.
func (x *terminal) exits(status int) {
	x.t.Helper()
	select {
	case <-x.done:
	case <-time.After(testPatience):
		x.t.Fatalf("the program does not end:\n%s", shorten(x.out.String()))
	}
	if got := x.cmd.ProcessState.ExitCode(); got != status {
		x.t.Errorf("%v, want exit status %d:\n%s", x.cmd.ProcessState, status, shorten(x.out.String()))
	}
}

// TestStopsAtThePrompt: the line being typed is dropped, or the program leaves.
func TestStopsAtThePrompt(t *testing.T) {
	t.Parallel()
	drops := func(keys ...string) func(*terminal) {
		return func(x *terminal) {
			start := len(x.out.String())
			for _, k := range keys {
				x.press(k)
				time.Sleep(repeat)
			}
			x.seeAfter(start, `^DEMO_SESSION \[\d+\]: `)
			time.Sleep(heldGap) // so that it does not drop what is typed next
			x.want(x.enter("20+1"), `^Out \[\d+\]: 21$`)
		}
	}
	held := make([]string, heldFor/repeat)
	for i := range held {
		held[i] = ctrlC
	}
	sideBySide(t, map[string]func(*testing.T){
		"one press":   typing(drops(ctrlC)),
		"two presses": typing(drops(ctrlC, ctrlC)),
		"a held key":  typing(drops(held...)),
		`Ctrl-\`:      typing(drops(ctrlSlash, ctrlC)),
		"Ctrl-Z": typing(func(x *terminal) {
			x.press(ctrlZ) // nobody could continue it: the system does not stop it
			drops(ctrlC)(x)
		}),
		"SIGTERM": typing(func(x *terminal) { x.signal(syscall.SIGTERM); x.exits(exitTerminated) }),
		"SIGTERM twice": typing(func(x *terminal) {
			x.signal(syscall.SIGTERM)
			(&bench{terminal: x}).signalAgain()
			x.exits(exitTerminated)
		}),
		"SIGHUP": typing(func(x *terminal) { x.signal(syscall.SIGHUP); x.exits(0) }),
	})
}

// typing opens a shell and types half a line.
func typing(stop func(*terminal)) func(*testing.T) {
	return func(t *testing.T) {
		x := newPlace(t).open("--store", "memory")
		x.prompt(0)
		start := len(x.out.String())
		x.press("mv(robz,")
		x.seeAfter(start, `mv\(robz,`)
		stop(x)
		if strings.Contains(x.out.String(), "moving") {
			t.Errorf("it moved:\n%s", x.out.String())
		}
	}
}

// TestStopsInTheSetupScript: whatever gives a prompt back gives the first one.
func TestStopsInTheSetupScript(t *testing.T) {
	t.Parallel()
	prompts := func(keys ...string) func(*terminal) {
		return func(x *terminal) {
			for _, k := range keys {
				x.press(k)
				time.Sleep(between)
			}
			x.seeAfter(0, `^DEMO_SESSION \[1\]: `)
			x.want(x.text(), `mv: interrupted by Ctrl-C \(robz stopped at [0-9.]+ mm\)`)
			x.atRest("robz")
			x.want(x.enter("t = ascan(roby, 0, .02, 2, .001, sim_ct_gauss, save=False)"), `^ done at 3/3$`)
		}
	}
	sideBySide(t, map[string]func(*testing.T){
		"one press":   inSetup(prompts(ctrlC)),
		"two presses": inSetup(prompts(ctrlC, ctrlC)),
		`Ctrl-\`:      inSetup(prompts(ctrlSlash)),
		"Ctrl-Z": inSetup(func(x *terminal) {
			x.press(ctrlZ)
			x.see("Ctrl-Z is refused while something runs")
			prompts(ctrlC)(x)
		}),
		"SIGTERM": inSetup(func(x *terminal) { x.signal(syscall.SIGTERM); x.exits(exitTerminated) }),
		"SIGHUP": inSetup(func(x *terminal) {
			x.signal(syscall.SIGHUP)
			x.signal(syscall.SIGTERM)
			x.exits(exitTerminated)
		}),
	})
}

// inSetup opens a shell whose setup script moves.
func inSetup(stop func(*terminal)) func(*testing.T) {
	return func(t *testing.T) {
		p, args, _ := stopPlace(t, nil)
		config := args[1]
		text, err := os.ReadFile(config)
		if err != nil {
			t.Fatal(err)
		}
		write(t, config, string(text)+"setup: move.go\n")
		x := p.openSize(300, 40, args...)
		x.see("moving robz from 0 to 900 mm")
		stop(x)
	}
}

// batchScript moves far, and cleans up.
const batchScript = `cleanup(func() { mv(robx, 1) })
ascan(robz, 0, 900, 2, .001, sim_ct_gauss, save=False)
println("never", "reached")
`

// TestStopsInABatchScript: it ends with the status of what stopped it, cleaned
// up and at rest.
func TestStopsInABatchScript(t *testing.T) {
	t.Parallel()
	interrupted := func(keys ...string) func(*terminal) {
		return func(x *terminal) {
			for _, k := range keys {
				x.press(k)
				time.Sleep(between)
			}
			x.exits(exitInterrupted)
			x.want(x.text(), `^ aborted at 1/3: interrupted by Ctrl-C$`)
			x.want(x.text(), `^moving robx from 0 to 1 mm$`)
		}
	}
	sideBySide(t, map[string]func(*testing.T){
		"one press":   inBatch(interrupted(ctrlC)),
		"two presses": inBatch(interrupted(ctrlC, ctrlC)),
		`Ctrl-\`:      inBatch(interrupted(ctrlSlash)),
		"Ctrl-Z": inBatch(func(x *terminal) {
			x.press(ctrlZ)
			x.see("Ctrl-Z is refused while something runs; Ctrl-C stops it")
			interrupted(ctrlC)(x)
		}),
		"SIGTERM": inBatch(func(x *terminal) {
			x.signal(syscall.SIGTERM)
			x.exits(exitTerminated)
			x.want(x.text(), `^moving robx from 0 to 1 mm$`)
		}),
		"SIGTERM twice": inBatch(func(x *terminal) {
			x.signal(syscall.SIGTERM)
			(&bench{terminal: x}).signalAgain()
			x.exits(exitTerminated)
		}),
		"SIGHUP": inBatch(func(x *terminal) {
			x.signal(syscall.SIGHUP)
			x.tty.Close()
			log := (&bench{terminal: x}).logFile()
			for end := time.Now().Add(testPatience); !strings.Contains(log(), "the terminal is gone"); time.Sleep(5 * time.Millisecond) {
				if time.Now().After(end) {
					x.t.Fatal("nothing in the log")
				}
			}
			x.signal(os.Interrupt)
			x.exits(exitInterrupted)
			x.want(log(), `^ aborted at 1/3: interrupted by Ctrl-C$`)
			x.want(log(), `^moving robx from 0 to 1 mm$`)
		}),
		"SIGHUP without a terminal": func(t *testing.T) {
			p := newPlace(t)
			write(t, filepath.Join(p.dir, "batch.go"), "ascan(robz, 0, 1, 100, .001, sim_ct_gauss, save=False)\nprintln(\"the\", \"end\")\n")
			x := p.start("run", "--store", "memory", filepath.Join(p.dir, "batch.go"))
			x.see(` 10/101 `)
			x.signal(syscall.SIGHUP)
			x.see(`^the end$`)
			if status := x.exit(); status != 0 {
				t.Errorf("exit status %d", status)
			}
		},
	})
}

// inBatch runs the script in a terminal until its axis moves.
func inBatch(stop func(*terminal)) func(*testing.T) {
	return func(t *testing.T) {
		p := newPlace(t)
		path := filepath.Join(p.dir, "batch.go")
		write(t, path, batchScript)
		x := p.openSize(300, 40, "run", "--store", "memory", path)
		x.seeAfter(0, `^ +1/3 `)
		stop(x)
		if strings.Contains(x.out.String(), "never reached") {
			t.Errorf("the script goes on:\n%s", x.out.String())
		}
	}
}
