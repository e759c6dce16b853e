package peak_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"blissh/data/peak"
)

// trueFWHM is that of a Gaussian with a sigma of 1: 2·sqrt(2·ln 2).
const trueFWHM = 2.3548200450309493

var nan = math.NaN()

// sampled takes n points of f, evenly spaced from a to b.
func sampled(n int, a, b float64, f func(float64) float64) (x, y []float64) {
	for i := range n {
		p := a + (b-a)*float64(i)/float64(n-1)
		x, y = append(x, p), append(y, f(p))
	}
	return x, y
}

func gauss(centre, sigma float64) func(float64) float64 {
	return func(x float64) float64 { return math.Exp(-(x - centre) * (x - centre) / (2 * sigma * sigma)) }
}

// edge is the integral of a Gaussian beam: 0 far left, 1 far right.
func edge(centre, sigma float64) func(float64) float64 {
	return func(x float64) float64 { return (1 + math.Erf((x-centre)/(sigma*math.Sqrt2))) / 2 }
}

func of(t *testing.T, x, y []float64) peak.Stats {
	t.Helper()
	s, err := peak.Of(x, y)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.IsNaN(want) != math.IsNaN(got) || math.Abs(got-want) > tolerance {
		t.Errorf("%s is %v, want %v within %g", what, got, want, tolerance)
	}
}

// The lines through the points beside the half height cross it at positions
// that a pocket calculator gives. For 10 points on -5..5 these are x = 5/9 and
// 5/3; the peak itself is not hit, the half height is 0.428500.
func TestGaussian(t *testing.T) {
	for _, c := range []struct {
		points     int
		max, right float64
	}{
		{10, 0.856997, 1.339085}, // 5/9 + 10/9·(0.856997-0.428500)/(0.856997-0.249352)
		{30, 0.985247, 1.190404}, // 25/29 + 10/29·(0.689643-0.492625)/(0.689643-0.482729)
		{101, 1, 1.177665},       // 1.1 + 0.1·(0.546074-0.500002)/(0.546074-0.486752)
	} {
		x, y := sampled(c.points, -5, 5, gauss(0, 1))
		s := of(t, x, y)
		if s.Kind != peak.Peak || s.Crossings != 2 || s.Points != c.points || s.Partial() {
			t.Errorf("%d points: %+v", c.points, s)
		}
		near(t, "max", s.Max.Y, c.max, 1e-6)
		near(t, "half height", s.Half, (c.max+math.Exp(-12.5))/2, 1e-6)
		near(t, "right", s.Right, c.right, 2e-6)
		near(t, "fwhm", s.FWHM, 2*c.right, 4e-6)
		near(t, "cen", s.Cen, 0, 1e-9)
		near(t, "com", s.COM, 0, 1e-9)
		near(t, "net com", s.NetCOM, 0, 1e-9)
		near(t, "rise", s.Rise, nan, 0)
	}
}

// The curve of the original's own tests: 0 to 10 in 10 intervals, centre 5, sigma
// 5/3. The half height (1 + exp(-4.5))/2 is crossed between 3 and 4, where the
// curve is 0.486752 and 0.835270. The original finds a width of 4.07 by the
// gradients at the half height; the true one is 3.9247.
func TestGaussianOfTheOriginal(t *testing.T) {
	x, y := sampled(11, 0, 10, gauss(5, 5./3))
	s := of(t, x, y)
	near(t, "peak", s.Max.X, 5, 0)
	near(t, "com", s.COM, 5, 1e-12)
	near(t, "cen", s.Cen, 5, 1e-12)
	near(t, "left", s.Left, 3+(0.505554-0.486752)/(0.835270-0.486752), 1e-5)
	near(t, "fwhm", s.FWHM, 3.892101, 1e-5)
}

