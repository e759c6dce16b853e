package editor

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"blissh/repl"
)

const (
	enter = "\r"
	alt   = "\x1b"
	upKey = "\x1b[A"
	downK = "\x1b[B"
	leftK = "\x1b[D"
	tab   = "\t"
	ctrlA = "\x01"
	ctrlC = "\x03"
	ctrlD = "\x04"
	ctrlE = "\x05"
	ctrlG = "\x07"
	ctrlK = "\x0b"
	ctrlL = "\x0c"
	ctrlR = "\x12"
	ctrlU = "\x15"
	ctrlW = "\x17"
	ctrlY = "\x19"
)

// TestKeys presses keys and looks at the input that comes of them.
func TestKeys(t *testing.T) {
	u := sit(t, 80, 24, nil)
	for _, c := range []struct{ name, keys, want string }{
		{"letters", "1+1", "1+1"},
		{"letters of all kinds", "µ é 测量 🔬", "µ é 测量 🔬"},
		{"in front", "bc" + ctrlA + "a" + ctrlE + "d", "abcd"},
		{"home and end", "bc\x1b[Ha\x1b[Fd", "abcd"},
		{"home and end of other terminals", "bc\x1bOHa\x1bOFd\x1b[1~0\x1b[4~e", "0abcde"},
		{"backspace", "1+2\x7f3", "1+3"},
		{"delete", "1+23" + leftK + leftK + "\x1b[3~", "1+3"},
		{"Ctrl-D in a text deletes", "abc" + ctrlA + ctrlD, "bc"},
		{"kill and bring back", "robz robx" + ctrlA + ctrlK + "mv " + ctrlY, "mv robz robx"},
		{"kill to the left", "nonsense" + ctrlU + "1", "1"},
		{"kill a word", "mv robz.position" + ctrlW + "robx", "mv robx"},
		{"Alt-b, Alt-d", "mv(robz, 3)" + alt + "b" + alt + "b" + alt + "drobx", "mv(robx, 3)"},
		{"Alt-f", "mv(robz)" + ctrlA + alt + "f" + "r", "mvr(robz)"},
		{"Ctrl-Left, Ctrl-Right", "mv(robz)\x1b[1;5D\x1b[1;5D" + "u\x1b[1;5Cr", "umvr(robz)"},
		{"unknown escape sequences", "1\x1b[1;7P\x1b[200;3;4X\x1bOz\x1b]2;title\x07\x1b[?1;2c\x1b[M !!\x1b[15~2", "12"},
		{"unknown control characters", "1\x1c\x1d\x1e\x1f\x00\x112", "12"},
		{"not UTF-8", "1\xff\xe92", "12"},
		{"Alt-Enter is a new line", "1" + alt + enter + "2", "1\n2"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u.t = t
			u.press(c.keys + enter)
			u.gets(c.want)
		})
	}
}

func TestWhatIsShownWhileTyping(t *testing.T) {
	u := sit(t, 40, 10, func(o *Options) { o.Assist = nil })
	u.sees(0, 10, "DEMO [1]:")
	u.press("测量µé")
	u.sees(0, 16, "DEMO [1]: 测量µé")
	u.press(leftK + leftK + leftK)
	u.sees(0, 12, "DEMO [1]: 测量µé")
	u.press(ctrlU + ctrlK + strings.Repeat("x", 29))
	u.sees(0, 39, "DEMO [1]: "+strings.Repeat("x", 29))
	u.press("y")
	u.sees(1, 0, "DEMO [1]: "+strings.Repeat("x", 29)+"y", "")
	u.press("z")
	u.sees(1, 1, "DEMO [1]: "+strings.Repeat("x", 29)+"y", "z")
	u.press(ctrlA + "a")
	u.sees(0, 11, "DEMO [1]: a"+strings.Repeat("x", 29), "yz")
	u.press(ctrlE + "\x7f\x7f\x7f")
	u.sees(0, 39, "DEMO [1]: a"+strings.Repeat("x", 28))
	u.press(enter)
	u.gets("a" + strings.Repeat("x", 28))
	u.sees(1, 10, "DEMO [1]: a"+strings.Repeat("x", 28), "DEMO [2]:")
}

// TestARowThatIsFull: the next prompt follows without an empty line.
func TestARowThatIsFull(t *testing.T) {
	u := sit(t, 20, 10, func(o *Options) { o.Assist = nil })
	u.press("0123456789" + enter)
	u.gets("0123456789")
	u.sees(1, 10, "DEMO [1]: 0123456789", "DEMO [2]:")
	u.press("01234567测" + ctrlA)
	u.sees(1, 10, "DEMO [1]: 0123456789", "DEMO [2]: 01234567测")
}

func TestSeveralLines(t *testing.T) {
	u := sit(t, 40, 10, func(o *Options) { o.Assist = nil })
	u.press("for {" + enter + "ct(1)" + enter)
	u.sees(2, 10, "DEMO [1]: for {", "     ...: ct(1)", "     ...:")
	u.press("}" + enter)
	u.gets("for {\nct(1)\n}")
	u.press("ct(" + enter + enter)
	u.gets("ct(\n")
	u.sees(2, 10, "DEMO [2]: ct(", "     ...:", "DEMO [3]:")
}

