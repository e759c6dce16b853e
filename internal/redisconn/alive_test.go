package redisconn

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
	"time"
)

// TestAlive looks at a process that runs, one that has ended and that nobody has
// waited for, and one that is gone.
func TestAlive(t *testing.T) {
	if !Alive(os.Getpid()) || Alive(0) || Alive(-1) {
		t.Error("of this process, 0 and -1 only this process is alive")
	}
	child := exec.Command("sleep", "60")
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	defer child.Process.Kill()
	if !Alive(child.Process.Pid) {
		t.Error("a process that sleeps is not alive")
	}
	child.Process.Kill()
	for until := time.Now().Add(10 * time.Second); runtime.GOOS == "linux" && Alive(child.Process.Pid); {
		if time.Now().After(until) {
			t.Fatal("a process that was killed is alive for its parent does not wait")
		}
		time.Sleep(time.Millisecond)
	}
	child.Wait()
	if Alive(child.Process.Pid) {
		t.Error("a process that is gone is alive")
	}
}
