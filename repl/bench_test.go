package repl

import (
	"path/filepath"
	"testing"
)

func BenchmarkNew(b *testing.B) {
	for b.Loop() {
		in, err := New(Options{})
		if err != nil {
			b.Fatal(err)
		}
		in.Close()
	}
}

func BenchmarkInput(b *testing.B) {
	in, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	for b.Loop() {
		if err := in.Run(b.Context(), `x = math.Sqrt(2) + 1`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHookCall(b *testing.B) {
	path := filepath.Join(b.TempDir(), "stop.go")
	writeFile(b, path, stopHook)
	defs, err := NewHookLoader(Options{}).Load(path)
	if err != nil {
		b.Fatal(err)
	}
	h, err := defs[0].New()
	if err != nil {
		b.Fatal(err)
	}
	defer h.Close()
	d := point(0, 1)
	for b.Loop() {
		if err := h.OnScanData(d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkLoop(b *testing.B) {
	in, err := New(Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer in.Close()
	for b.Loop() {
		if err := in.Run(b.Context(), `for i := 0; i < 1000; i++ { }`); err != nil {
			b.Fatal(err)
		}
	}
}
