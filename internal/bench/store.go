package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"sync/atomic"
	"syscall"
	"time"

	"blissh/data/store"
	"blissh/internal/redisconn"
	"blissh/internal/storeserver"
	"blissh/scripts"
)

// bench is one run of the benchmark.
type bench struct {
	options
	dir     string // temporary; all of the below is in it
	blissh  string // the program, built for this run
	hooks   string // folder with the demo session's hook
	engines []*engine
	rand    *rand.Rand
	quiet   atomic.Bool // sessions warn nobody
}

// engine is one store: a `blissh store` of its own.
type engine struct {
	name string // as in --engine
	dir  string // its runtime directory
	url  string
	pid  int
	cmd  *exec.Cmd
	db   *store.DB // also keeps the store from ending for want of clients
}

const (
	answerBound = 10 * time.Second // until a process that was started answers
	endBound    = 10 * time.Second // until one that was told to end is killed
	storeIdle   = "2m"             // ends a store whose benchmark was killed
)

// newBench builds the program and starts the stores. What it returns is to be
// closed also after an error.
func newBench(ctx context.Context, o options) (b *bench, err error) {
	b = &bench{options: o, rand: rand.New(rand.NewPCG(o.seed, 0))}
	if b.dir, err = os.MkdirTemp("", "blissh-bench-"); err != nil {
		return nil, err
	}
	for _, name := range []string{"XDG_RUNTIME_DIR", "XDG_STATE_HOME"} {
		os.Setenv(name, b.dir)
	}
	os.Unsetenv(redisconn.EnvStore)
	for _, step := range []func(context.Context) error{b.build, b.writeHooks, b.startStores} {
		if err := step(ctx); err != nil {
			return b, err
		}
	}
	return b, nil
}

func (b *bench) build(ctx context.Context) error {
	b.blissh = filepath.Join(b.dir, "bin", "blissh")
	out, err := exec.CommandContext(ctx, "go", "build", "-o", b.blissh, "blissh/cmd/blissh").CombinedOutput()
	if err != nil {
		return fmt.Errorf("build blissh: %w\n%s", err, out)
	}
	return nil
}

// writeHooks puts the hook where sessions find it.
func (b *bench) writeHooks(context.Context) error {
	b.hooks = filepath.Join(b.dir, "hooks")
	if err := os.Mkdir(b.hooks, 0o700); err != nil {
		return err
	}
	src, err := scripts.Hooks.ReadFile(scripts.StopAlignmentHook)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(b.hooks, scripts.StopAlignmentHook), src, 0o600)
}

// startStores starts one store of each kind that there can be.
func (b *bench) startStores(ctx context.Context) error {
	for _, name := range []string{storeserver.Redis, storeserver.Embedded} {
		if _, err := exec.LookPath("redis-server"); err != nil && name == storeserver.Redis {
			fmt.Println("no redis-server here, so its column is left out: apt-get install redis-server")
			continue
		}
		e := &engine{name: name, dir: filepath.Join(b.dir, name)}
		b.engines = append(b.engines, e)
		if err := e.start(ctx, b.blissh); err != nil {
			return fmt.Errorf("start the store %s: %w", name, err)
		}
	}
	return nil
}

// environment is that of a program which is to use the engine's store.
func (e *engine) environment() []string {
	return append(os.Environ(), "XDG_RUNTIME_DIR="+e.dir, "XDG_STATE_HOME="+e.dir)
}

// start starts the store and waits for the line that says that it answers.
func (e *engine) start(ctx context.Context, blissh string) error {
	if err := os.Mkdir(e.dir, 0o700); err != nil {
		return err
	}
	e.cmd = exec.Command(blissh, "store", "--engine", e.name, "--idle", storeIdle)
	e.cmd.Env, e.cmd.Stderr = e.environment(), os.Stderr
	e.cmd.SysProcAttr = apart()
	out, err := e.cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := e.cmd.Start(); err != nil {
		return err
	}
	if err := within(ctx, answerBound, func() error {
		if !bufio.NewScanner(out).Scan() {
			return errors.New("it has ended at once")
		}
		return nil
	}); err != nil {
		return err
	}
	return e.connect(ctx)
}

func (e *engine) connect(ctx context.Context) error {
	os.Setenv("XDG_RUNTIME_DIR", e.dir)
	defer os.Setenv("XDG_RUNTIME_DIR", filepath.Dir(e.dir))
	f, err := redisconn.ReadStoreFile()
	if err != nil {
		return err
	}
	e.url, e.pid = f.URL, f.PID
	e.db, err = store.Open(ctx, e.url)
	return err
}

// close ends the stores and removes every file.
func (b *bench) close() {
	for _, e := range b.engines {
		if e.db != nil {
			e.db.Close()
		}
		end(e.cmd)
	}
	os.RemoveAll(b.dir)
}

// end tells a process to end, and kills it when it does not.
func end(cmd *exec.Cmd) {
	if cmd == nil || cmd.Process == nil {
		return
	}
	cmd.Process.Signal(syscall.SIGTERM)
	kill := time.AfterFunc(endBound, func() { cmd.Process.Kill() })
	defer kill.Stop()
	cmd.Wait()
}

// apart keeps Ctrl-C in the terminal from a process: this one ends it, in order.
func apart() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

// within runs f and waits for it, d at most. An f that takes longer is left
// behind; what it waits for is ended when the benchmark ends.
func within(ctx context.Context, d time.Duration, f func() error) error {
	ctx, cancel := context.WithTimeoutCause(ctx, d, fmt.Errorf("no answer within %v", d))
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
