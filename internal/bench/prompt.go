package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"time"

	"github.com/creack/pty"
)

// prompt is row 12.
func prompt(ctx context.Context, b *bench, e *engine) ([]figure, error) {
	limit := atMost(150)
	values, err := b.repeat(true, limit, func() (float64, error) {
		took, err := b.start(ctx, e)
		return took.Seconds() * 1e3, err
	})
	return []figure{summary(values, limit, "%.0f/%.0f ms")}, err
}

// start starts the shell in a pseudo-terminal and waits for its prompt.
func (b *bench) start(ctx context.Context, e *engine) (took time.Duration, err error) {
	cmd := exec.Command(b.blissh)
	cmd.Dir, cmd.Env = b.dir, append(e.environment(), "TERM=xterm")
	begin := time.Now()
	terminal, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 24, Cols: 80})
	if err != nil {
		return 0, err
	}
	defer end(cmd)
	defer terminal.Close()
	var seen bytes.Buffer
	err = within(ctx, answerBound, func() error {
		for piece := make([]byte, 4096); !bytes.Contains(seen.Bytes(), []byte("DEMO_SESSION [1]: ")); {
			n, err := terminal.Read(piece)
			if err != nil {
				return fmt.Errorf("the shell has ended: %q", seen.Bytes())
			}
			seen.Write(piece[:n])
		}
		took = time.Since(begin)
		return nil
	})
	return took, err
}
