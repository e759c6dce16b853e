package braille

import (
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"blissh/internal/screen"
)

var update = flag.Bool("update", false, "write the pictures in testdata anew")

func gauss(n int, a, b, centre, sigma, height float64) Series {
	s := Series{Name: "sim_ct_gauss[counts]"}
	for i := range n {
		x := a + (b-a)*float64(i)/float64(n-1)
		s.X = append(s.X, x)
		s.Y = append(s.Y, height*math.Exp(-(x-centre)*(x-centre)/(2*sigma*sigma)))
	}
	return s
}

func curve(y ...float64) Series {
	s := Series{Name: "y", Y: y}
	for i := range y {
		s.X = append(s.X, float64(i))
	}
	return s
}

func marked(s Series, marks ...Mark) Series {
	s.Marks = marks
	return s
}

// TestPictures compares with the pictures in testdata, each of which somebody
// has looked at.
func TestPictures(t *testing.T) {
	nan := math.NaN()
	peak := marked(gauss(101, -5, 5, 0, 1, 23.9), Mark{0, 23.9, '◆'}, Mark{0.1, nan, '▲'})
	second := gauss(101, -5, 5, 2, 1, 12)
	second.Name = "i0[nA]"
	for name, p := range map[string]Plot{
		"peak":           {Width: 80, Height: 20, XLabel: "robz[mm]", Signs: "◆ peak   ▲ cen", Series: []Series{peak}},
		"two-plain":      {Width: 60, Height: 14, XLabel: "robz[mm]", Series: []Series{peak, second}},
		"two-colours":    {Width: 60, Height: 14, XLabel: "robz[mm]", Series: []Series{peak, second}, Colour: true},
		"low":            {Width: 40, Height: 7, XLabel: "robz[mm]", Series: []Series{peak}, Lines: true},
		"smallest":       {Width: MinWidth, Height: MinHeight, XLabel: "robz[mm]", Series: []Series{peak}, Lines: true},
		"logarithmic":    {Width: 60, Height: 14, XLabel: "robz[mm]", Series: []Series{peak}, Log: true},
		"flat":           {Width: 50, Height: 9, XLabel: "x", Series: []Series{curve(3, 3, 3)}},
		"zero":           {Width: 50, Height: 9, XLabel: "x", Series: []Series{curve(0, 0)}},
		"one-point":      {Width: 50, Height: 9, XLabel: "x", Series: []Series{curve(5)}},
		"nothing":        {Width: 50, Height: 9, XLabel: "x", Series: []Series{curve(nan, math.Inf(1))}},
		"gap":            {Width: 50, Height: 9, XLabel: "x", Series: []Series{curve(1, 2, nan, nan, 2, 1)}, Lines: true},
		"huge":           {Width: 50, Height: 9, XLabel: "x", Series: []Series{curve(1e308, -1e308)}},
		"tiny":           {Width: 50, Height: 9, XLabel: "x", Series: []Series{curve(1e-9, 2e-9)}},
		"tiny-on-offset": {Width: 50, Height: 9, XLabel: "x", Series: []Series{curve(1e6, 1e6+1e-6, 1e6+2e-6)}},
		"range":          {Width: 50, Height: 9, XLabel: "robz[mm]", Series: []Series{gauss(20, -5, -3, 0, 1, 1)}, From: -5, To: 5},
		"line":           {Width: 50, Height: 9, XLabel: "x", Series: []Series{curve(0, 8, 4)}, Lines: true},
	} {
		t.Run(name, func(t *testing.T) {
			got := strings.Join(p.Draw(), "\n") + "\n"
			path := filepath.Join("testdata", name+".txt")
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if got != string(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

// A peak is where its position and height say: the dot of every point is found
// again from the axes.
func TestDotsAreInTheirPlaces(t *testing.T) {
	p := Plot{Width: 63, Height: 24, XLabel: "x", Series: []Series{{Name: "y", X: []float64{0, 10, 10, 0, 5}, Y: []float64{0, 0, 10, 10, 5}}}}
	lines := p.Draw()
	body := lines[1 : len(lines)-3]
	at := func(row, column int) rune {
		r := []rune(body[row])
		if 4+column < len(r) {
			return r[4+column]
		}
		return ' '
	}
	columns, rows := 63-4, len(body)
	for _, c := range []struct {
		row, column int
		want        rune
	}{
		{rows - 1, 0, '⡀'}, {rows - 1, columns - 1, '⢀'}, {0, columns - 1, '⠈'}, {0, 0, '⠁'},
		{rows/2 - 1, columns / 2, '⢀'},
	} {
		if got := at(c.row, c.column); got != c.want {
			t.Errorf("row %d, column %d is %q, want %q in\n%s", c.row, c.column, got, c.want, strings.Join(lines, "\n"))
		}
	}
}

// No curve makes a picture that is too large, or none at all.
func TestAnyCurve(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	special := []float64{0, math.NaN(), math.Inf(1), math.Inf(-1), 1e308, -1e308, 5e-324, 1, -1, 1e6, 1e6 + 1e-9}
	value := func() float64 {
		if r.IntN(3) == 0 {
			return special[r.IntN(len(special))]
		}
		return r.NormFloat64() * math.Pow(10, float64(r.IntN(40)-20))
	}
	for range 3000 {
		p := Plot{Width: r.IntN(130), Height: r.IntN(40), XLabel: "robz[mm]", Log: r.IntN(2) == 0, Lines: r.IntN(2) == 0, Colour: r.IntN(2) == 0}
		for range 1 + r.IntN(3) {
			s := Series{Name: "a_counter[µm]"}
			for range r.IntN(20) {
				s.X, s.Y = append(s.X, value()), append(s.Y, value())
			}
			s.Marks = []Mark{{value(), value(), '◆'}, {value(), math.NaN(), '▲'}}
			p.Series = append(p.Series, s)
		}
		lines := p.Draw()
		if len(lines) > max(p.Height, 0) {
			t.Fatalf("%d lines of %d: %+v", len(lines), p.Height, p)
		}
		for _, l := range lines {
			if screen.Width(l) > p.Width || !utf8.ValidString(l) {
				t.Fatalf("%q is %d wide, %d is the width: %+v", l, screen.Width(l), p.Width, p)
			}
		}
	}
}

func TestTicksAreRound(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		n         int
		want      string
	}{
		{-5, 5, 4, "-5 0 5"}, {-5, 5, 5, "-4 -2 0 2 4"}, {0, 23.9, 5, "0 5 10 15 20"}, {0, 1, 2, "0 0.5 1.0"}, {1e-9, 2e-9, 2, "1.0e-09 1.5e-09 2.0e-09"},
		{293.1, 293.3, 2, "293.1 293.2 293.3"}, {-1e308, 1e308, 4, "-5.0e+307 0 5.0e+307"},
	} {
		var list []string
		for _, t := range (scale{low: c.low, high: c.high}).ticks(c.n) {
			list = append(list, t.label)
		}
		if got := strings.Join(list, " "); got != c.want {
			t.Errorf("%g to %g: %s, want %s", c.low, c.high, got, c.want)
		}
	}
}

func BenchmarkDraw(b *testing.B) {
	p := Plot{Width: 100, Height: 20, XLabel: "robz[mm]", Series: []Series{gauss(501, -5, 5, 0, 1, 23.9)}, Lines: true}
	for b.Loop() {
		p.Draw()
	}
}
