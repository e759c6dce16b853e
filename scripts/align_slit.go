//go:build ignore

// Align slit: looks for the beam with a narrow slit, puts the middle of the slit
// on it, and opens the gap to three times its width.
//
//	blissh run scripts/align_slit.go [GAP [RANGE [INTERVALS [COUNT_TIME]]]]
//
// GAP is that of the narrow slit (0.2 mm), RANGE how far it goes to both sides
// (2 mm), in so many INTERVALS (40), with COUNT_TIME for each point (0.1 s). If
// anything fails the slit goes back to where it was.
package main

import (
	"fmt"
	"os"
	"strconv"

	. "blissh/prompt"
)

func main() {
	gap, reach := number(1, "GAP", 0.2), number(2, "RANGE", 2)
	intervals, count := int(number(3, "INTERVALS", 40)), number(4, "COUNT_TIME", 0.1)

	wasGap, wasOffset := vg.Position(), vo.Position()
	aligned := false
	cleanup(func() {
		if !aligned {
			mv(vg, wasGap, vo, wasOffset)
		}
	})

	mv(vg, gap)
	across := dscan(vo, -reach, reach, intervals, count, i0, i1)
	middle, width := across.Cen(i1), across.Fwhm(i1)
	mv(vo, middle)
	opened := ascan(vg, 0, 2*width, intervals, count, i0, i1)
	half := opened.Edge(i1)
	mv(vg, 3*width)
	aligned = true

	fmt.Printf("beam: middle %.4f mm, width %.4f mm, half of it passes a gap of %.4f mm\n", middle, width, half)
	fmt.Printf("slit: offset %.4f -> %.4f mm, gap %.4f -> %.4f mm, blades at %.4f and %.4f mm\n",
		wasOffset, vo.Position(), wasGap, vg.Position(), slit_top.Position(), slit_bottom.Position())
}

// number is argument i, which is above 0, or what stands for it when it is left out.
func number(i int, name string, otherwise float64) float64 {
	if i >= len(os.Args) {
		return otherwise
	}
	x, err := strconv.ParseFloat(os.Args[i], 64)
	if err != nil || !(x > 0) {
		fmt.Fprintf(os.Stderr, "align_slit: %s: a number above 0 expected, got %q; usage: align_slit.go [GAP [RANGE [INTERVALS [COUNT_TIME]]]]\n", name, os.Args[i])
		os.Exit(2)
	}
	return x
}
