package commands

import (
	"fmt"
	"math"
	"strings"
	"time"

	"blissh/data"
)

// headline says what the scan is, how long it takes and how to stop it.
func headline(s *data.Scan, estimate time.Duration, saved string, width int) string {
	size := fmt.Sprintf("%s x %d data channels", points(s.Planned), len(s.Channels))
	if s.Bytes > 0 && s.Planned > 0 {
		size += ", " + bytesText(s.Bytes)
	}
	return wrapped(width, fmt.Sprintf("Scan %d  %s", s.Number, s.Title), s.Start.Local().Format("2006-01-02 15:04:05"), s.Session, saved) +
		wrapped(width, " takes at least "+hms(estimate), size, "stop: Ctrl-C, twice: now")
}

// watchText names the hooks of a scan, in the order in which they are asked.
func watchText(list []data.Hook, width int) string {
	if len(list) == 0 {
		return ""
	}
	var names []string
	for _, h := range list {
		names = append(names, h.Name)
	}
	return wrapped(width, " hooks: "+strings.Join(names, ", "))
}

// bytesText is a size in the unit in which it has one to three digits.
func bytesText(n int64) string {
	x, unit := float64(n), "B"
	for _, u := range []string{"kB", "MB", "GB", "TB"} {
		if x < 999.5 {
			break
		}
		x, unit = x/1000, u
	}
	return fmt.Sprintf("%.*f %s", decimalsOf(x, unit), x, unit)
}

func decimalsOf(x float64, unit string) int {
	if unit != "B" && x < 9.95 {
		return 1
	}
	return 0
}

// reasonText joins the reason to the outcome: "stopped ... by hook X: why",
// "failed ...: why".
func reasonText(o data.Outcome, reason string) string {
	switch {
	case reason == "":
		return ""
	case o == data.Stopped:
		return " " + reason
	}
	return ": " + reason
}

// timingText splits the time that a scan took. The parts sum to the whole, as
// seconds, as shares and per point. A narrow window gets the shares alone.
func timingText(t data.Timing, points, width int) string {
	if t.Total <= 0 {
		return " took no time\n"
	}
	if t.Paused > 0 {
		return pausedText(t, points, width)
	}
	parts := []float64{t.Counting.Seconds(), t.Motion.Seconds(), t.Overhead.Seconds()}
	took := shareOut(1e3*t.Total.Seconds(), scaled(parts, 1e3)...)
	share := shareOut(1000, scaled(parts, 1000/t.Total.Seconds())...)
	var long, short []string
	for i, name := range []string{"counting", "motion", "overhead"} {
		percent := fmt.Sprintf("%d.%d %%", share[i]/10, share[i]%10)
		long = append(long, fmt.Sprintf("%s %s s %s", name, thousandths(took[i]), percent))
		short = append(short, name+" "+percent)
	}
	head := " took " + thousandths(took[0]+took[1]+took[2]) + " s: "
	perPoint := ""
	if points > 0 {
		each := shareOut(1e6*t.Total.Seconds()/float64(points), scaled(parts, 1e6/float64(points))...)
		perPoint = "   per point " + thousandths(each[0]) + " + " + thousandths(each[1]) + " + " + thousandths(each[2]) + " ms"
		short[2] += " (" + thousandths(each[2]) + " ms/point)"
	}
	if text := head + strings.Join(long, "   ") + perPoint; width == 0 || displayWidth(text) < width {
		return text + "\n"
	}
	if text := head + strings.Join(short, "  "); displayWidth(text) < width {
		return text + "\n"
	}
	short[0] = head + short[0]
	return wrapped(width, short...)
}

// pausedText is timingText of a scan that was paused: the pause is no part of the
// time of a point.
func pausedText(t data.Timing, points, width int) string {
	paused := t.Paused
	t.Total, t.Paused = t.Total-paused, 0
	return fmt.Sprintf(" paused for %s s\n", thousandths(int(math.Round(1e3*paused.Seconds())))) + timingText(t, points, width)
}

func scaled(list []float64, factor float64) []float64 {
	out := make([]float64, len(list))
	for i, v := range list {
		out[i] = v * factor
	}
	return out
}

// thousandths writes 1234 as 1.234.
func thousandths(n int) string {
	sign := ""
	if n < 0 {
		sign, n = "-", -n
	}
	return fmt.Sprintf("%s%d.%03d", sign, n/1000, n%1000)
}

// shareOut rounds parts so that they sum to the rounded whole: each is rounded
// down, and what is missing goes to those with the largest remainders.
func shareOut(whole float64, parts ...float64) []int {
	list := make([]int, len(parts))
	missing := int(math.Round(whole))
	for i, p := range parts {
		list[i] = int(math.Floor(p))
		missing -= list[i]
	}
	for ; missing > 0; missing-- {
		largest := 0
		for i := range parts {
			if parts[i]-float64(list[i]) > parts[largest]-float64(list[largest]) {
				largest = i
			}
		}
		list[largest]++
	}
	return list
}
