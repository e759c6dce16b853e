package fit

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"blissh/internal/soak"
)

// curve gives n points of y from low to high.
func curve(n int, low, high float64, y func(x float64) float64) (xs, ys []float64) {
	for i := range n {
		x := low + (high-low)*float64(i)/float64(n-1)
		xs, ys = append(xs, x), append(ys, y(x))
	}
	return xs, ys
}

func gauss(height, centre, sigma, background float64) func(float64) float64 {
	return func(x float64) float64 {
		return background + height*math.Exp(-(x-centre)*(x-centre)/(2*sigma*sigma))
	}
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tolerance) {
		t.Errorf("%s is %v, want %v within %v", what, got, want, tolerance)
	}
}

// TestPureCurves: without noise the parameters come back, whatever the units.
func TestPureCurves(t *testing.T) {
	for _, c := range []struct {
		name                              string
		height, centre, sigma, background float64
		low, high                         float64
	}{
		{"in mm", 23.94, 0.3, 1.6667, 2, -5, 5},
		{"a dip", -23.94, 0.3, 1.6667, 100, -5, 5},
		{"in m, many counts", 3e9, 1.0002, 1e-4, 1e5, 0.9995, 1.0008},
		{"narrow", 1, 0, 0.2, 0, -5, 5},
		{"cut off at one end", 10, -4.5, 1, 0, -5, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			x, y := curve(101, c.low, c.high, gauss(c.height, c.centre, c.sigma, c.background))
			width := c.high - c.low
			g, err := ToGauss(x, y, Start{Centre: c.centre + width/50, FWHM: 3 * c.sigma, Height: c.height * .8, Background: c.background})
			if err != nil {
				t.Fatal(err)
			}
			near(t, "centre", g.Centre.Value, c.centre, 1e-6*width)
			near(t, "fwhm", g.FWHM.Value, 2.354820045*c.sigma, 1e-5*width)
			near(t, "height", g.Height.Value, c.height, 1e-5*math.Abs(c.height))
			near(t, "background", g.Background.Value, c.background, 1e-5*math.Abs(c.height))
		})
	}
}

// TestErrors: over many noisy curves the fitted centre scatters as its error
// says, and is right on average.
func TestErrors(t *testing.T) {
	r := rand.New(rand.NewPCG(soak.Seed(t), 0))
	const curves = 400
	var sum, square, said float64
	for range curves {
		x, y := curve(51, -5, 5, gauss(10, 0.5, 1, 1))
		for i := range y {
			y[i] += 0.5 * r.NormFloat64()
		}
		g, err := ToGauss(x, y, Start{Centre: 0.4, FWHM: 2, Height: 9, Background: 1})
		if err != nil {
			t.Fatal(err)
		}
		d := g.Centre.Value - 0.5
		sum, square, said = sum+d, square+d*d, said+g.Centre.Error
	}
	scatter := math.Sqrt(square / curves)
	near(t, "scatter of the centre", scatter, said/curves, 0.2*said/curves)
	near(t, "centre on average", sum/curves, 0, 5*scatter/math.Sqrt(curves))
}

func TestWhatCannotBeFitted(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		name string
		x, y []float64
		want string
	}{
		{"few points", []float64{0, 1, 2, 3}, []float64{0, 1, 1, 0}, "4 points: a Gauss curve needs at least 5"},
		{"at one position", []float64{1, 1, 1, 1, 1, 1}, []float64{0, 1, 2, 1, 0, 1}, "1 points: a Gauss curve needs"},
		{"without numbers", []float64{0, 1, 2, 3, 4}, []float64{0, nan, 1, nan, 0}, "3 points"},
		{"flat", []float64{0, 1, 2, 3, 4, 5}, []float64{7, 7, 7, 7, 7, 7}, "all 6 values are the same"},
		{"ragged", []float64{0, 1}, []float64{7}, "2 positions and 1 values"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := ToGauss(c.x, c.y, Start{Centre: 2, FWHM: 1, Height: 1})
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one with %q", err, c.want)
			}
		})
	}
}

// TestNanIsLeftOut: the other points say it all.
func TestNanIsLeftOut(t *testing.T) {
	x, y := curve(51, -5, 5, gauss(10, 0.5, 1, 1))
	y[20], x[30] = math.NaN(), math.Inf(1)
	g, err := ToGauss(x, y, Start{Centre: 0, FWHM: 2, Height: 9, Background: 1})
	if err != nil || g.Points != 49 {
		t.Fatalf("%d points, error %v", g.Points, err)
	}
	near(t, "centre", g.Centre.Value, 0.5, 1e-6)
}
