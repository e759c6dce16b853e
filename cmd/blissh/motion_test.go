package main

import (
	"strings"
	"testing"
	"time"
)

// Keys as a terminal sends them.
const (
	arrowRight = "\x1b[C"
	arrowLeft  = "\x1b[D"
	escapeKey  = "\x1b"
)

func TestTweakInATerminal(t *testing.T) {
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)

	t.Run("arrows move, a number is a step, q ends", func(t *testing.T) {
		start := x.typeLine("tw robz .5")
		x.seeAfter(start, `robz +0\.0000 mm  step 0\.5 mm  at rest  limits -1000 to 1000000000 mm`)
		x.press(arrowRight)
		x.seeAfter(start, `robz +0\.5000 mm  step 0\.5 mm  at rest`)
		x.press("2\r")
		x.seeAfter(start, `step 2 mm`)
		x.press(arrowLeft)
		x.seeAfter(start, `robz +-1\.5000 mm  step 2 mm  at rest`)
		x.press("q")
		x.want(x.prompt(start), `robz went from 0 to -1\.5 mm$`)
		x.want(x.enter("40+2"), `^Out \[\d+\]: 42$`)
	})
	t.Run("a limit is said and ends nothing", func(t *testing.T) {
		start := x.typeLine("tw robz 5000")
		x.seeAfter(start, `step 5000 mm  at rest`)
		x.press(arrowLeft)
		x.seeAfter(start, `robz: -5001\.5 mm is beyond the low limit -1000 mm`)
		x.press(escapeKey)
		x.want(x.prompt(start), `robz is at -1\.5 mm as before$`)
	})
	t.Run("Ctrl-C stops the axis and ends it", func(t *testing.T) {
		start := x.typeLine("tw robz 900")
		x.seeAfter(start, `step 900 mm  at rest`)
		x.press(arrowRight)
		x.seeAfter(start, ` moving `)
		x.press(ctrlC)
		x.want(x.prompt(start), `tw: interrupted by Ctrl-C \(robz stopped at -?[0-9.]+ mm\)$`)
		x.atRest("robz")
	})
	t.Run("what is typed for it does not reach the prompt", func(t *testing.T) {
		start := x.typeLine("tw robz 100")
		x.seeAfter(start, `step 100 mm  at rest`)
		x.press("q" + strings.Repeat(arrowRight, 20))
		x.prompt(start)
		x.want(x.enter("40+3"), `^Out \[\d+\]: 43$`)
	})
}

func TestUmvInATerminal(t *testing.T) {
	x := newPlace(t).open("--store", "memory")
	x.prompt(0)
	start := x.typeLine("umv robx 30 robz -90")
	x.seeAfter(start, `moving robz from 0 to -90 mm`)
	x.seeAfter(start, ` +moving +moving`)
	x.want(x.prompt(start), `        robx\[mm\]  robz\[mm\]\n  user   30\.0000  -90\.0000\n  dial   30\.0000  -90\.0000\n`)
	start = x.typeLine("umv robx 900 robz 900")
	x.seeAfter(start, ` +moving +moving`)
	x.press(ctrlC)
	x.want(x.prompt(start), `umv: interrupted by Ctrl-C \(robx stopped at [0-9.]+ mm, robz stopped at -?[0-9.]+ mm\)$`)
	x.atRest("robx")
	x.atRest("robz")
}

// TestNoKeyboardWithoutATerminal: piped input ends with one line.
func TestNoKeyboardWithoutATerminal(t *testing.T) {
	x := newPlace(t).start("--store", "memory")
	x.typeLines("tw(robz)")
	x.see(`tw: a terminal is needed, with its keyboard; mvr\(robz, 0\.1\) moves by a step$`)
}

