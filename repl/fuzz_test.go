package repl

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"blissh/internal/soak"
)

// innerWords are those of the interpreter, which no message may have unless the
// user has typed them.
var innerWords = regexp.MustCompile(`(?:^|[^\w.])main\.|_\.go|reflect\.|interp\.|0x[0-9a-f]{9,}|func_|goroutine \d+ \[|runtime error|\bnil type\b|CFG|definition loop|unable to find source|yaegi|__(kw|show|guard|types|method|p|n|i)\b|valueT\b`)

// FuzzPrompt types anything. Whatever it is, the prompt answers in one line that
// is about what was typed, and works afterwards.
func FuzzPrompt(f *testing.F) {
	for _, src := range promptSeeds(f) {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) { checkPrompt(t, src) })
}

// promptSeeds are the inputs of the messages of cmd/blissh, and whatever has been
// found before.
func promptSeeds(t testing.TB) (seeds []string) {
	t.Helper()
	files, err := filepath.Glob("../cmd/blissh/testdata/messages/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no seeds: %v", err)
	}
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(src)) {
			if text, ok := strings.CutPrefix(line, "> "); ok {
				seeds = append(seeds, strings.TrimSuffix(text, "\n"))
			}
			if text, ok := strings.CutPrefix(line, "+ "); ok {
				seeds = append(seeds, strings.TrimSuffix(text, "\n"))
			}
		}
	}
	return seeds
}

// tooLarge are numbers that ask for a lot of memory, which is not what is tested
// here.
var tooLarge = regexp.MustCompile(`[0-9_]{5,}|<<|0[xXbBoO]|[eEpP]\+?[0-9]{2}|[Rr]epeat`)

func checkPrompt(t *testing.T, src string) {
	if len(src) > 5000 || tooLarge.MatchString(src) || strings.Contains(src, "go ") || strings.Contains(src, "os.") {
		return
	}
	b := newBeam(t)
	b.do(t, `x := 3`, `l := []int{1, 2}`, `type P struct{ a int }`, `func (p P) Sum() int { return p.a }`, `f := func(i int) int { return l[i] }`)
	before := len(b.in.Names())
	err := b.typed(t, src)
	if err != nil {
		checkMessage(t, src, err)
	}
	if err != nil && len(b.in.Names()) != before && !strings.ContainsAny(src, ";\n") {
		t.Errorf("%q leaves names: %v", src, b.in.Names())
	}
	b.out.take()
	if err := b.typed(t, "1 + 1"); err != nil || !strings.HasSuffix(b.out.take(), "2\n") {
		t.Errorf("after %q, 1 + 1: %v", src, err)
	}
}

// fuzzPatience is how long an input may go on after an interrupt.
const fuzzPatience = 20 * time.Second

// typed runs an input and interrupts it after a while.
func (b *beam) typed(t *testing.T, src string) error {
	done := make(chan error, 1)
	go func() { done <- b.in.Run(context.Background(), src) }()
	select {
	case err := <-done:
		return err
	case <-time.After(2 * time.Second):
		b.in.Interrupt()
	}
	select {
	case err := <-done:
		return err
	case <-time.After(fuzzPatience):
		if blocks.MatchString(src) { // the third Ctrl-C leaves it behind
			t.Skip("waits for a channel")
		}
		t.Fatalf("%q does not end", src)
	}
	return nil
}

// blocks finds what may wait without end for a channel or a lock.
var blocks = regexp.MustCompile(`<-|range|Lock|Wait`)

func checkMessage(t *testing.T, src string, err error) {
	text := err.Error()
	if m := innerWords.FindString(text); m != "" && !strings.Contains(src, strings.Trim(m, " .")) {
		t.Errorf("%q\n%s\nsays %q", src, text, m)
	}
	if strings.Contains(text, "\n") && !strings.Contains(src, "cleanup") {
		t.Errorf("%q\n%s\nhas several lines", src, text)
	}
	if e, ok := err.(*Error); ok && (e.Line > strings.Count(src, "\n")+1 || e.Col > len(src)+1 || e.Cause == nil && (e.Line < 1 || e.Col < 1)) {
		t.Errorf("%q\n%s: no such place", src, text)
	}
}

// TestAnyInput is the short form of FuzzPrompt: random changes of the seeds.
func TestAnyInput(t *testing.T) {
	m := &mutator{rand.New(rand.NewPCG(soak.Seed(t), 0)), promptSeeds(t)}
	for i := range soak.Count(300, 20000) {
		src := m.next()
		if !t.Run(fmt.Sprint(i), func(t *testing.T) { checkPrompt(t, src) }) {
			t.Logf("%q", src)
		}
	}
}

// mutator makes inputs out of others.
type mutator struct {
	*rand.Rand
	seeds []string
}

// spice are pieces that matter to the dialect and to the language.
var spice = strings.Split("( ) [ ] { } ; : := = == , . ... + - * / % & | ^ ! < > ~ ? @ # $ \\ \" ' ` \n \t \x00 // /* */ <- ++ -- func type var const for if else switch case default select "+
	"return break continue goto range map chan struct interface import package go defer nil true robz ascan mv wa robz.position save= x l P 0 1 .5 -3 'a' \"a\" int float64 error any panic( \u00e9 \u2212 \u201c", " ")

func (m *mutator) next() string {
	b := []byte(m.seeds[m.IntN(len(m.seeds))])
	for range 1 + m.IntN(4) {
		at := m.IntN(len(b) + 1)
		to := min(len(b), at+m.IntN(4))
		switch m.IntN(4) {
		case 0:
			b = append(b[:at:at], b[to:]...)
		case 1:
			b = append(b[:at:at], append([]byte(spice[m.IntN(len(spice))]), b[at:]...)...)
		case 2:
			b = append(b[:at:at], append([]byte(spice[m.IntN(len(spice))]), b[to:]...)...)
		default:
			other := m.seeds[m.IntN(len(m.seeds))]
			cut := m.IntN(len(other) + 1)
			b = append(b[:at:at], other[cut:]...)
		}
	}
	return string(b)
}
