package editor

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"blissh/internal/testterm"
)

func kept(t *testing.T, path string) []string {
	t.Helper()
	h, err := openHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	return h.entries
}

func TestHistoryIsKept(t *testing.T) {
	path := historyFile(t)
	h, err := openHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []string{"wa", "wa", " ", "for {\n\tct(1)\n}", `println("a\nb\\")`, "wa", "µ测"} {
		if err := h.add(e); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"wa", "for {\n\tct(1)\n}", `println("a\nb\\")`, "wa", "µ测"}
	if got := kept(t, path); !slices.Equal(got, want) {
		t.Errorf("kept %q, want %q", got, want)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v (%v), want 0600: an input may hold a password", info.Mode(), err)
	}
}

// TestHistoryOfTwoShells: both write at once, nothing is lost or mixed.
func TestHistoryOfTwoShells(t *testing.T) {
	path := historyFile(t)
	var wg sync.WaitGroup
	for _, name := range []string{"a", "b", "c"} {
		h, err := openHistory(path)
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for i := range 200 {
				if err := h.add(fmt.Sprintf("%s %d\n%s", name, i, strings.Repeat(name, 5000))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	got := kept(t, path)
	if len(got) != 600 {
		t.Fatalf("%d entries, want 600", len(got))
	}
	slices.Sort(got)
	if len(slices.Compact(got)) != 600 {
		t.Error("entries are mixed")
	}
}

func TestHistoryIsBounded(t *testing.T) {
	path := historyFile(t)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for i := range 2*historyEntries + 5 {
		fmt.Fprintf(&b, "ct(%d)\n", i)
	}
	if err := os.WriteFile(path, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // cut when it is opened, and then it is short
		got := kept(t, path)
		if len(got) != historyEntries || got[len(got)-1] != fmt.Sprintf("ct(%d)", 2*historyEntries+4) {
			t.Errorf("%d entries, the last %q", len(got), got[len(got)-1])
		}
	}
	if b, _ := os.ReadFile(path); strings.Count(string(b), "\n") != historyEntries {
		t.Errorf("the file has %d lines", strings.Count(string(b), "\n"))
	}
}

func TestHistoryThatIsBroken(t *testing.T) {
	path := historyFile(t)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("wa\n\n\xff\xfe\x00\nwm(ro"), 0o600); err != nil {
		t.Fatal(err)
	}
	h, err := openHistory(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := h.add("ct(1)"); err != nil {
		t.Fatal(err)
	}
	if got := kept(t, path); got[0] != "wa" || got[len(got)-2] != "wm(ro" || got[len(got)-1] != "ct(1)" {
		t.Errorf("kept %q", got)
	}
}

// TestHistoryThatCannotBeWritten is said once and forgotten.
func TestHistoryThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var warned []string
	u := sit(t, 80, 24, func(o *Options) {
		o.History = filepath.Join(file, "history") // a file is no folder
		o.Warn = func(s string) { warned = append(warned, s) }
	})
	for _, text := range []string{"1", "2", "3"} {
		u.press(text + enter)
		u.gets(text)
	}
	u.press(upKey + upKey + enter)
	u.gets("2")
	if len(warned) != 2 || !strings.HasPrefix(warned[0], "history: ") {
		t.Errorf("warnings %q", warned)
	}
}

func TestUpAndDown(t *testing.T) {
	u := sit(t, 60, 24, func(o *Options) { o.Assist = nil })
	for _, text := range []string{"wm(robz)", "mv(robz, 1)", "wa", "mv(robz, 2)", "mv(robz, 2)"} {
		u.press(text + enter)
		u.gets(text)
	}
	u.press("mv")
	u.sees(0, 12, "DEMO [6]: mv")
	u.press(upKey)
	u.sees(0, 21, "DEMO [6]: mv(robz, 2)")
	u.press(upKey)
	u.sees(0, 21, "DEMO [6]: mv(robz, 1)")
	u.press(upKey)
	u.press(downK)
	u.sees(0, 21, "DEMO [6]: mv(robz, 2)")
	u.press(downK + downK)
	u.sees(0, 12, "DEMO [6]: mv")
	u.press(ctrlU + upKey + upKey + upKey)
	u.sees(0, 21, "DEMO [6]: mv(robz, 1)")
	u.press("\x7f0)" + enter)
	u.gets("mv(robz, 10)")
	u.press("\x10\x10\x0e" + enter) // Ctrl-P, Ctrl-N
	u.gets("mv(robz, 10)")
}

func TestRecallOfSeveralLines(t *testing.T) {
	u := sit(t, 60, 24, func(o *Options) { o.Assist = nil })
	u.press("for {" + enter + "ct(1)" + enter + "}" + enter)
	u.gets("for {\nct(1)\n}")
	u.press("wa" + enter)
	u.gets("wa")
	u.press(upKey + upKey)
	u.sees(2, 11, "DEMO [3]: for {", "     ...: ct(1)", "     ...: }")
	u.press(enter)
	u.gets("for {\nct(1)\n}")
	u.press(upKey + ctrlA + upKey) // now Up goes to the line above
	u.sees(1, 10, "DEMO [4]: for {", "     ...: ct(1)", "     ...: }")
	u.press("\x1b[C\x1b[C\x1b[C\x1b[3~2" + enter)
	u.gets("for {\nct(2)\n}")
	u.sees(3, 10, "DEMO [4]: for {", "     ...: ct(2)", "     ...: }", "DEMO [5]:")
}

func TestReverseSearch(t *testing.T) {
	u := sit(t, 60, 24, func(o *Options) { o.Assist = nil })
	for _, text := range []string{"mv(robz, 1)", "ct(\n1)", "wa", "mv(robx, 2)", "wm(robz)"} {
		u.press(strings.ReplaceAll(text, "\n", "\r") + enter)
		u.gets(text)
	}
	u.press("half" + ctrlR)
	u.sees(0, 15, "search '': half")
	u.press("mv")
	u.sees(0, 13, "search 'mv': mv(robx, 2)")
	u.press(ctrlR)
	u.sees(0, 13, "search 'mv': mv(robz, 1)")
	u.press(ctrlR)
	u.sees(0, 22, "no 'mv' further back: mv(robz, 1)")
	u.press("x")
	u.sees(0, 23, "no 'mvx' further back: mv(robz, 1)")
	u.press("\x7f\x7f\x7fct")
	u.sees(0, 13, "search 'ct': ct(", "     ...: 1)")
	u.press(ctrlG)
	u.sees(0, 14, "DEMO [6]: half")
	u.press(ctrlR + "robx" + ctrlC)
	u.sees(0, 14, "DEMO [6]: half")
	u.press(ctrlR + "robx" + alt)
	u.sees(0, 13, "DEMO [6]: mv(robx, 2)")
	u.press(ctrlU + ctrlK + ctrlR + "wa" + leftK)
	u.sees(0, 10, "DEMO [6]: wa")
	u.press(ctrlK + ctrlR + "ct(" + enter)
	u.gets("ct(\n1)")
	u.press(ctrlR + "nowhere" + enter) // nothing was found, nothing runs
	u.sees(0, 10, "DEMO [7]:")
}

// TestHistorySurvivesAKill: an input is kept before it runs.
func TestHistorySurvivesAKill(t *testing.T) {
	path := historyFile(t)
	cmd, tty, screen := run(t, path)
	waitFor(t, screen, "DEMO [1]:")
	tty.WriteString("for {\rct(1)\r}\rsleep\r")
	waitFor(t, screen, "sleeping")
	cmd.Process.Kill()
	cmd.Wait()
	if got := kept(t, path); !slices.Equal(got, []string{"for {\nct(1)\n}", "sleep"}) {
		t.Errorf("kept %q", got)
	}
	_, tty, screen = run(t, path)
	waitFor(t, screen, "DEMO [1]:")
	tty.WriteString(upKey + upKey)
	waitFor(t, screen, "     ...: ct(1)")
}

// waitFor waits until a text is on the screen.
func waitFor(t *testing.T, s *testterm.Screen, text string) {
	t.Helper()
	for end := time.Now().Add(patience); !strings.Contains(s.Text(), text); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("no %q in\n%s", text, s.Text())
		}
	}
}
