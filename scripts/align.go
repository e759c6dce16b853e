//go:build ignore

// Align: scans an axis, finds the largest value and moves there.
//
//	blissh run scripts/align.go
package main

import (
	"fmt"

	. "blissh/prompt"
)

func main() {
	start := robz.Position()
	aligned := false
	cleanup(func() {
		if !aligned {
			mv(robz, start)
		}
	})

	s := ascan(robz, -5, 5, 100, .001, sim_ct_gauss, save(false))
	data := s.GetData()
	best := 0
	for i, value := range data["sim_ct_gauss"] {
		if value > data["sim_ct_gauss"][best] {
			best = i
		}
	}
	fmt.Printf("largest value %.4g at %.4g mm\n", data["sim_ct_gauss"][best], data["robz"][best])
	mv(robz, data["robz"][best])
	aligned = true
}
