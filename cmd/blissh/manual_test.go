package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"blissh/commands"
	"blissh/internal/screen"
	"blissh/repl"
	"blissh/scan"
)

// typist is a shell in this process, whose inputs come from a test.
type typist struct {
	*shell
	printed *bytes.Buffer
	number  int
}

// newTypist opens a session, the demo one if config is "", on a store of its own.
func newTypist(t *testing.T, config string) *typist {
	t.Helper()
	dir := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", dir)
	t.Setenv("XDG_STATE_HOME", filepath.Join(dir, "state"))
	t.Chdir(repository(t))
	x := &typist{printed: &bytes.Buffer{}}
	out := &output{Screen: screen.New(x.printed, nil)}
	out.errs = out.Screen
	a, err := openApp(context.Background(), &flags{store: "memory", config: config}, out, nil, func() scan.Sink { return commands.NewScanTable(out, false) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.close(); err != nil {
			t.Error(err)
		}
	})
	a.number = func() int { return x.number }
	x.shell = &shell{app: a, interactive: true}
	return x
}

// enter runs one input and returns what is printed, errors included.
func (x *typist) enter(src string) string {
	x.number++
	x.printed.Reset()
	if err := x.input(src); err != nil {
		x.fail(0, err)
	}
	return x.printed.String()
}

var (
	promptOf = regexp.MustCompile(`^DEMO_SESSION \[(\d+)\]: (.*)$`)
	moreOf   = regexp.MustCompile(`^ +\.\.\.: (.*)$`)
)

// TestPromptManual types every block of docs/prompt.md and compares all that is
// printed; a line ... stands for any lines.
func TestPromptManual(t *testing.T) {
	for _, b := range readBlocks(t, filepath.Join(repository(t), "docs", "prompt.md")) {
		t.Run(fmt.Sprintf("line %d", b.line), func(t *testing.T) {
			if b.info != "blissh" {
				t.Fatalf("nothing executes a block of %q", b.info)
			}
			x := newTypist(t, "")
			for _, e := range exchanges(t, b) {
				if got := x.enter(e.typed); !e.expected.MatchString(got) {
					t.Errorf("line %d: %s\nprints\n%s\nwant\n%s", e.line, e.typed, got, e.want)
				}
				if fmt.Sprint(x.number) != e.number {
					t.Errorf("line %d: the input has number %d, not %s", e.line, x.number, e.number)
				}
			}
		})
	}
}

// exchange is an input of a transcript with what it prints.
type exchange struct {
	line                int
	number, typed, want string
	expected            *regexp.Regexp
}

func exchanges(t *testing.T, b block) (list []*exchange) {
	t.Helper()
	for i, line := range strings.Split(strings.TrimSuffix(b.text, "\n"), "\n") {
		if m := promptOf.FindStringSubmatch(line); m != nil {
			list = append(list, &exchange{line: b.line + 1 + i, number: m[1], typed: m[2]})
			continue
		}
		if len(list) == 0 {
			t.Fatalf("line %d: a block begins with a prompt", b.line)
		}
		last := list[len(list)-1]
		if m := moreOf.FindStringSubmatch(line); m != nil {
			last.typed += "\n" + m[1]
			continue
		}
		last.want += line + "\n"
	}
	for _, e := range list {
		pattern := strings.ReplaceAll(regexp.QuoteMeta(e.want), `\.\.\.`+"\n", "(.*\n)*")
		e.expected = regexp.MustCompile("^" + pattern + "$")
		if repl.Incomplete(e.typed) {
			t.Errorf("line %d: the input is not complete", e.line)
		}
	}
	return list
}

// before is what an example needs to have been typed.
func before(c commands.Command) string {
	const preset = "type ShutterHook struct{ hooks.Base }\nfunc (h *ShutterHook) OnPointStart(point int) error { return nil }\n"
	switch c.Name {
	case "add_preset":
		return preset
	case "remove_preset":
		return preset + "p = ShutterHook(); add_preset(p)"
	case "remove_watchdog_callback":
		return "add_watchdog_callback(TimeBudget())"
	case "goback":
		return "ascan(robz, 0, 1, 2, .01, diode1)"
	case "plot":
		return "s = ascan(robz, -5, 5, 20, .001, sim_ct_gauss_noise)"
	case "edge", "goto_edge":
		return "ascan(robz, -5, 0, 20, .001, sim_ct_gauss)"
	}
	if c.Group == "last scan" {
		return "ascan(robz, -5, 5, 20, .001, sim_ct_gauss)"
	}
	return ""
}

// TestExamples runs the example of every command in the table, but for tw, which
// needs keys.
func TestExamples(t *testing.T) {
	for _, c := range commands.Table() {
		if c.Name == "tw" {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			x := newPlace(t).start("--store", "memory")
			x.typeLines(before(c), c.Example)
			if status := x.exit(); status != 0 {
				t.Errorf("%s ends with status %d:\n%s", c.Example, status, x.out.String())
			}
			if !strings.Contains(c.Example, c.Name) {
				t.Errorf("%s is no example of %s", c.Example, c.Name)
			}
		})
	}
}
