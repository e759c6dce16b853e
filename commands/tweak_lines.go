package commands

import text "blissh/internal/screen"

// instructions are printed once, above the positions.
func (t *tweak) instructions() []string {
	first := t.axes[0].dev.Name()
	texts := []string{"left, right: " + first + ";  up, down, + and -: step x2, /2;  * and /: step x10, /10"}
	if len(t.axes) == 2 {
		texts[0] = "left, right: " + first + ";  up, down: " + t.axes[1].dev.Name() + ";  step of > (Tab changes it): + and - x2, /2;  * and / x10, /10"
	}
	texts = append(texts, "a number and Enter: that step;  q, Enter or Escape: end;  Ctrl-C: stop and end", "a key pressed while an axis moves is dropped")
	var lines []string
	for _, l := range texts {
		lines = append(lines, t.wrapped(l)...)
	}
	return lines
}

// lines are what is redrawn: an axis each, then what is to be said. Limits that
// do not fit beside the positions go below them.
func (t *tweak) lines() []string {
	var rows [][]string
	var limits []string
	for i, x := range t.axes {
		rows, limits = append(rows, t.row(i, x)), append(limits, x.limits())
	}
	lines, fit := beside(columns(rows), limits, t.sh.width()-1)
	if !fit {
		for i, l := range limits {
			lines = append(lines, t.wrapped(t.axes[i].dev.Name()+": "+l)...)
		}
	}
	if t.entry != "" {
		return append(lines, t.wrapped("new step of "+t.axes[t.active].dev.Name()+": "+t.entry+" (Enter sets it, Escape drops it)")...)
	}
	return append(lines, t.wrapped(t.note)...)
}

// beside puts texts behind lines, if all of them fit.
func beside(lines, texts []string, width int) (_ []string, fit bool) {
	var both []string
	for i, l := range lines {
		both = append(both, l+"  "+texts[i])
		if text.Width(both[i]) > width {
			return lines, false
		}
	}
	return both, true
}

func (t *tweak) wrapped(words string) []string { return wrap(words, t.sh.width()-1) }

func (x *tweaked) limits() string {
	low, high := x.dev.Limits()
	return "limits " + limitsText(low, high, x.dev.Unit())
}

func (t *tweak) row(i int, x *tweaked) []string {
	mark, motion := "", "at rest"
	if len(t.axes) > 1 && i == t.active {
		mark = ">"
	}
	if x.dev.IsMoving() {
		motion = "moving"
	}
	return []string{
		mark, x.dev.Name(), withUnit(axisPosition(x.dev, x.dev.LastPosition()), x.dev.Unit()),
		"step " + lengthText(x.dev, x.step), padRight(motion, len("at rest")),
	}
}

// result is what stays on the screen.
func (t *tweak) result() (result string) {
	for _, x := range t.axes {
		at := x.dev.LastPosition()
		if x.dev.Stays(x.start, at) {
			result += x.dev.Name() + " is at " + lengthText(x.dev, at) + " as before\n"
			continue
		}
		result += x.dev.Name() + " went from " + formatNumber(x.start) + " to " + lengthText(x.dev, at) + "\n"
	}
	return result
}
