package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"blissh/channel"
	"blissh/data"
	"blissh/data/store"
	"blissh/internal/redisconn"
)

// playRole is this program as another process: it talks in lines, and ends at
// the end of its input, so also when whoever started it has died.
func playRole(args []string) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	switch {
	case args[0] == "follow" && len(args) == 2:
		n, err := strconv.Atoi(args[1])
		if err != nil {
			return err
		}
		go func() {
			io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
		return follow(ctx, n)
	case args[0] == "set" && len(args) == 2:
		return set(ctx, args[1])
	case args[0] == "write" && len(args) == 2:
		go func() {
			io.Copy(io.Discard, os.Stdin)
			cancel()
		}()
		return write(ctx, args[1])
	}
	return fmt.Errorf("unknown arguments %q", args)
}

// follow is n clients that follow the session; each prints, at the end of every
// scan, how old the values were when its callback saw them.
func follow(ctx context.Context, n int) error {
	db, err := store.Open(ctx, "")
	if err != nil {
		return err
	}
	defer db.Close()
	f := &followers{out: json.NewEncoder(os.Stdout)}
	var all sync.WaitGroup
	defer all.Wait()
	for range n {
		r, err := db.Follow(ctx, sessionName, store.FollowOptions{})
		if err != nil {
			return err
		}
		all.Go(func() { f.listen(ctx, r) })
	}
	f.say(nil)
	return nil
}

// followers share the output.
type followers struct {
	mu  sync.Mutex
	out *json.Encoder
}

func (f *followers) say(s samples) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.out.Encode(s)
}

func (f *followers) listen(ctx context.Context, r *store.Reader) {
	var ages samples
	for event := range r.Events(ctx) {
		switch e := event.(type) {
		case *data.NewData:
			ages = append(ages, agesOf(e)...)
		case *data.EndScan:
			f.say(ages)
			ages = nil
		}
	}
}

func agesOf(e *data.NewData) (ages samples) {
	if e.Node.Name != stampName {
		return nil
	}
	t := now()
	for _, v := range e.Values {
		ages = append(ages, time.Duration(t-int64(v)))
	}
	return ages
}

// set is a program that sets a shared channel: at every line it prints when it
// did so.
func set(ctx context.Context, name string) error {
	bus, err := channel.Connect(ctx, "")
	if err != nil {
		return err
	}
	defer bus.Close()
	c, err := bus.Open(ctx, name, channel.Options{Default: false})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		t := now()
		if err := c.Set(true); err != nil {
			return err
		}
		fmt.Println(t)
	}
	return nil
}

// actor is a process with a role.
type actor struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

// act starts this program in a role and waits until it is ready.
func (e *engine) act(ctx context.Context, args ...string) (*actor, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	a := &actor{cmd: exec.Command(self, args...)}
	a.cmd.Env, a.cmd.Stderr, a.cmd.SysProcAttr = append(e.environment(), redisconn.EnvStore+"="+e.url), os.Stderr, apart()
	in, err1 := a.cmd.StdinPipe()
	out, err2 := a.cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		return nil, err
	}
	a.in, a.out = in, bufio.NewReader(out)
	if err := a.cmd.Start(); err != nil {
		return nil, err
	}
	if _, err := a.line(ctx); err != nil {
		a.end()
		return nil, fmt.Errorf("role %v: %w", args, err)
	}
	return a, nil
}

// line is the next line that the process prints.
func (a *actor) line(ctx context.Context) (text []byte, err error) {
	err = within(ctx, answerBound, func() (err error) {
		text, err = a.out.ReadBytes('\n')
		return err
	})
	return text, err
}

func (a *actor) end() {
	a.in.Close()
	end(a.cmd)
}
