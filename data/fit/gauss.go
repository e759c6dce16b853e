// Package fit fits a curve to the points of a scan, with errors.
package fit

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/optimize"
)

// Value is a fitted parameter with its standard error, both in the parameter's
// unit.
type Value struct{ Value, Error float64 }

// Gauss is the curve
//
//	y(x) = Background + Height·exp(-(x-Centre)²/(2·Sigma²))
//
// fitted by least squares, all points with the same weight. Centre, Sigma and
// FWHM are in the unit of x, Height and Background in that of y. A dip has a
// negative height. The errors are one standard deviation, from the inverse of
// JᵀJ times the variance of the residuals with n-4 degrees of freedom (Bevington
// and Robinson, Data Reduction and Error Analysis, chapter 8); they hold if the
// curve is the right one and the noise is the same everywhere.
type Gauss struct {
	Centre, Sigma, FWHM Value
	Height, Background  Value
	Points              int     // that the curve was fitted to
	RMS                 float64 // of the residuals, in the unit of y
}

// fwhmOfSigma is 2·sqrt(2·ln 2).
var fwhmOfSigma = 2 * math.Sqrt(2*math.Ln2)

// parameters of the curve: height, centre, sigma, background.
const parameters = 4

// errNoPeak is said of points that no Gauss curve describes.
var errNoPeak = errors.New("the points do not look like a peak: no Gauss curve fits")

// ToGauss fits the curve to the points (x[i], y[i]); those that are not finite
// are left out. At least five different x are needed. start is where to begin.
func ToGauss(x, y []float64, start Start) (Gauss, error) {
	x, y, err := finite(x, y)
	if err != nil {
		return Gauss{}, err
	}
	s := newScale(x, y)
	if s.y == 0 {
		return Gauss{}, fmt.Errorf("all %d values are the same: there is nothing to fit", len(y))
	}
	p := &problem{s.normal(x, s.x0, s.x), s.normal(y, s.y0, s.y)}
	best, err := optimize.Minimize(
		optimize.Problem{Func: p.sum, Grad: p.gradient},
		[]float64{start.Height / s.y, (start.Centre - s.x0) / s.x, start.FWHM / fwhmOfSigma / s.x, (start.Background - s.y0) / s.y},
		&optimize.Settings{GradientThreshold: 1e-10, MajorIterations: 500}, &optimize.BFGS{})
	if best == nil || err != nil && !stalled(err) {
		return Gauss{}, errNoPeak
	}
	return p.result(best.X, s)
}

// stalled reports whether the search ended because it cannot get any better.
func stalled(err error) bool {
	return errors.Is(err, optimize.ErrLinesearcherFailure) || errors.Is(err, optimize.ErrNoProgress)
}

// Start is where the search begins, in the units of the points.
type Start struct{ Centre, FWHM, Height, Background float64 }

// finite leaves out what is not finite and refuses what cannot be fitted.
func finite(x, y []float64) (fx, fy []float64, err error) {
	if len(x) != len(y) {
		return nil, nil, fmt.Errorf("%d positions and %d values", len(x), len(y))
	}
	different := map[float64]bool{}
	for i := range x {
		if ok(x[i]) && ok(y[i]) {
			fx, fy = append(fx, x[i]), append(fy, y[i])
			different[x[i]] = true
		}
	}
	if len(different) <= parameters {
		return nil, nil, fmt.Errorf("%d points: a Gauss curve needs at least %d at different positions", len(different), parameters+1)
	}
	return fx, fy, nil
}

func ok(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }

// scale brings positions and values into the order of 1, where the search
// needs no units.
type scale struct{ x0, x, y0, y float64 }

func newScale(x, y []float64) scale {
	low, high := bounds(x)
	min, max := bounds(y)
	return scale{low, high - low, min, max - min}
}

func bounds(v []float64) (low, high float64) {
	low, high = v[0], v[0]
	for _, a := range v {
		low, high = math.Min(low, a), math.Max(high, a)
	}
	return low, high
}

func (s scale) normal(v []float64, zero, unit float64) []float64 {
	out := make([]float64, len(v))
	for i, a := range v {
		out[i] = (a - zero) / unit
	}
	return out
}

// problem is a sum of squares in normal units.
type problem struct{ x, y []float64 }

// at gives the residual of point i and the derivatives of the curve there.
func (p *problem) at(i int, q []float64) (residual float64, d [parameters]float64) {
	u := (p.x[i] - q[1]) / q[2]
	e := math.Exp(-u * u / 2)
	d = [parameters]float64{e, q[0] * e * u / q[2], q[0] * e * u * u / q[2], 1}
	return q[0]*e + q[3] - p.y[i], d
}

func (p *problem) sum(q []float64) (sum float64) {
	for i := range p.x {
		r, _ := p.at(i, q)
		sum += r * r
	}
	return sum / 2
}

func (p *problem) gradient(grad, q []float64) {
	clear(grad)
	for i := range p.x {
		r, d := p.at(i, q)
		for k := range grad {
			grad[k] += r * d[k]
		}
	}
}

// result turns the best parameters into the units of the points, with errors.
func (p *problem) result(q []float64, s scale) (Gauss, error) {
	n := len(p.x)
	variance := 2 * p.sum(q) / float64(n-parameters)
	var inverse mat.Dense
	if err := inverse.Inverse(p.normalMatrix(q)); err != nil || q[2] == 0 || !ok(variance) {
		return Gauss{}, errNoPeak
	}
	e := func(k int) float64 { return math.Sqrt(math.Max(0, inverse.At(k, k)*variance)) }
	g := Gauss{
		Height:     Value{q[0] * s.y, e(0) * s.y},
		Centre:     Value{q[1]*s.x + s.x0, e(1) * s.x},
		Sigma:      Value{math.Abs(q[2]) * s.x, e(2) * s.x},
		Background: Value{q[3]*s.y + s.y0, e(3) * s.y},
		Points:     n,
		RMS:        math.Sqrt(2*p.sum(q)/float64(n)) * s.y,
	}
	g.FWHM = Value{g.Sigma.Value * fwhmOfSigma, g.Sigma.Error * fwhmOfSigma}
	if !ok(g.Centre.Error) || !ok(g.Sigma.Value) || g.Height.Error > math.Abs(g.Height.Value) {
		return Gauss{}, errNoPeak
	}
	return g, nil
}

// normalMatrix is JᵀJ.
func (p *problem) normalMatrix(q []float64) *mat.SymDense {
	m := mat.NewSymDense(parameters, nil)
	for i := range p.x {
		_, d := p.at(i, q)
		m.SymRankOne(m, 1, mat.NewVecDense(parameters, d[:]))
	}
	return m
}
