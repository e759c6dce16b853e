package main

import (
	"bufio"
	"strings"
	"syscall"
	"testing"
)

// TestABrokenPipe: the kernel tells of any connection that is cut, that to a
// store too; only when it is the output that nobody reads does the scan end.
func TestABrokenPipe(t *testing.T) {
	t.Parallel()
	t.Run("elsewhere", func(t *testing.T) {
		t.Parallel()
		x := newPlace(t).start("--store", "memory")
		x.typeLines("loopscan(60, .02, diode1, save=False)")
		x.see(` 5/60 `)
		x.signal(syscall.SIGPIPE)
		x.see(`^ done at 60/60$`)
		if status := x.exit(); status != 0 {
			t.Errorf("exit status %d", status)
		}
	})
	t.Run("of the output", func(t *testing.T) {
		t.Parallel()
		c := newPlace(t).command("--store", "memory")
		out, err := c.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var said strings.Builder
		c.Stderr = &said
		c.Stdin = strings.NewReader("mv(robz, 1)\nloopscan(1000, .02, diode1, save=False)\nmv(robz, 500)\n")
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(out); lines.Scan() && !strings.Contains(lines.Text(), " 5/1000 "); {
		}
		out.Close()
		c.Wait()
		if !strings.Contains(said.String(), "nobody reads the output any more") {
			t.Errorf("status %d: %s", c.ProcessState.ExitCode(), said.String())
		}
	})
}
