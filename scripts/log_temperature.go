//go:build ignore

// Log temperature: reads a temperature at regular times, an hour long, and tells
// how steady it was. It fails when the temperature has left its band.
//
//	blissh run scripts/log_temperature.go [MINUTES [EVERY [LOW HIGH]]]
//
// MINUTES is how long (60), EVERY the time from one reading to the next in s
// (10), LOW and HIGH the band in K. It never takes longer than a tenth more than
// MINUTES: a device that hangs does not hold up who waits for the next script.
package main

import (
	"fmt"
	"math"
	"os"
	"strconv"

	. "blissh/prompt"
)

// reading is how long one takes, in s; the oven averages.
const reading = 0.05

func main() {
	if n := len(os.Args) - 1; n == 3 || n > 4 {
		usage(fmt.Sprintf("1, 2 or 4 arguments expected, got %d", n))
	}
	seconds, every := 60*number(1, "MINUTES", 60), number(2, "EVERY", 10)
	low, high := number(3, "LOW", 0), number(4, "HIGH", math.Inf(1))
	if every < reading {
		usage(fmt.Sprintf("EVERY: %g s is less than a reading takes, %g s", every, reading))
	}

	cleanup(func() { fmt.Println("end of the log") })
	s := timescan(reading, temperature, npoints(int(seconds/every+0.5)+1), sleep_time(every-reading), deadline(1.1*seconds+5),
		title(fmt.Sprintf("temperature for %g min", seconds/60)))

	d := s.GetData("temperature", "elapsed_time")
	sum, least, most := 0.0, math.Inf(1), math.Inf(-1)
	for i, t := range d["temperature"] {
		sum += t
		least = math.Min(least, t)
		most = math.Max(most, t)
		if t < low || t > high {
			panic(fmt.Errorf("%.3f K after %.0f s is out of the band from %g to %g K", t, d["elapsed_time"][i], low, high))
		}
	}
	fmt.Printf("temperature: %d readings, mean %.3f K, from %.3f to %.3f K\n", s.Points(), sum/float64(s.Points()), least, most)
}

// number is argument i, or what stands for it when it is left out.
func number(i int, name string, otherwise float64) float64 {
	if i >= len(os.Args) {
		return otherwise
	}
	x, err := strconv.ParseFloat(os.Args[i], 64)
	if err != nil || !(x > 0) {
		usage(fmt.Sprintf("%s: a number above 0 expected, got %q", name, os.Args[i]))
	}
	return x
}

func usage(mistake string) {
	fmt.Fprintln(os.Stderr, "log_temperature: "+mistake+"; usage: log_temperature.go [MINUTES [EVERY [LOW HIGH]]]")
	os.Exit(2)
}
