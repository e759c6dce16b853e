package writer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"blissh/data"

	"golang.org/x/sys/unix"
)

// waits takes a scan off the list and puts it back n times; it returns the waits.
func waits(t *testing.T, l *list, n int, err error) (list []time.Duration) {
	t.Helper()
	for range n {
		start := time.Now()
		x, e := l.next(t.Context())
		if e != nil {
			t.Fatal(e)
		}
		list = append(list, time.Since(start))
		if news := l.again(x, fmt.Errorf("attempt %d: %w", len(list), err)); news != (len(list) == 1) {
			t.Errorf("attempt %d: that is news: %v", len(list), news)
		}
	}
	return list
}

func TestWaitsBetweenAttemptsGrow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newList()
		l.add(&data.Scan{UID: "u", Number: 1})
		if got := fmt.Sprint(waits(t, l, 9, errors.New("broken"))); got != "[0s 1s 2s 4s 8s 16s 32s 1m0s 1m0s]" {
			t.Error(got)
		}
		l.add(&data.Scan{UID: "v", Number: 2})
		for _, want := range []string{"u", "v"} { // a new one is a reason to try the old one
			if x, took := nextIn(t, l); x.uid != want || took > 0 {
				t.Errorf("%s after %v, want %s", x.uid, took, want)
			}
		}
	})
}

func nextIn(t *testing.T, l *list) (*task, time.Duration) {
	t.Helper()
	start := time.Now()
	x, err := l.next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return x, time.Since(start)
}

func TestAChangedFileIsAReasonToTryAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "folder", "x.h5")
	synctest.Test(t, func(t *testing.T) {
		l := newList()
		l.add(&data.Scan{UID: "u"})
		waits(t, l, 6, &notSaved{1, path, os.ErrPermission}) // it would wait for 32 s
		time.AfterFunc(3*time.Second, func() { os.Mkdir(filepath.Dir(path), 0o700) })
		x, took := nextIn(t, l)
		if took > 5*time.Second {
			t.Errorf("the folder was made, and noticed after %v", took)
		}
		l.again(x, &notSaved{1, path, os.ErrPermission})
		if _, took := nextIn(t, l); took < 32*time.Second {
			t.Errorf("nothing has changed, and it is tried after %v", took)
		}
	})
}

// TestAttemptsDoNotWakeEachOther: two scans whose files are missing wait for their
// time, though each attempt changes the folder of both.
func TestAttemptsDoNotWakeEachOther(t *testing.T) {
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		l := newList()
		l.add(&data.Scan{UID: "u"})
		l.add(&data.Scan{UID: "v"})
		start := time.Now()
		for range 12 { // each after 0, 1, 3, 7, 15 and 31 s
			x, _ := nextIn(t, l)
			if err := os.WriteFile(filepath.Join(folder, x.uid+fmt.Sprint(time.Now().UnixNano())), nil, 0o600); err != nil {
				t.Fatal(err)
			}
			l.again(x, &notSaved{1, filepath.Join(folder, x.uid+".h5"), os.ErrPermission})
		}
		if took := time.Since(start); took < 31*time.Second {
			t.Errorf("6 attempts of each within %v", took)
		}
	})
}

func TestAFullDiskIsTriedAgainWhenThereIsMoreSpace(t *testing.T) {
	x := &task{path: t.TempDir(), full: true, after: time.Now().Add(time.Hour)}
	x.as = stateOf(x.path)
	x.as.free = 1 << 62
	if x.ready() {
		t.Error("there is less space than before")
	}
	if x.as.free = 0; !x.ready() {
		t.Error("there is more space than before")
	}
	if x.full = false; x.ready() {
		t.Error("it is not for want of space")
	}
}

func TestNewsIsAnotherReason(t *testing.T) {
	l, x := newList(), &task{uid: "u"}
	for _, c := range []struct {
		err  error
		news bool
	}{
		{fmt.Errorf("write 57 bytes: %w", unix.ENOSPC), true}, {errors.Join(fmt.Errorf("write 812 bytes: %w", unix.ENOSPC), nil), false}, {fmt.Errorf("write 812 bytes: %w", unix.EIO), true},
	} {
		if news := l.again(x, c.err); news != c.news {
			t.Errorf("%v is news: %v", c.err, news)
		}
	}
}

func TestTheListIsEmptyWhenAllIsDone(t *testing.T) {
	l := newList()
	for i := range 1000 {
		l.add(&data.Scan{UID: fmt.Sprint(i)})
		l.add(&data.Scan{UID: fmt.Sprint(i)})
	}
	for range 1000 {
		x, _ := nextIn(t, l)
		l.add(&data.Scan{UID: x.uid}) // it is being written
		l.done(x)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if x, err := l.next(ctx); err == nil || len(l.known) > 0 {
		t.Errorf("left: %v, %d", x, len(l.known))
	}
}