// TestSettingsOfAnAxisSurviveARestart, as typed at the prompt.
func TestSettingsOfAnAxisSurviveARestart(t *testing.T) {
	p := newPlace(t)
	x := p.open("--store", "memory")
	x.prompt(0)
	for _, c := range []struct{ line, want string }{
		{"robz.position = 5", `^robz: position redefined from 0 to 5 mm, offset 5 mm; nothing moved$`},
		{"robz.velocity = 50", `^robz: velocity changed from 100 to 50 mm/s$`},
		{"robx.limits = []float64{-3, 3}", `^robx: limits are now -3 to 3 mm \(were -1000 to 1000000000 mm\)$`},
		{"robx.set_limits(-4, 4)", `^robx: limits are now -4 to 4 mm \(were -3 to 3 mm\)$`},
		{"robx.high_limit = 3.5", `^robx: limits are now -4 to 3\.5 mm \(were -4 to 4 mm\)$`},
		{"roby.rmove(1)", `^moving roby from 0 to 1 mm$`},
		{"roby.dial = 7", `^roby: dial redefined from 1 to 7 mm, position still 1 mm, offset -6 mm; nothing moved$`},
		{"roby.acctime", `^Out \[\d+\]: 0\.3333333333$`},
		{"roby.stop()", `^roby is at rest at 1 mm$`},
		{"roby.tolerance = 3", `roby.tolerance cannot be set`},
		{"robx.backlash = 0.01; robx.backlash", `Out \[\d+\]: 0\.01$`},
	} {
		x.want(x.enter(c.line), c.want)
	}
	x.press("\x04")
	select {
	case <-x.done:
	case <-time.After(testPatience):
		t.Fatal("the shell does not end")
	}

	x = p.open("--store", "memory")
	banner := x.prompt(0)
	x.want(banner, `^robz is set as before: offset 5 mm \(configuration: 0 mm\), velocity 50 mm/s \(configuration: 100 mm/s\)$`)
	x.want(banner, `^robx is set as before: dial low limit -4 mm \(configuration: -1000 mm\), dial high limit 3\.5 mm \(configuration: 1000000000 mm\), backlash 0\.01 mm`)
	x.want(x.enter("mv(robx, 3.6)"), `^mv: robx: 3\.6 mm is beyond the high limit 3\.5 mm$`)
	x.want(x.enter("robz.apply_config()"), `^robz: set as in the configuration: offset from 5 mm to 0 mm, velocity from 50 mm/s to 100 mm/s; nothing moved$`)
}

// TestTweakInAWindowThatChanges: the lines follow the width, and nothing of
// what was drawn before is left.
func TestTweakInAWindowThatChanges(t *testing.T) {
	x := newPlace(t).openSize(80, 24, "--store", "memory")
	x.prompt(0)
	x.typeLine("tw robz .5")
	x.sees(`^  robz  0\.0000 mm  step 0\.5 mm  at rest  limits -1000 to 1000000000 mm$`)
	x.resize(40, 24)
	x.sees(`^  robz  0\.0000 mm  step 0\.5 mm  at rest\nrobz: limits -1000 to 1000000000 mm$`)
	x.press(arrowRight)
	x.sees(`^  robz  0\.5000 mm  step 0\.5 mm  at rest\nrobz: limits -1000 to 1000000000 mm$`)
	x.resize(100, 24)
	x.sees(`^  robz  0\.5000 mm  step 0\.5 mm  at rest  limits -1000 to 1000000000 mm$`)
	if n := strings.Count(strings.Join(x.lines(), "\n"), "at rest"); n != 1 {
		t.Errorf("%d lines of robz on the screen:\n%s", n, strings.Join(x.lines(), "\n"))
	}
	x.press("q")
	x.sees(`^robz went from 0 to 0\.5 mm\nDEMO_SESSION \[2\]:$`)
}

// TestWaAndUmvOnASmallScreen are as wide as the window.
func TestWaAndUmvOnASmallScreen(t *testing.T) {
	x := newPlace(t).openSize(30, 24, "--store", "memory")
	x.prompt(0)
	x.typeLine("wa")
	x.sees(`^        robx\[mm\]  roby\[mm\]\n  user    0\.0000    0\.0000\n  dial    0\.0000    0\.0000\n\n        robz\[mm\]\n  user    0\.0000\n  dial    0\.0000\n(\n[^D]*)*DEMO_SESSION \[2\]:$`)
	x.typeLine("umv robx 1 robz -9")
	x.sees(`^        robx\[mm\]  robz\[mm\]\n  user    1\.0000   -9\.0000\n  dial    1\.0000   -9\.0000\nDEMO_SESSION \[3\]:$`)
}