// A triangle with corners at 0, 1 and 4 is what linear interpolation makes of
// three points: half its height at 0.5 and 2.5, centroid at (0+1+4)/3.
func TestTriangle(t *testing.T) {
	s := of(t, []float64{0, 1, 4}, []float64{0, 6, 0})
	if s.Kind != peak.Peak || s.Crossings != 2 || s.Max != (peak.Point{X: 1, Y: 6}) {
		t.Errorf("%+v", s)
	}
	near(t, "left", s.Left, 0.5, 1e-12)
	near(t, "right", s.Right, 2.5, 1e-12)
	near(t, "cen", s.Cen, 1.5, 1e-12)
	near(t, "fwhm", s.FWHM, 2, 1e-12)
	near(t, "com", s.COM, 5./3, 1e-12)
	near(t, "net com", s.NetCOM, 5./3, 1e-12)
}

// On a background of 2 the whole area is the triangle, 12 at 5/3, and the
// rectangle, 8 at 2: com (12·5/3 + 8·2)/20 = 1.8. Without it nothing changes.
func TestBackground(t *testing.T) {
	s := of(t, []float64{0, 1, 4}, []float64{2, 8, 2})
	near(t, "half height", s.Half, 5, 1e-12)
	near(t, "cen", s.Cen, 1.5, 1e-12)
	near(t, "com", s.COM, 1.8, 1e-12)
	near(t, "net com", s.NetCOM, 5./3, 1e-12)
}

// More points on one side of a triangle change nothing: com is a centre of area,
// no mean of the points.
func TestUnevenSpacing(t *testing.T) {
	x := []float64{0, 1}
	for i := range 300 {
		x = append(x, 1+float64(i+1)/100)
	}
	var y []float64
	for _, v := range x {
		y = append(y, math.Min(v, (4-v)/3))
	}
	s := of(t, x, y)
	near(t, "com", s.COM, 5./3, 1e-9)
	near(t, "cen", s.Cen, 1.5, 1e-9)
}

// A square that rises between 1.9 and 2 and falls between 4 and 4.1.
func TestSquare(t *testing.T) {
	x, y := sampled(101, 0, 10, func(x float64) float64 {
		if x > 1.95 && x < 4.05 {
			return 7
		}
		return 0
	})
	s := of(t, x, y)
	if s.Kind != peak.Peak || s.Crossings != 2 {
		t.Errorf("%+v", s)
	}
	near(t, "max at the first of equal values", s.Max.X, 2, 1e-9)
	near(t, "left", s.Left, 1.95, 1e-9)
	near(t, "right", s.Right, 4.05, 1e-9)
	near(t, "com", s.NetCOM, 3, 1e-9)
}

// 12 % and 88 % of an error function are 1.174987 sigma from its middle.
func TestEdges(t *testing.T) {
	for name, f := range map[string]func(float64) float64{
		"up":   func(x float64) float64 { return 100 * edge(1.25, 0.5)(x) },
		"down": func(x float64) float64 { return 3 - 2*edge(1.25, 0.5)(x) },
	} {
		x, y := sampled(401, -5, 5, f)
		s := of(t, x, y)
		if s.Kind != peak.Edge || s.Crossings != 1 || s.Left != s.Right {
			t.Errorf("%s: %+v", name, s)
		}
		near(t, name+": cen", s.Cen, 1.25, 1e-6)
		near(t, name+": fwhm", s.FWHM, nan, 0)
		near(t, name+": rise", s.Rise, 2*1.174987*0.5, 1e-3)
	}
}

// A straight line is an edge: half way at 1, from 12 % to 88 % in 0.76 of it.
func TestRamp(t *testing.T) {
	s := of(t, []float64{0, 1, 2}, []float64{5, 7, 9})
	if s.Kind != peak.Edge {
		t.Errorf("%+v", s)
	}
	near(t, "cen", s.Cen, 1, 1e-12)
	near(t, "rise", s.Rise, 0.76*2, 1e-12)
	near(t, "net com", s.NetCOM, 4./3, 1e-12) // two thirds of a right triangle
}

func TestDip(t *testing.T) {
	x, y := sampled(101, -5, 5, func(x float64) float64 { return 10 - 4*gauss(0.5, 1)(x) })
	s := of(t, x, y)
	if s.Kind != peak.Dip || s.Crossings != 2 || s.Top() != s.Min {
		t.Errorf("%+v", s)
	}
	near(t, "min", s.Min.Y, 6, 1e-12)
	near(t, "min at", s.Min.X, 0.5, 1e-9)
	near(t, "cen", s.Cen, 0.5, 1e-3)
	near(t, "fwhm", s.FWHM, trueFWHM, 2e-3)
	near(t, "net com", s.NetCOM, 0.5, 1e-4)
}

