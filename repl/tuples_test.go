package repl

import (
	"strings"
	"testing"

	"blissh/data"
)

// tuples is a hook whose OnScanNew is given; a function says what is wrong.
func tuples(body string) string {
	return `package hooks

import (
	"fmt"
	"math"

	"blissh/data"
	"blissh/hooks"
)

var _ = math.Max

type Tuples struct {
	hooks.Base
	x, y []float64
	n, m float64
}

func seven(float64, float64) float64 { return 7 }

func want(ok bool, values ...any) error {
	if !ok {
		return fmt.Errorf("%v", values)
	}
	return nil
}

func (h *Tuples) OnScanNew(s *data.Scan) error {
	a, b := 1.0, 5.0
	` + body + `
}

func (h *Tuples) OnScanEnd(*data.Scan) error { return nil }
`
}

// TestSeveralValuesAtOnce: the interpreter by itself loses one of them, or panics.
func TestSeveralValuesAtOnce(t *testing.T) {
	for _, body := range []string{
		"a, b = a+2, math.Min(b, 3)\n\treturn want(a == 3 && b == 3, a, b)",
		"a, b = math.Min(b, 3), a+b\n\treturn want(a == 3 && b == 6, a, b)",
		"a, b = b, math.Max(a, b)\n\treturn want(a == 5 && b == 5, a, b)",
		"a, b = 2, seven(a, b)\n\treturn want(a == 2 && b == 7, a, b)",
		"for i := 0; i < 3; i++ {\n\t\ta, b = b, seven(a, b)\n\t}\n\treturn want(a == 7 && b == 7, a, b)",
		"h.x, h.y = nil, nil\n\treturn want(h.x == nil && h.y == nil, a, b)",
		"h.x, h.y = append(h.x, 1), append(h.y, 2, 3)\n\treturn want(len(h.x) == 1 && len(h.y) == 2, a, b)",
		"h.n, h.m = 2*h.n+1, math.Max(2, 3)\n\treturn want(h.n == 1 && h.m == 3, h.n, h.m)",
		"a, b = b, a\n\treturn want(a == 5 && b == 1, a, b)",
		"var f any\n\tf, b = seven(1, 2), 3\n\treturn want(f == 7.0 && b == 3, f, b, a)",
	} {
		h := oneHook(t, Options{}, tuples(body))
		if err := h.OnScanNew(&data.Scan{}); err != nil {
			t.Errorf("%s: %v", body, err)
		}
		if err := h.OnScanEnd(&data.Scan{}); err != nil {
			t.Error(err)
		}
	}
}

// TestSeveralValuesThatDependOnEachOther are refused where the interpreter would be
// wrong.
func TestSeveralValuesThatDependOnEachOther(t *testing.T) {
	for _, body := range []string{
		"list := []float64{1, 2, 3}\n\ti := 0\n\ti, list[i] = 2, seven(a, b)\n\treturn want(i == 2, i)",
		"for i := 0; i < 3; i, a = i+1, seven(a, b) {\n\t}\n\treturn nil",
	} {
		got := loadError(t, tuples(body))
		if !strings.Contains(got, ": the interpreter would lose one of these values: write an assignment for each") || !strings.HasPrefix(got, "stop.go:3") {
			t.Errorf("%s: %s", body, got)
		}
	}
}

// TestSeveralValuesAtThePrompt are the same there.
func TestSeveralValuesAtThePrompt(t *testing.T) {
	b := newBeam(t)
	got := b.do(t, "a, b := 1.0, 5.0", "a, b = a+2, math.Min(b, 3)",
		"func f() float64 { x, y := 1.0, 2.0; x, y = y, math.Max(x, 9); return x + y }", "[]float64{a, b, f()}")
	if got != "[3 3 11]" {
		t.Errorf("got %s", got)
	}
}
