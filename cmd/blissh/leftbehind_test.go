package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// threePresses gives an input up.
func (x *terminal) threePresses(start int) {
	x.t.Helper()
	x.press(ctrlC)
	time.Sleep(8 * bounce)
	x.press(ctrlC)
	x.seeAfter(start, "Ctrl-C again gives the prompt back")
	x.press(ctrlC)
}

// TestWhatIsLeftBehindMovesNothing: code that was given up goes on when its
// device answers at last, but none of its commands, nor its clean-up, moves.
func TestWhatIsLeftBehindMovesNothing(t *testing.T) {
	t.Parallel()
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)
	x.enter(`sim_fault(robx, "read", "deaf")`)
	x.enter(`func seq() { cleanup(func() { mv(roby, 8) }); robx.position; mv(robz, 5) }`)
	start := x.typeLine("seq()")
	time.Sleep(200 * time.Millisecond)
	x.threePresses(start)
	x.want(x.prompt(start), "it is left behind")
	x.enter(`sim_fault(robx, "clear")`)
	x.want(x.enter("robx.position"), `^Out \[\d+\]: 0$`)
	x.want(x.enter("mv(robx, 1)"), `^moving robx from 0 to 1 mm$`) // time enough for the rest to misbehave
	x.want(x.enter("robz.position"), `^Out \[\d+\]: 0$`)
	x.want(x.enter("roby.position"), `^Out \[\d+\]: 0$`)
	if strings.Contains(x.out.String(), "moving roby") || strings.Contains(x.out.String(), "moving robz") {
		t.Errorf("something moved:\n%s", x.out.String())
	}
}

// TestCtrlCAtThePromptStopsWhatMoves: a go statement's move belongs to no input.
func TestCtrlCAtThePromptStopsWhatMoves(t *testing.T) {
	t.Parallel()
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)
	x.enter("robz.velocity = 2")
	start := x.typeLine("go mv(robz, 200)")
	x.seeAfter(start, "moving robz from 0 to 200 mm")
	x.press("\x1a")
	x.seeAfter(start, "Ctrl-Z is refused while something runs")
	start = len(x.out.String())
	x.press(ctrlC)
	x.seeAfter(start, "stopping robz")
	x.seeAfter(start, `mv: interrupted by Ctrl-C \(robz stopped at`)
	x.atRest("robz")
}

// TestCtrlCInTheSetupScript stops it, and the prompt comes.
func TestCtrlCInTheSetupScript(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	config := filepath.Join(p.dir, "demo_session.yml")
	demo, err := os.ReadFile(filepath.Join(repository(t), "session", "demo.yml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, config, string(demo)+"\nsetup: setup.go\n")
	write(t, filepath.Join(p.dir, "setup.go"), "robz.velocity = 2\nmv(robz, 200)\n")
	x := p.open("--store", "memory", "--config", config)
	x.see("moving robz from 0 to 200 mm")
	x.press(ctrlC)
	x.want(x.prompt(0), "mv: interrupted by Ctrl-C")
	x.atRest("robz")
}

// TestLeavingWithAnAxisThatDoesNotConfirm names it and fails.
func TestLeavingWithAnAxisThatDoesNotConfirm(t *testing.T) {
	t.Parallel()
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)
	x.enter("robz.velocity = 2")
	x.enter(`sim_fault(robz, "stop", "deaf")`)
	start := x.typeLine("mv(robz, 200)")
	x.seeAfter(start, "moving robz")
	x.threePresses(start)
	x.prompt(start)
	x.press("\x04")
	select {
	case <-x.done:
	case <-time.After(testPatience):
		t.Fatal("Ctrl-D does not end the shell")
	}
	x.see("robz does not confirm to be at rest")
	if x.cmd.ProcessState.ExitCode() != exitFailed {
		t.Errorf("exit status %d", x.cmd.ProcessState.ExitCode())
	}
}

// TestTerminatedWithADeafDriver: SIGTERM ends the program all the same.
func TestTerminatedWithADeafDriver(t *testing.T) {
	t.Parallel()
	x := newPlace(t).start("--store", "memory")
	x.typeLines(`sim_fault(robz, "stop", "deaf")`, "mv(robz, 900)")
	x.see("moving robz")
	began := time.Now()
	x.signal(syscall.SIGTERM)
	time.Sleep(time.Second)
	x.signal(syscall.SIGTERM)
	if status := x.exit(); status != exitTerminated {
		t.Errorf("exit status %d, want %d:\n%s", status, exitTerminated, x.out.String())
	}
	if took := time.Since(began); took > 30*time.Second {
		t.Errorf("it took %v", took)
	}
	x.see("robz does not confirm to be at rest")
}
