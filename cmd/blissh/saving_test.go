package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"blissh/data/store"
	"blissh/internal/redisconn"
)

// writerOf is the process that writes the files of the demo session of a place.
func (p *place) writerOf() int {
	p.t.Helper()
	var f redisconn.StoreFile
	b, err := os.ReadFile(filepath.Join(p.dir, "run", "blissh", "store.json"))
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	db, err := store.Open(context.Background(), f.URL)
	if err != nil {
		p.t.Fatal(err)
	}
	defer db.Close()
	w, err := db.Writer(context.Background(), demoName)
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.writerLog())
	}
	return w.PID
}

func (p *place) writerLog() string {
	b, _ := os.ReadFile(filepath.Join(p.dir, "run", "blissh", "writer-demo_session.log"))
	return string(b)
}

// runs reports whether a process is there that is called blissh write.
func runs(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return err == nil && bytes.Contains(b, []byte("\x00write\x00"))
}

// verified waits until blissh verify finds nothing wrong with a file, and wants to
// read what it should.
func (p *place) verified(file string, lines ...string) {
	p.t.Helper()
	for end := time.Now().Add(testPatience); ; time.Sleep(100 * time.Millisecond) {
		out, err := p.command("verify", file).CombinedOutput()
		missing := slices.DeleteFunc(slices.Clone(lines), func(l string) bool { return strings.Contains(string(out), l) })
		if err == nil && len(missing) == 0 {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("%v\n%s\n%q is missing\n%s", err, out, missing, p.writerLog())
		}
	}
}

// TestSaving is a user's day: a scan whose writer is killed, a second shell that
// finds the writer of the first, a look at what there is, and the end of the store,
// which is that of the writer.
func TestSaving(t *testing.T) {
	t.Parallel()
	p := newSavingPlace(t)
	x := p.start()
	x.typeLines("ascan(robz, -2, 2, 100, .02, sim_ct_gauss)")
	x.see(`   saved in scans/demo_session/\d{8}/demo_session.spec, .h5$`)
	x.see(` 5/101 `)
	first := p.writerOf()
	if err := syscall.Kill(first, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	x.see(`^the writer of the files had ended; it is started again and goes on with what is missing$`)
	x.see(` done at 101/101   `)
	if status := x.exit(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	second := p.writerOf()
	y := p.start()
	y.typeLines("ascan(robz, -2, 2, 10, .01, sim_ct_gauss)", "ascan(robz, -2, 2, 10, .01, sim_ct_gauss, save=False)", "ct(.01)")
	y.see(` done at 11/11   (all saved in scans/demo_session/\d{8}/demo_session.spec, .h5|NOT ALL SAVED YET: .*)$`) // on a busy machine
	y.see(`^Scan 3 .*   not saved$`)
	if status := y.exit(); status != 0 || p.writerOf() != second || second == first {
		t.Errorf("exit status %d, writers %d, %d, %d\n%s", status, first, second, p.writerOf(), p.writerLog())
	}
	files, err := filepath.Glob(filepath.Join(p.cwd, "scans", "demo_session", "*", "demo_session.h5"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %v, %v", files, err)
	}
	p.verified(files[0], "101 points: as in the store\n", "11 points: as in the store\n")
	out, err := p.command("store", "--status").CombinedOutput()
	if err != nil || !strings.Contains(string(out), fmt.Sprintf("; files are written by process %d of ", second)) {
		t.Errorf("%v\n%s", err, out)
	}
	p.stopStore()
	for end := time.Now().Add(testPatience); runs(second); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("the writer stays\n%s", p.writerLog())
		}
	}
}

// TestSavingFromAPrivateStore: the process ends when everything is in files.
func TestSavingFromAPrivateStore(t *testing.T) {
	t.Parallel()
	p := newSavingPlace(t)
	write(t, filepath.Join(p.cwd, "fast.go"), "for i := 0; i < 5; i++ {\n\tloopscan(200, 0, sim_ct_gauss)\n}\n")
	l := p.script("--json", "fast.go")
	scans := l.of("scan")
	if len(l.of("saved")) != 5 || len(scans) != 5 || scans[0]["saved"] != true {
		t.Fatalf("%v", l.list)
	}
	p.verified(scans[0]["files"].([]any)[1].(string), "1.1  loopscan 200 0  200 points: can be read, and is no longer in the store\n", "5.1  loopscan 200 0  200 points: can be read, and is no longer in the store\n")
}

// TestAScanThatIsRefused: what a user reads when the folder is none.
func TestAScanThatIsRefused(t *testing.T) {
	t.Parallel()
	p := newSavingPlace(t)
	write(t, filepath.Join(p.cwd, "scans"), "")
	for _, where := range [][]string{{}, {"--store", "memory"}} {
		x := p.start(where...)
		x.typeLines("robz.position", "ascan(robz, -2, 2, 10, .01, sim_ct_gauss)")
		x.see(`^line 2: ascan: not started, it could not be saved: the folder .*/scans/demo_session/\d{8} cannot be written: not a directory: choose another one, or change that; save=False goes on without a file$`)
		if status := x.exit(); status != 1 {
			t.Errorf("exit status %d", status)
		}
	}
}
