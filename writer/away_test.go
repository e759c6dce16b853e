package writer

import (
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"blissh/data"
	"blissh/internal/redistest"
)

// TestAStoreThatComesBack: while the store does not answer, or is killed and started
// again with what it had on disk, the writer says so in a line, and then goes on.
func TestAStoreThatComesBack(t *testing.T) {
	needsSilx(t)
	for _, c := range []struct {
		name       string
		away, back func(s *redistest.Server)
	}{
		{"paused", func(s *redistest.Server) { s.Signal(syscall.SIGSTOP) }, func(s *redistest.Server) { s.Signal(syscall.SIGCONT) }},
		{"killed", func(s *redistest.Server) { s.Kill() }, func(s *redistest.Server) { s.Restart() }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := redistest.Start(t, "--appendonly", "yes", "--appendfsync", "always")
			l := lineAt(t, "redis://"+s.Addr)
			var h heard
			stop := l.writing(h.say)
			r := l.begin()
			r.take(20)
			eventually(t, "the points are in files", func() bool { return l.saved(r.scan).Points == 20 })
			c.away(s)
			eventually(t, "the writer says that the store is away", func() bool { return len(h.all("the store is away")) == 1 })
			c.back(s)
			eventually(t, "the writer says that the store is back", func() bool { return len(h.all("the store is back")) == 1 })
			r.take(20)
			r.end(data.Done, "")
			l.complete(r.scan)
			next := l.begin()
			next.take(5)
			next.end(data.Done, "")
			l.complete(next.scan)
			stop()
			if all := h.all(""); len(all) != 4 || strings.Contains(strings.Join(all, ""), "\n") {
				t.Errorf("said %q", all)
			}
			l.check()
		})
	}
}

const checkLost = `
import sys, h5py
with h5py.File(sys.argv[1], "r") as f:
    assert list(f) == ["1.1", "2.1"]
    assert len(f["1.1/measurement/robz"]) == 20 and f["1.1/end_reason"].asstr()[()].startswith("failed: deleted from the store"), f["1.1/end_reason"][()]
    assert len(f["2.1/measurement/robz"]) == 5 and f["2.1/end_reason"].asstr()[()] == "done"
`

// TestAStoreThatComesBackEmpty has lost the scan, not what is in files; the file is
// closed with that, and the next scan goes on in it.
func TestAStoreThatComesBackEmpty(t *testing.T) {
	needsSilx(t)
	t.Parallel()
	s := redistest.Start(t)
	l := lineAt(t, "redis://"+s.Addr)
	var h heard
	stop := l.writing(h.say)
	r := l.begin()
	r.take(20)
	eventually(t, "the points are in files", func() bool { return l.saved(r.scan).Points == 20 })
	r.p.Close() // the shell is gone, too
	s.Kill()
	eventually(t, "the writer says that the store is away", func() bool { return len(h.all("the store is away")) == 1 })
	s.Restart()
	eventually(t, "the writer gives up what the store has lost", func() bool { return len(h.all("scan 1: 20 points saved, but")) == 1 })
	next := l.begin()
	next.take(5)
	next.end(data.Done, "")
	l.complete(next.scan)
	stop()
	if out, err := exec.Command(python, "-c", checkLost, filepath.Join(l.root, "demo_session", "demo_session.h5")).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
