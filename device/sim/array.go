package sim

import (
	"encoding/binary"
	"math"
	"math/rand/v2"

	"blissh/device"
)

// Spectrum adds a counter of n numbers of dtype "<u4", as a multichannel
// analyser has: two lines over a background that falls, with counting noise.
// Their height follows f.
func (c *Controller) Spectrum(name string, n int, f Function) *device.Counter {
	shape := curve(n, func(x float64) float64 {
		return bump(x, 0.3, 0.01) + 0.4*bump(x, 0.55, 0.015) + 0.05*math.Exp(-4*x)
	})
	counter := &device.Counter{Name: name, Unit: "counts", DType: "<u4", Shape: []int{n}}
	return c.add(counter, func(in Input, r *rand.Rand, i int, to *device.Reading) {
		height := f(in, r)
		for k, s := range shape {
			binary.LittleEndian.PutUint32(to.Arrays[i][4*k:], uint32(counted(height*s, r)))
		}
	})
}

// Image adds a counter of rows times columns numbers of dtype "<u2", as a
// camera has: one spot, with counting noise. Its height follows f.
func (c *Controller) Image(name string, rows, columns int, f Function) *device.Counter {
	spot := func(x float64) float64 { return bump(x, 0.5, 0.1) }
	down, across := curve(rows, spot), curve(columns, spot)
	counter := &device.Counter{Name: name, Unit: "counts", DType: "<u2", Shape: []int{rows, columns}}
	return c.add(counter, func(in Input, r *rand.Rand, i int, to *device.Reading) {
		height, at := f(in, r), to.Arrays[i]
		for _, y := range down {
			for _, x := range across {
				binary.LittleEndian.PutUint16(at, uint16(min(counted(height*x*y, r), math.MaxUint16)))
				at = at[2:]
			}
		}
	})
}

// curve samples f at n places from 0 to 1.
func curve(n int, f func(float64) float64) []float64 {
	ys := make([]float64, n)
	for i := range ys {
		ys[i] = f(float64(i) / float64(max(n-1, 1)))
	}
	return ys
}

// bump is a Gauss curve of height 1.
func bump(x, center, sigma float64) float64 {
	z := (x - center) / sigma
	return math.Exp(-z * z / 2)
}

// counted adds the noise of counting to a mean: the square root of it, uniform.
func counted(mean float64, r *rand.Rand) float64 {
	if mean <= 0 {
		return 0
	}
	return max(0, math.Round(mean+math.Sqrt(3*mean)*(2*r.Float64()-1)))
}
