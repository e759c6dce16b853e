package session

import (
	"context"
	"fmt"
	"testing"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/scan"
)

// An axis belongs to one scan or move at a time, by hardware address, across
// sessions.
func TestAxisOfAnotherSession(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		a, b := open(t, s.url, sessionName(t)+".a"), open(t, s.url, sessionName(t)+".b")
		me := thisProcess()
		byA := []string{"shared is in use by session " + a.Name, me.User, me.Host, fmt.Sprint("process ", me.PID)}

		sc := a.ascan("shared", 0, 50, 5)
		done := sc.startCounting()
		refused(t, "b moves it", b.move("shared", 1), byA...)
		other := b.ascan("shared", 0, 1, 1)
		refused(t, "b scans it", other.run(), byA...)
		other.ended(data.Failed, byA[0])
		refused(t, "a moves it, too", a.move("shared", 1), byA...)
		if at, _, _ := b.motor("shared").Read(t.Context()); at != 0 {
			t.Errorf("b's axis went to %g", at)
		}
		if err := b.move("m", 2); err != nil {
			t.Errorf("another axis of b: %v", err)
		}

		a.Stop(&scan.StopError{By: "test"})
		if err := result(t, done); err != nil {
			t.Error(err)
		}
		if err := b.move("shared", .1); err != nil {
			t.Errorf("b, when the scan of a is over: %v", err)
		}
		if err := b.ascan("shared", .1, .2, 1).run(); err != nil {
			t.Errorf("b, when the scan of a is over: %v", err)
		}
	})
}

func TestMoveOfAnotherSession(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		a, b := open(t, s.url, sessionName(t)+".a"), open(t, s.url, sessionName(t)+".b")
		done := b.moving("shared", 50)
		refused(t, "a scans it", a.ascan("shared", 0, 1, 1).run(), "shared is in use by session "+b.Name)
		refused(t, "a moves it", a.move("shared", 1), "shared is in use by session "+b.Name)
		b.Interrupt()
		refused(t, "the interrupted move", result(t, done), "interrupted")
		if err := a.move("shared", .1); err != nil {
			t.Error(err)
		}
	})
}

// Of several axes all are reserved or none.
func TestOneAxisInUseLeavesTheOthersFree(t *testing.T) {
	t.Parallel()
	s := startEmbedded(t)
	a, b := open(t, s.url, sessionName(t)+".a"), open(t, s.url, sessionName(t)+".b")
	done := a.moving("shared", 50)
	both := []*device.MotorAxis{b.axis("m"), b.axis("shared")}
	refused(t, "both axes", b.Move(context.Background(), both, []float64{1, 1}), "shared is in use by session "+a.Name)
	if at, _, _ := b.motor("m").Read(t.Context()); at != 0 {
		t.Errorf("m went to %g all the same", at)
	}
	if err := b.move("m", 1); err != nil {
		t.Errorf("m stays reserved: %v", err)
	}
	a.Interrupt()
	result(t, done)
}

// The reservation of an axis is renewed for as long as the move takes; one that
// somebody else has got all the same ends the move.
func TestReservationTakenAway(t *testing.T) {
	t.Parallel()
	s := startEmbedded(t)
	l := open(t, s.url, sessionName(t))
	done := l.moving("slow", 50)
	reserved := keys(t, s.url, "blissh:axis:*")
	if len(reserved) != 1 {
		t.Fatalf("reserved: %q", reserved)
	}
	set(t, s.url, reserved[0], "token of somebody else")
	began := time.Now()
	refused(t, "the move", result(t, done), "of somebody else")
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
	l.atRest("slow")
	if err := l.move("m", 1); err != nil {
		t.Errorf("another axis: %v", err)
	}
}
