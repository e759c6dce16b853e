package commands

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"blissh/data"
)

// where takes out of what is printed what depends on the machine.
func where(root, text string) string {
	text = strings.ReplaceAll(text, root, "ROOT")
	text = strings.ReplaceAll(text, time.Now().Format("20060102"), "DAY")
	return regexp.MustCompile(`free +[\d.]+ \w+ of [\d.]+ \w+`).ReplaceAllString(text, "free       F of S")
}

func (b *bench) printsPlace(root, what string, f func(), want string) {
	b.t.Helper()
	b.out.take()
	if text := message(b.t, f); text != "" {
		b.t.Errorf("%s: %s", what, text)
	}
	same(b.t, what, where(root, b.out.take()), want)
}

func TestSaving(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	b := newBenchOf(t, labConfig+"saving: {root: "+root+"}\n")
	file := "ROOT/TestSaving/DAY/TestSaving"
	b.printsPlace(root, "saving()", func() { b.saving() }, `
proposal   -
sample     -
dataset    -
root       ROOT
template   {proposal}/{session}/{date}/{sample}/{sample}_{dataset}
formats    spec, hdf5
files      `+file+`.spec
           `+file+`.h5
writer     none, BLISSH_SAVING is off: scans are not saved
free       F of S
`)
	b.printsPlace(root, "newproposal", func() { b.newproposal("ma1") }, `
proposal ma1, sample -, dataset -
files      ROOT/ma1/TestSaving/DAY/TestSaving.spec
           ROOT/ma1/TestSaving/DAY/TestSaving.h5
`)
	b.printsPlace(root, "newsample", func() { b.newsample("gold") }, `
proposal ma1, sample gold, dataset 0001
files      ROOT/ma1/TestSaving/DAY/gold/gold_0001/gold_0001.spec
           ROOT/ma1/TestSaving/DAY/gold/gold_0001/gold_0001.h5
`)
	b.printsPlace(root, "newdataset", func() { b.newdataset() }, `
proposal ma1, sample gold, dataset 0002
files      ROOT/ma1/TestSaving/DAY/gold/gold_0002/gold_0002.spec
           ROOT/ma1/TestSaving/DAY/gold/gold_0002/gold_0002.h5
`)
	b.prints("meta", func() { b.meta("temperature", 12.5, "K") }, "temperature = 12.5 K: kept with every scan from now on\n")
	b.prints("comment", func() { b.comment("hello") }, "noted; it goes into the next scan that is saved\n")
	b.out.take()
	b.saving()
	if got := b.out.take(); !strings.Contains(got, "\nmeta       temperature = 12.5 K\ncomments   hello\n") {
		t.Error(got)
	}
	b.printsPlace(root, "newproposal()", func() { b.newproposal() }, `
proposal -, sample -, dataset -
files      `+file+`.spec
           `+file+`.h5
`)
	b.fails(`newdataset: "../x" is no name of a data set: letters, digits, _ - and . expected, the first one a letter or digit, 64 at most`, func() { b.newdataset("../x") })
	b.fails(`newsample: argument 1 (name): a text expected, got 3; usage: newsample(name) or newsample()`, func() { b.newsample(3) })
	b.fails(`newsample: the name is empty; usage: newsample(name) or newsample()`, func() { b.newsample("") })
	b.fails(`newproposal: argument 2, "y", is one too many; usage: newproposal(name) or newproposal()`, func() { b.newproposal("x", "y") })
	if files, _ := filepath.Glob(root + "/*"); len(files) > 0 {
		t.Errorf("names alone made %q", files)
	}
}

func TestMeta(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.prints("meta()", func() { b.meta() }, "nothing is kept with the scans; meta(\"temperature\", 12.5, \"K\") does that\n")
	b.prints("a list", func() { b.meta("gaps", []float64{1, 2.5}, "mm") }, "gaps = [1, 2.5] mm: kept with every scan from now on\n")
	b.prints("a whole number", func() { b.meta("n", 3) }, "n = 3: kept with every scan from now on\n")
	b.prints("True", func() { b.meta("cold", true) }, "cold = true: kept with every scan from now on\n")
	b.prints("a text", func() { b.meta("foil", "Al 5 µm") }, "foil = Al 5 µm: kept with every scan from now on\n")
	b.prints("meta()", func() { b.meta() }, `
  gaps  [1, 2.5]  mm
  n            3
  cold      true
  foil   Al 5 µm
`)
	b.loopscan(1, .001, b.counter("one"))
	want := []data.Meta{{Name: "gaps", Value: []any{1.0, 2.5}, Unit: "mm"}, {Name: "n", Value: 3.0}, {Name: "cold", Value: true}, {Name: "foil", Value: "Al 5 µm"}}
	got := (&Scans{b.Shell}).Last().source.Info().Meta
	if len(got) != len(want) {
		t.Fatalf("%v", got)
	}
	for i, m := range got {
		if m.String() != want[i].String() {
			t.Errorf("%v, want %v", m, want[i])
		}
	}
	b.prints("None", func() { b.meta("n", nil) }, "n is kept no longer\n")
	b.prints("a pattern", func() { b.meta("[cf]*", nil) }, "cold is kept no longer\nfoil is kept no longer\n")
	b.fails(`meta: there is no nosuch`, func() { b.meta("nosuch", nil) })
	const usage = "; usage: meta(name, value) or meta(name, value, unit) or meta(name, None) or meta()"
	b.fails(`meta: argument 2 (value): a number, a text, True or False, or a list expected, got the axis m`+usage, func() { b.meta("x", b.axis("m")) })
	b.fails(`meta: argument 2 (value): a number, a text, True or False, or a list; None takes the entry away, expected, got nothing`+usage, func() { b.meta("x") })
	b.fails(`meta: "a b" is no name: letters, digits, _ . and - expected, at most 64`, func() { b.meta("a b", 1) })
	b.fails(`meta: x: a text has no unit`, func() { b.meta("x", "y", "mm") })
}

// TestCommentOnAScanInTheBackground: the table shows it, and so does the record.
func TestCommentOnAScanInTheBackground(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.prints("comment()", func() { b.comment() }, "no comment waits for the next scan\n")
	s := b.loopscan(1000, .05, b.counter("one"), Option{"run", false})
	b.start(s)
	b.out.take()
	b.comment("the beam is back")
	if got := b.out.text(); !strings.Contains(got, "noted in scan 1\n") {
		t.Error(got)
	}
	s.Stop("enough")
	b.wait(s)
	if got := b.out.take(); !strings.Contains(got, " comment by the prompt: the beam is back\n") {
		t.Error(got)
	}
	b.fails(`comment: argument 1 (text): a text expected, got " "; usage: comment(text) or comment()`, func() { b.comment(" ") })
}
