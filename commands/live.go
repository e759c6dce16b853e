package commands

import (
	"strings"
	"sync"
	"time"

	"blissh/device"
)

// redrawPeriod is the time between two drawings of what changes in place: ten a
// second are as many as anyone can read.
const redrawPeriod = 100 * time.Millisecond

// pipeWidth is the width that tables have where there is no terminal.
const pipeWidth = 80

// width is how many columns a table may take.
func (sh *Shell) width() int {
	if sh.Screen != nil {
		if columns, _ := sh.Screen.Size(); columns > 0 {
			return columns
		}
	}
	return pipeWidth
}

// showMoving draws the positions of axes in place until the function that it
// returns has been called. It shows what the move itself reads and asks the
// hardware nothing.
func (sh *Shell) showMoving(axes []*device.MotorAxis) (hide func()) {
	if sh.Screen == nil {
		return func() {}
	}
	stop := make(chan struct{})
	var drawing sync.WaitGroup
	drawing.Go(func() {
		redraw := time.NewTicker(redrawPeriod)
		defer redraw.Stop()
		for {
			sh.Screen.Show(positionLines(lastReadings(axes), sh.width())...)
			select {
			case <-redraw.C:
			case <-stop:
				return
			}
		}
	})
	return func() {
		close(stop)
		drawing.Wait()
		sh.Screen.Show()
	}
}

// lastReadings are the axes as they were read last, without asking the
// hardware.
func lastReadings(axes []*device.MotorAxis) []reading {
	list := make([]reading, len(axes))
	for i, a := range axes {
		list[i] = reading{axis: a, position: a.LastPosition(), dial: a.LastDial(), moving: a.IsMoving(), quarantined: a.Quarantined()}
	}
	return list
}

// arrival is what stays of the positions that were shown: the same table on a
// terminal, else one line.
func (sh *Shell) arrival(axes []*device.MotorAxis) string {
	if sh.Screen != nil {
		return joinLines(positionLines(lastReadings(axes), sh.width()))
	}
	var list []string
	for _, a := range axes {
		list = append(list, a.Name()+restWord(a, " is at ")+lengthText(a, a.LastPosition()))
	}
	return strings.Join(list, ", ") + "\n"
}

// joinLines ends each line.
func joinLines(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}