// Two equal peaks at -3 and 3: the outermost half heights are 1.17741 outside
// of these.
func TestTwoPeaks(t *testing.T) {
	x, y := sampled(2001, -10, 10, func(x float64) float64 { return gauss(-3, 1)(x) + gauss(3, 1)(x) })
	s := of(t, x, y)
	if s.Kind != peak.Peak || s.Crossings != 4 {
		t.Errorf("%+v", s)
	}
	near(t, "cen", s.Cen, 0, 1e-6)
	near(t, "fwhm", s.FWHM, 6+trueFWHM, 1e-3)
}

// A peak of which the range shows one side has no middle and no width, and is
// not mistaken for an edge.
func TestOneSideOfAPeak(t *testing.T) {
	x, y := sampled(101, -5, 5, gauss(4.2, 1))
	s := of(t, x, y)
	if s.Kind != peak.Peak || !s.Partial() || s.Crossings != 1 {
		t.Errorf("%+v", s)
	}
	near(t, "left", s.Left, 4.2-trueFWHM/2, 2e-3)
	near(t, "cen", s.Cen, nan, 0)
	near(t, "fwhm", s.FWHM, nan, 0)
	for i := range y {
		y[i] = 1 - y[i]
	}
	if s := of(t, x, y); s.Kind != peak.Dip || !s.Partial() {
		t.Errorf("one side of a dip: %+v", s)
	}
}

func TestFlatAndOnePoint(t *testing.T) {
	x, y := sampled(11, 0, 10, func(float64) float64 { return 0.3 })
	for _, s := range []peak.Stats{of(t, x, y), of(t, x[:1], y[:1])} {
		if s.Kind != peak.Flat || s.Crossings != 0 || s.Max.Y != 0.3 || s.Min.Y != 0.3 {
			t.Errorf("%+v", s)
		}
		near(t, "half height", s.Half, 0.3, 1e-15)
		near(t, "cen", s.Cen, nan, 0)
		near(t, "fwhm", s.FWHM, nan, 0)
		near(t, "net com", s.NetCOM, nan, 0)
	}
	near(t, "com of a flat curve", of(t, x, y).COM, 5, 1e-12)
	near(t, "com of nothing", of(t, x, make([]float64, 11)).COM, nan, 0)
}

