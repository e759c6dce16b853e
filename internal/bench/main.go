// Command bench measures what the design promises about speed.
//
//	go run ./internal/bench [-rounds N] [-short] [-row REGEXP] [-seed N] [-cpuprofile FILE]
//
// It prints one line per promise with the limit, and what two stores reach on
// this machine: redis-server (left out where it is not installed) and the
// embedded one. Both are processes of their own, as users have them. A figure
// is "p50/p99" of all samples or "median/best" of the rounds, and then its
// ratio to the limit: 1 is at the limit, more is a miss. Where a line has two
// limits the ratio is the worse one.
//
// Lines marked * must hold. The short form, which CI runs, ends with status 1
// when the best of up to five tries misses such a line by a factor of two, or
// when something could not be measured; it stops trying at the first try within
// the limit. The long form is for reading, and for comparing two versions side
// by side, in the same minute: figures of different machines, or of a busy
// one, say little.
//
// What the files hold: table (the lines), store (the stores and the program
// that is built for them), beamline (devices and sessions), one file per kind
// of measurement, roles (this program as another process), rounds, stats, clock.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
	"runtime/pprof"
	"syscall"
)

func main() {
	o := parse()
	var err error
	if flag.NArg() > 0 {
		err = playRole(flag.Args())
	} else {
		err = run(o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are those of the command line.
type options struct {
	rounds int
	short  bool
	only   *regexp.Regexp
	seed   uint64
	cpu    string // file of the profile; "": none
}

func parse() options {
	var o options
	pattern := flag.String("row", "", "measure only the lines that match `REGEXP`")
	flag.IntVar(&o.rounds, "rounds", 5, "how often each line is measured")
	flag.BoolVar(&o.short, "short", false, "small counts; status 1 if a line marked * is missed by a factor of two")
	flag.Uint64Var(&o.seed, "seed", 1, "of everything that is drawn at random")
	flag.StringVar(&o.cpu, "cpuprofile", "", "write a profile of the benchmark's own process to `FILE`")
	flag.Parse()
	only, err := regexp.Compile(*pattern)
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: -row:", err)
		os.Exit(2)
	}
	o.only, o.rounds = only, max(1, o.rounds)
	return o
}

// run measures and prints every line, and ends what it started.
func run(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	b, err := newBench(ctx, o)
	if b != nil {
		defer b.close()
	}
	if err != nil {
		return err
	}
	if o.cpu == "" {
		return b.print(ctx, rows())
	}
	return profiled(o.cpu, func() error { return b.print(ctx, rows()) })
}

// profiled writes a profile of f.
func profiled(path string, f func() error) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return f()
}