func TestCtrlCDropsAllLines(t *testing.T) {
	u := sit(t, 40, 10, nil)
	u.press("for {" + enter)
	u.sees(1, 10, "DEMO [1]: for {", "     ...:")
	u.press(ctrlC)
	u.fails(repl.ErrCleared)
	u.sees(2, 10, "DEMO [1]: for {", "     ...: ^C", "DEMO [1]:")
	u.press("1" + enter)
	u.gets("1")
}

func TestCtrlDLeaves(t *testing.T) {
	u := sit(t, 40, 10, nil)
	u.press(ctrlD)
	u.fails(io.EOF)
}

func TestCtrlLClears(t *testing.T) {
	u := sit(t, 40, 10, func(o *Options) { o.Assist = nil })
	u.press("1" + enter + "23" + leftK)
	u.gets("1")
	u.sees(1, 11, "DEMO [1]: 1", "DEMO [2]: 23")
	u.press(ctrlL)
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		row, column := u.screen.Cursor()
		if l := u.screen.Lines(); l[0] == "DEMO [2]: 23" && l[1] == "" && row == 0 && column == 11 {
			break
		}
		if time.Now().After(end) {
			t.Fatal(u.show())
		}
	}
}

// function is one that users paste: blank lines, tabs, 60 lines.
func function() string {
	lines := []string{"func f(n int) float64 {", ""}
	for i := range 55 {
		line := fmt.Sprintf("\tx%d := float64(n) * %d // µm", i, i)
		if i%9 == 0 {
			line += "\n"
		}
		lines = append(lines, strings.Split(line, "\n")...)
	}
	for len(lines) < 58 {
		lines = append(lines, "")
	}
	return strings.Join(append(lines[:58], "\treturn x0", "}"), "\n")
}

func TestPaste(t *testing.T) {
	text := function()
	keys := strings.ReplaceAll(text, "\n", "\r")
	for _, c := range []struct{ name, keys string }{
		{"plain", keys + "\r"},
		{"plain with both line ends", strings.ReplaceAll(text, "\n", "\r\n") + "\r\n"},
		{"plain with newlines", text + "\n"},
		{"in brackets", pasteBegins + keys + pasteEnds + "\r"},
		{"in brackets, with the last line end", pasteBegins + keys + "\r" + pasteEnds + "\r"},
	} {
		t.Run(c.name, func(t *testing.T) {
			u := sit(t, 80, 24, nil)
			u.press(c.keys)
			u.gets(text)
			u.sees(2, 10, "     ...:     return x0", "     ...: }", "DEMO [2]:")
			for i, line := range strings.Split(text, "\n") {
				want := "     ...: " + strings.ReplaceAll(line, "\t", "    ")
				if i == 0 {
					want = "DEMO [1]: " + line
				}
				all := strings.Split(u.screen.Text(), "\n")
				if i >= len(all) || strings.TrimRight(all[i], " ") != strings.TrimRight(want, " ") {
					t.Fatalf("line %d is not %q in\n%s", i, want, u.screen.Text())
				}
			}
		})
	}
}

// TestPasteOfSeveralInputs: without brackets each is an input of its own.
func TestPasteOfSeveralInputs(t *testing.T) {
	u := sit(t, 80, 24, nil)
	u.press("a = 1\rfor {\r\r}\rb = 2\r")
	u.gets("a = 1")
	u.gets("for {\n\n}")
	u.gets("b = 2")
	u.press(pasteBegins + "a = 1\rb = 2\r" + pasteEnds)
	u.sees(1, 15, "DEMO [4]: a = 1", "     ...: b = 2")
	u.press(enter)
	u.gets("a = 1\nb = 2")
}

// TestLargePaste: 100 kB take seconds, not minutes; without brackets about 7 s,
// four times as long under the race detector.
func TestLargePaste(t *testing.T) {
	var b strings.Builder
	b.WriteString("x = []int{\n")
	for i := 0; b.Len() < 100_000; i++ {
		fmt.Fprintf(&b, "\t%d, %d, f(%d), // row %d\n", i, i+1, i+2, i)
	}
	b.WriteString("}")
	text := b.String()
	for _, keys := range []string{text + "\r", pasteBegins + text + pasteEnds + "\r"} {
		u := sit(t, 80, 24, nil)
		begin := time.Now()
		u.press(keys)
		select {
		case got := <-u.inputs:
			if got.text != text {
				t.Errorf("got %d bytes, want %d", len(got.text), len(text))
			}
			t.Logf("100 kB took %v", time.Since(begin))
		case <-time.After(2 * time.Minute):
			t.Fatal("100 kB take minutes")
		}
	}
}

// TestTallText: what is typed is seen, also where the window is lower than the
// text.
func TestTallText(t *testing.T) {
	u := sit(t, 40, 5, func(o *Options) { o.Assist = nil })
	u.press("f(" + enter)
	for i := range 8 {
		u.press(fmt.Sprintf("%d,%s", i, enter))
	}
	u.sees(4, 10, "     ...: 4,", "     ...: 5,", "     ...: 6,", "     ...: 7,", "     ...:")
	u.press(strings.Repeat(leftK, 17))
	u.sees(0, 11, "     ...: 2,", "     ...: 3,", "     ...: 4,", "     ...: 5,", "     ...: 6,")
	u.press("x" + enter)
	u.press("\x1b[1;5H") // no key
	u.press(strings.Repeat("\x1b[C", 30) + ")" + enter)
	u.gets("f(\n0,\n1,\n2x\n,\n3,\n4,\n5,\n6,\n7,\n)")
}
