//go:build ignore

// Map sample: counts on a grid around where robx and roby stand, and tells where
// the sample is brightest. The axes come back in the end, however it ends.
//
//	blissh run scripts/map_sample.go WIDTH HEIGHT STEP [COUNT_TIME]
//
// All lengths are in mm, COUNT_TIME in s (0.1). With MAP_FILE=map.csv in the
// environment the map is written there, a line for each point.
package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	. "blissh/prompt"
)

func main() {
	if n := len(os.Args) - 1; n < 3 || n > 4 {
		usage(fmt.Sprintf("3 or 4 arguments expected, got %d", n))
	}
	width, height, pitch, count := number(1, "WIDTH"), number(2, "HEIGHT"), number(3, "STEP"), 0.1
	if len(os.Args) > 4 {
		count = number(4, "COUNT_TIME")
	}

	x, y := robx.Position(), roby.Position()
	cleanup(func() { mv(robx, x, roby, y) })

	s := dmesh(robx, -width/2, width/2, roby, -height/2, height/2, count, sim_ct_gauss, diode1,
		step([]float64{pitch, pitch}), backnforth(true), title(fmt.Sprintf("map %g x %g mm", width, height)))

	d := s.GetData()
	best := 0
	for i, v := range d["sim_ct_gauss"] {
		if v > d["sim_ct_gauss"][best] {
			best = i
		}
	}
	fmt.Printf("map: %d points, brightest %.4g at robx %.4f, roby %.4f mm\n", s.Points(), d["sim_ct_gauss"][best], d["robx"][best], d["roby"][best])
	if path := os.Getenv("MAP_FILE"); path != "" && os.Getenv("BLISSH_DRY_RUN") == "" {
		write(path, d)
	}
}

// write writes the map.
func write(path string, d map[string][]float64) {
	lines := []string{"robx,roby,sim_ct_gauss,diode1"}
	for i := range d["robx"] {
		lines = append(lines, fmt.Sprintf("%.4f,%.4f,%g,%g", d["robx"][i], d["roby"][i], d["sim_ct_gauss"][i], d["diode1"][i]))
	}
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o644); err != nil {
		panic(fmt.Errorf("the map is not written: %w", err))
	}
	fmt.Println("written: " + path)
}

// number is argument i, which is above 0.
func number(i int, name string) float64 {
	x, err := strconv.ParseFloat(os.Args[i], 64)
	if err != nil || !(x > 0) {
		usage(fmt.Sprintf("%s: a number above 0 expected, got %q", name, os.Args[i]))
	}
	return x
}

func usage(mistake string) {
	fmt.Fprintln(os.Stderr, "map_sample: "+mistake+"; usage: map_sample.go WIDTH HEIGHT STEP [COUNT_TIME]")
	os.Exit(2)
}
