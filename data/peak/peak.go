// Package peak describes the shape of one measured curve y(x): its peak, dip or
// edge, where its middle is, how wide it is.
//
// The curve is what linear interpolation between the measured points gives;
// nothing is fitted or smoothed. [Of] takes the points in any order, as they
// come from a scan that goes back and forth:
//
//	s, err := peak.Of(positions, counts)
//	if err == nil && s.Kind == peak.Peak {
//		move(s.Cen)
//	}
//
// Everything follows from one number, the half height, which lies in the middle
// between the lowest and the highest value:
//
//	kind   ends of the curve                       cen                   fwhm
//	peak   both below the half height              (left + right) / 2    right - left
//	dip    both above it                           (left + right) / 2    right - left
//	edge   one below 12 %, the other above 88 %    (left + right) / 2    none
//	flat   all values are equal                    none                  none
//
// left and right are the outermost positions where the curve crosses the half
// height; a clean edge has one crossing, which is both. A peak or a dip of which
// one side lies outside the range has an odd number of crossings, no cen and no
// fwhm. What does not exist is NaN.
//
// Sources: cen and the 12 % and 88 % of an edge as in BLISS (ESRF,
// scanning/scan_math.py); the half height between minimum and maximum and the
// name com as in SPEC. The mean of all crossings, as bluesky takes it, fails on
// noise, hence the outermost ones. docs/analysis.md compares them.
package peak

import (
	"errors"
	"fmt"
	"math"
)

// Kind is the shape of a curve.
type Kind string

// The four shapes.
const (
	Peak Kind = "peak"
	Dip  Kind = "dip"
	Edge Kind = "edge"
	Flat Kind = "flat"
)

// Point is one position with its value, in the units of x and y.
type Point struct{ X, Y float64 }

// Stats describes a curve. Positions and widths are in the unit of x, values in
// that of y. What the curve does not have is NaN.
type Stats struct {
	Kind   Kind
	Points int // positions used

	// Max and Min are the highest and the lowest measured point; of equal ones
	// that with the smallest x.
	Max, Min Point
	// First and Last are the points with the smallest and the largest x. A
	// maximum at one of them need not be the top of the peak.
	First, Last Point

	// Half is the half height, (Min.Y + Max.Y) / 2.
	Half float64
	// Crossings is how often the curve crosses the half height: 2 for a clean
	// peak, 1 for a clean edge; more come from noise or several peaks.
	Crossings int
	// Left and Right are the outermost crossings.
	Left, Right float64

	// Cen is the middle between Left and Right. A peak or a dip whose other
	// side was not seen has none.
	Cen float64
	// FWHM is the full width at half maximum, Right - Left. An edge has none.
	FWHM float64
	// Rise is the width of an edge from 12 % to 88 % of its height, between the
	// outermost crossings of these. For the edge that a Gaussian beam gives it
	// is the FWHM of the beam. It is NaN for all other kinds.
	Rise float64

	// COM is the centre of mass of the area under the curve as it was measured,
	// ∫xy dx / ∫y dx. It is NaN when negative values put it out of the range.
	COM float64
	// NetCOM is the same without the background: weighted with y - Min.Y, for a
	// dip with Max.Y - y. It is NaN when the curve is flat.
	NetCOM float64
}

// ErrNoPoints says that no point has both a position and a value.
var ErrNoPoints = errors.New("no points with a number for both position and value")

// Of describes the curve of the points (x[i], y[i]). Points that are not finite
// are left out; of points at the same position the mean counts. It is an error
// when x and y have different lengths or when no point is left.
func Of(x, y []float64) (Stats, error) {
	if len(x) != len(y) {
		return Stats{}, fmt.Errorf("%d positions but %d values", len(x), len(y))
	}
	c := newCurve(x, y)
	if len(c.x) == 0 {
		return Stats{}, ErrNoPoints
	}
	return c.stats(), nil
}

// Partial reports a peak or a dip of which one side lies outside the range.
func (s Stats) Partial() bool {
	return (s.Kind == Peak || s.Kind == Dip) && s.Crossings%2 == 1
}

// Top is the point that stands out: the minimum of a dip, else the maximum.
func (s Stats) Top() Point {
	if s.Kind == Dip {
		return s.Min
	}
	return s.Max
}

func (c *curve) stats() Stats {
	nan := math.NaN()
	n := len(c.x)
	s := Stats{
		Kind: Flat, Points: n,
		Max: c.point(c.max), Min: c.point(c.min), First: c.point(0), Last: c.point(n - 1),
		Left: nan, Right: nan, Cen: nan, FWHM: nan, Rise: nan, NetCOM: nan,
	}
	s.Half = s.Min.Y/2 + s.Max.Y/2
	s.COM = c.com(func(i int) float64 { return c.y[i] / c.scale })
	if c.flat() {
		return s
	}
	half := crossings(c.x, c.u, 0.5)
	s.Crossings, s.Left, s.Right = half.n, half.first, half.last
	s.Kind = c.kind(half.n)
	switch {
	case s.Kind == Edge:
		s.Cen, s.Rise = middle(s.Left, s.Right), c.rise()
	case !s.Partial():
		s.Cen, s.FWHM = middle(s.Left, s.Right), s.Right-s.Left
	}
	s.NetCOM = c.com(c.net(s.Kind))
	return s
}

func middle(a, b float64) float64 { return a/2 + b/2 }
