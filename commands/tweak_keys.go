package commands

import (
	"strconv"
	"strings"

	"blissh/device"
)

// press obeys one key. A number that is being typed comes first.
func (t *tweak) press(key string) {
	if t.typed(key) {
		return
	}
	t.note = ""
	switch key {
	case "left":
		t.begin(0, -1)
	case "right":
		t.begin(0, 1)
	case "down", "up":
		t.upDown(map[string]float64{"down": -1, "up": 1}[key])
	case "+":
		t.scale(2)
	case "-":
		t.scale(0.5)
	case "*":
		t.scale(10)
	case "/":
		t.scale(0.1)
	case "tab":
		t.active = (t.active + 1) % len(t.axes)
	case "q", "Q", "enter", "escape":
		t.end()
	default:
		t.note = "no such key; q ends"
	}
}

// upDown moves the second axis; a single one gets another step.
func (t *tweak) upDown(direction float64) {
	switch {
	case len(t.axes) == 2:
		t.begin(1, direction)
	case direction > 0:
		t.scale(2)
	default:
		t.scale(0.5)
	}
}

// end is for when everything is at rest.
func (t *tweak) end() {
	t.ending = true
	if t.moving {
		t.note = "ends when this step is done; Ctrl-C stops it"
	}
}

// scale changes the step; ten significant digits are enough for any, and keep
// 0.1 x 0.1 what it is.
func (t *tweak) scale(factor float64) {
	x := t.axes[t.active]
	step, _ := strconv.ParseFloat(formatNumber(x.step*factor), 64)
	t.say(x.setStep(step))
}

func (t *tweak) say(err error) {
	if err != nil {
		t.note = err.Error()
	}
}

// typed takes the keys of a number, and reports whether key is done with. Until
// the number is finished nothing else is obeyed: who types a step and an arrow
// may mean the old step or the new one.
func (t *tweak) typed(key string) bool {
	switch {
	case t.entry != "" && key == "enter":
		t.enter()
	case t.entry != "" && (key == "escape" || key == "q"):
		t.entry = ""
	case t.entry != "" && key == "backspace":
		t.entry = t.entry[:len(t.entry)-1]
	case key != "" && len(key) == 1 && strings.Contains("0123456789.", key):
		t.entry += key
	case t.entry != "" && key == "e", strings.HasSuffix(t.entry, "e") && (key == "-" || key == "+"):
		t.entry += key
	default:
		return t.entry != ""
	}
	return true
}

// enter makes what was typed the step.
func (t *tweak) enter() {
	typed := t.entry
	t.entry, t.note = "", ""
	step, err := strconv.ParseFloat(typed, 64)
	if err != nil {
		t.note = typed + " is no number"
		return
	}
	t.say(t.axes[t.active].setStep(step))
}

// begin begins a step, unless one is under way: then the key is dropped. Steps
// that wait would go on after a held key is released.
func (t *tweak) begin(axis int, direction float64) {
	if t.moving || t.ending {
		return
	}
	t.moving, t.active = true, axis
	x := t.axes[axis]
	distance := direction * x.step
	go func() { t.moved <- t.move(x.dev, distance) }()
}

// move is one step. It starts from where the axis is now: somebody may have
// turned it meanwhile.
func (t *tweak) move(a *device.MotorAxis, distance float64) error {
	l, err := plan(t.ctx, a, distance, byDistance)
	if err != nil {
		return err
	}
	return t.sh.Session.MoveAfter(t.ctx, func() {}, []*device.MotorAxis{a}, []float64{l.to})
}

// arrived is the end of a step. What went wrong is said; the next key may try
// again.
func (t *tweak) arrived(err error) {
	t.moving = false
	t.say(err)
}
