package formula

import (
	"math"
	"testing"
)

func TestValues(t *testing.T) {
	known := []string{"a", "b", "i0"}
	values := map[string]float64{"a": 3, "b": 4, "i0": 0.5}
	for src, want := range map[string]float64{
		"3/4":                   0.75,
		"a + b*2":               11,
		"-(a - b) * 2":          2,
		"sqrt(a*a + b*b)":       5,
		"pow(a, b) / 9":         9,
		"log(i0) + log10(1e-3)": -3.6931471805599454,
		"max(a, min(b, i0))":    3,
		"2*asin(1)":             math.Pi,
		"cos(pi)":               -1,
		"+b":                    4,
	} {
		f, err := Parse(src, known)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		var in []float64
		for _, n := range f.Names() {
			in = append(in, values[n])
		}
		if got := f.Value(in); math.Abs(got-want) > 1e-14 {
			t.Errorf("%s = %v, not %v", src, got, want)
		}
	}
}

func TestMistakes(t *testing.T) {
	for src, want := range map[string]string{
		"a +":         `"a +" is no formula: expected operand, found 'EOF'`,
		"diode2 / a":  "diode2 is not known; did you mean diode1?",
		"a ^ 2":       "^ has no meaning in a formula; a power is pow(x, y)",
		"a % 2":       "% has no meaning in a formula",
		"!a":          "! has no meaning in a formula",
		"sqr(a)":      "no function is called sqr; did you mean sqrt?",
		"sqrt(a, a)":  "sqrt is a function of one number, 2 are given",
		"pow(a)":      "pow is a function of two numbers, 1 are given",
		`"x" + a`:     `"x" is no number`,
		"a[0]":        "a formula has numbers, names, + - * /, brackets and functions only",
		"math.Abs(a)": "only functions can be called; there are [abs acos asin atan atan2 ceil cos exp floor log log10 max min pow round sin sqrt tan]",
	} {
		if _, err := Parse(src, []string{"a", "diode1"}); err == nil || err.Error() != want {
			t.Errorf("%s: %v\nwant %s", src, err, want)
		}
	}
}