func TestWhatIsNoNumberIsLeftOut(t *testing.T) {
	x := []float64{0, nan, 1, 2, 4, 9}
	y := []float64{0, 99, 6, nan, 0, math.Inf(1)}
	if got, want := of(t, x, y), of(t, []float64{0, 1, 4}, []float64{0, 6, 0}); !same(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func TestMistakes(t *testing.T) {
	if _, err := peak.Of([]float64{1, 2}, []float64{1}); err == nil || err.Error() != "2 positions but 1 values" {
		t.Errorf("got %v", err)
	}
	for _, y := range [][]float64{{}, {nan, nan}} {
		if _, err := peak.Of(make([]float64, len(y)), y); err != peak.ErrNoPoints {
			t.Errorf("%v: got %v", y, err)
		}
	}
}

// Points at the same position count as their mean, here 0, 6, 0.
func TestRepeatedPositions(t *testing.T) {
	got := of(t, []float64{0, 1, 4, 4, 1, 0}, []float64{-1, 5, 0, 0, 7, 1})
	if want := of(t, []float64{0, 1, 4}, []float64{0, 6, 0}); !same(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

// A curve that touches the half height does not cross it; one that follows it
// for a while crosses in the middle of that.
func TestPointsOnTheHalfHeight(t *testing.T) {
	s := of(t, []float64{0, 1, 2, 3, 4, 5, 6}, []float64{0, 1, 0, 1, 1, 2, 0})
	if s.Kind != peak.Peak || s.Crossings != 2 {
		t.Errorf("%+v", s)
	}
	near(t, "left", s.Left, 3.5, 1e-12)
	near(t, "right", s.Right, 5.5, 1e-12)
}

// Negative values can put the centre of mass anywhere; then there is none.
func TestCentreOfMassOutOfTheRange(t *testing.T) {
	s := of(t, []float64{0, 1, 2, 3}, []float64{-1, 0, 0, 2})
	near(t, "com", s.COM, nan, 0)
	if !(s.NetCOM > 0 && s.NetCOM < 3) {
		t.Errorf("net com %v", s.NetCOM)
	}
}

func TestHugeAndTinyRanges(t *testing.T) {
	for _, height := range []float64{1e308, 1e-300, 5e-324} {
		for _, width := range []float64{1e-12, 1e150} {
			s := of(t, []float64{0, width, 4 * width}, []float64{-height, height, -height})
			near(t, "cen", s.Cen/width, 1.5, 1e-9)
			near(t, "fwhm", s.FWHM/width, 2, 1e-9)
			near(t, "net com", s.NetCOM/width, 5./3, 1e-9)
		}
	}
}

// Noise makes more crossings, of which the outermost count: outside of these
// the lines between the points stay on one side of the half height, at them
// they are on it.
func TestNoise(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		x, y := sampled(301, -5, 5, func(x float64) float64 { return 100*gauss(1, 1)(x) + 5*r.NormFloat64() })
		s := of(t, x, y)
		if s.Kind != peak.Peak || s.Crossings < 2 || s.Crossings%2 != 0 {
			t.Fatalf("%+v", s)
		}
		near(t, "cen", s.Cen, 1, 0.3) // 5 % noise moves a half height by some 0.1 sigma
		near(t, "fwhm", s.FWHM, trueFWHM, 0.6)
		near(t, "at left", interpolated(x, y, s.Left), s.Half, 1e-6)
		near(t, "at right", interpolated(x, y, s.Right), s.Half, 1e-6)
		for i := range x {
			if outside := x[i] < s.Left || x[i] > s.Right; outside && y[i] > s.Half {
				t.Fatalf("the point at %v is above the half height, outside of %v to %v", x[i], s.Left, s.Right)
			}
		}
	}
}

// interpolated is the line between the points, by a search from the left.
func interpolated(x, y []float64, at float64) float64 {
	i := slices.IndexFunc(x, func(v float64) bool { return v >= at })
	if x[i] == at {
		return y[i]
	}
	part := (at - x[i-1]) / (x[i] - x[i-1])
	return y[i-1]*(1-part) + y[i]*part
}

// The order of the points does not matter; a mirrored curve has mirrored
// positions; an upside-down peak is a dip; another origin or scale changes what
// has a unit and nothing else.
func TestSymmetries(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 500 {
		n := 3 + r.IntN(40)
		x, y := make([]float64, n), make([]float64, n)
		for i := range x {
			x[i], y[i] = r.Float64()*10, r.NormFloat64()
		}
		s := of(t, x, y)
		r.Shuffle(n, func(i, j int) { x[i], x[j], y[i], y[j] = x[j], x[i], y[j], y[i] })
		if shuffled := of(t, x, y); !same(shuffled, s) {
			t.Fatalf("shuffled: %+v, want %+v", shuffled, s)
		}
		m := of(t, each(x, func(v float64) float64 { return 3 - 2*v }), each(y, func(v float64) float64 { return 7 + 5*v }))
		if m.Kind != s.Kind || m.Crossings != s.Crossings {
			t.Fatalf("mirrored: %+v, was %+v", m, s)
		}
		near(t, "mirrored cen", m.Cen, 3-2*s.Cen, 1e-9)
		near(t, "mirrored fwhm", m.FWHM, 2*s.FWHM, 1e-9)
		near(t, "mirrored rise", m.Rise, 2*s.Rise, 1e-9)
		near(t, "mirrored net com", m.NetCOM, 3-2*s.NetCOM, 1e-9)
		d := of(t, x, each(y, func(v float64) float64 { return -v }))
		if (s.Kind == peak.Peak) != (d.Kind == peak.Dip) || (s.Kind == peak.Edge) != (d.Kind == peak.Edge) {
			t.Fatalf("upside down: %+v, was %+v", d, s)
		}
		near(t, "upside-down cen", d.Cen, s.Cen, 1e-9)
	}
}

func each(list []float64, f func(float64) float64) []float64 {
	var out []float64
	for _, v := range list {
		out = append(out, f(v))
	}
	return out
}

// same compares with NaN equal to NaN.
func same(a, b peak.Stats) bool {
	equal := func(x, y float64) bool { return x == y || math.IsNaN(x) && math.IsNaN(y) }
	return a.Kind == b.Kind && a.Points == b.Points && a.Crossings == b.Crossings && a.Max == b.Max && a.Min == b.Min &&
		a.First == b.First && a.Last == b.Last && a.Half == b.Half && equal(a.Left, b.Left) && equal(a.Right, b.Right) &&
		equal(a.Cen, b.Cen) && equal(a.FWHM, b.FWHM) && equal(a.Rise, b.Rise) && equal(a.COM, b.COM) && equal(a.NetCOM, b.NetCOM)
}

// shape is a curve of which the true width is known: its full width at half
// maximum, of an edge that from 12 % to 88 %.
type shape struct {
	name  string
	curve func(float64) float64
	width float64
}

// rise12 is the width of an error function with a sigma of 1 from 12 % to 88 %.
const rise12 = 2 * 1.1749867920660904

var shapes = []shape{
	{"Gaussian", gauss(0, 1), trueFWHM},
	{"off the grid", gauss(0.37, 1), trueFWHM},
	{"dip", func(x float64) float64 { return 10 - 4*gauss(0, 1)(x) }, trueFWHM},
	{"triangle", func(x float64) float64 { return max(0, 1-math.Abs(x)/2) }, 2},
	{"square", func(x float64) float64 { return map[bool]float64{true: 1}[math.Abs(x) < 1.5] }, 3},
	{"edge up", edge(0, 1), rise12},
	{"edge down", func(x float64) float64 { return 1 - edge(0, 1)(x) }, rise12},
	{"two peaks", func(x float64) float64 { return gauss(-2, 0.5)(x) + gauss(2, 0.5)(x) }, 4 + trueFWHM/2},
}

// width is what a shape's true width is compared with.
func width(s peak.Stats) float64 {
	if s.Kind == peak.Edge {
		return s.Rise
	}
	return s.FWHM
}

// BenchmarkWidth prints how far the width of shapes on -5..5 is from the true
// one, and what it takes to find it.
func BenchmarkWidth(b *testing.B) {
	for _, c := range shapes {
		for _, n := range []int{10, 30, 101, 501} {
			b.Run(c.name+"/"+strconv.Itoa(n)+"points", func(b *testing.B) {
				x, y := sampled(n, -5, 5, c.curve)
				var s peak.Stats
				for b.Loop() {
					s, _ = peak.Of(x, y)
				}
				b.ReportMetric(100*(width(s)/c.width-1), "%error")
				b.ReportMetric(width(s), "width")
			})
		}
	}
}

// BenchmarkNoisyWidth prints the mean and the spread of the error over many
// Gaussians with noise of 5 % of their height.
func BenchmarkNoisyWidth(b *testing.B) {
	for _, n := range []int{30, 101, 501} {
		b.Run(strconv.Itoa(n)+"points", func(b *testing.B) {
			r, sum, square, curves := rand.New(rand.NewPCG(1, 0)), 0., 0., 0.
			for b.Loop() {
				x, y := sampled(n, -5, 5, func(x float64) float64 { return gauss(0, 1)(x) + 0.05*r.NormFloat64() })
				s, _ := peak.Of(x, y)
				e := 100 * (s.FWHM/trueFWHM - 1)
				if math.IsNaN(e) {
					continue // noise crosses the half height at an end
				}
				sum, square, curves = sum+e, square+e*e, curves+1
			}
			b.ReportMetric(sum/curves, "%error")
			b.ReportMetric(math.Sqrt(square/curves), "%rms")
		})
	}
}
