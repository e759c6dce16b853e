package editor

import (
	"strings"
	"testing"
	"time"

	"blissh/repl"
)

const hint = " ascan(«axis», start, stop, intervals, count_time, counters...)"

func TestPopup(t *testing.T) {
	u := sit(t, 80, 24, nil)
	u.press("ascan(ro")
	u.sees(0, 18, "DEMO [1]: ascan(ro", hint,
		"                robx  axis, mm, at 0.0000",
		"                roby  axis, mm, at 12.5000",
		"                robz  axis, mm, at -5.0000")
	u.press(tab + tab)
	u.sees(0, 20, "DEMO [1]: ascan(roby", hint,
		"                robx  axis, mm, at 0.0000",
		"                roby  axis, mm, at 12.5000",
		"                robz  axis, mm, at -5.0000")
	u.press("\x1b[Z")
	u.sees(0, 20, "DEMO [1]: ascan(robx", hint, "                robx  axis, mm, at 0.0000", "*", "*")
	u.press(", -5)" + enter)
	u.gets("ascan(robx, -5)")
}

func TestTabChoosesTheOnlyOne(t *testing.T) {
	u := sit(t, 80, 24, nil)
	u.press("a2" + tab + "(" + ")" + enter)
	u.gets("a2scan()")
	u.press("sim_ct" + tab + tab + enter) // what is shown is what runs
	u.gets("sim_ct_gauss_noise")
	u.press("rob" + tab + tab + tab + tab + enter) // behind the last one is what was typed
	u.gets("rob")
	u.press("rob\x1b[Z" + enter)
	u.gets("robz")
	u.press("rob" + tab + downK + upKey + downK + enter)
	u.gets("roby")
	u.press("rob" + tab + alt)
	u.sees(0, 13, "DEMO [6]: rob")
	u.press(enter)
	u.gets("rob")
	u.press("nothing" + tab + enter)
	u.gets("nothing")
	u.press("f({" + enter + tab + "x}" + ")" + enter)
	u.gets("f({\n\tx})")
}

// TestPopupFits in windows of all sizes: rows are cut, never broken.
func TestPopupFits(t *testing.T) {
	for _, c := range []struct {
		columns, rows int
		row, column   int
		want          []string
	}{
		{40, 8, 0, 18, []string{"DEMO [1]: ascan(ro", " ascan(«axis», start, stop, intervals,…",
			"             robx  axis, mm, at 0.0000", "             roby  axis, mm, at 12.5000", "             robz  axis, mm, at -5.0000"}},
		{20, 8, 0, 18, []string{"DEMO [1]: ascan(ro", " ascan(«axis», sta…", " robx  axis, mm, a…", " roby  axis, mm, a…", " robz  axis, mm, a…"}},
		{200, 8, 0, 18, []string{"DEMO [1]: ascan(ro", hint,
			"                robx  axis, mm, at 0.0000", "                roby  axis, mm, at 12.5000", "                robz  axis, mm, at -5.0000"}},
		{80, 4, 0, 18, []string{"DEMO [1]: ascan(ro", hint, "                robx  axis, mm, at 0.0000", "                … 2 more"}},
		{80, 2, 0, 18, []string{"DEMO [1]: ascan(ro", hint}},
		{80, 1, 0, 18, []string{"DEMO [1]: ascan(ro"}},
		{12, 5, 1, 6, []string{"DEMO [1]: as", "can(ro", "…an(«axis»…", " robx  axi…", " … 2 more"}},
	} {
		u := sit(t, c.columns, c.rows, nil)
		u.press("ascan(ro")
		u.sees(c.row, c.column, c.want...)
	}
}

// TestHintInANarrowWindow: the argument that is due stays in sight.
func TestHintInANarrowWindow(t *testing.T) {
	for _, c := range []struct {
		hint string
		n    int
		want string
	}{
		{" mv(«axis», position)", 40, " mv(«axis», position)"},
		{" mv(«axis», position)", 12, " mv(«axis»,…"},
		{" mv(axis, «position», ...)", 13, "… «position»…"},
		{" mv(axis, «position»)", 12, "…«position»)"},
		{" mv(axis, «position»)", 8, "…ition»)"},
		{" no mark at all", 8, " no mar…"},
		{" mv(«axis»)", 1, "…"},
	} {
		if got := hintRow(c.hint, c.n); got != c.want {
			t.Errorf("%q in %d columns is %q, want %q", c.hint, c.n, got, c.want)
		}
	}
}

func TestLongListScrolls(t *testing.T) {
	u := sit(t, 80, 24, nil)
	u.press("sim_")
	u.sees(0, 14, "DEMO [1]: sim_",
		"          sim_ct_gauss        counter, counts", "          sim_ct_gauss_noise  counter, counts",
		"          sim_diode1          counter", "          sim_diode2          counter",
		"          sim_diode3          counter", "          sim_diode4          counter", "          … 2 more")
	u.press(strings.Repeat(tab, 8))
	u.sees(0, 20, "DEMO [1]: sim_diode6",
		"          sim_diode1  counter", "          sim_diode2  counter", "          sim_diode3  counter",
		"          sim_diode4  counter", "          sim_diode5  counter", "          sim_diode6  counter")
}

func TestPopupWithWideCharacters(t *testing.T) {
	u := sit(t, 80, 24, nil)
	u.press("测")
	u.sees(0, 12, "DEMO [1]: 测", "          测量  计数器 wide characters")
	u.press(tab + enter)
	u.gets("测量")
}

// TestNothingIsLeftBehind of the popup when a line has been entered.
func TestNothingIsLeftBehind(t *testing.T) {
	u := sit(t, 80, 5, nil)
	u.press("ascan(ro")
	u.sees(0, 18, "DEMO [1]: ascan(ro", hint, "*", "*", "*")
	u.press("bz)" + enter)
	u.gets("ascan(robz)")
	u.sees(1, 10, "DEMO [1]: ascan(robz)", "DEMO [2]:")
}

// failing is an assistant that is broken.
type failing struct{}

func (failing) Complete(string, int) (int, []repl.Completion) { panic("broken") }
func (failing) Hint(string, int) string                       { return "" }

// wrong is one that names impossible places.
type wrong struct{}

func (wrong) Complete(text string, cursor int) (int, []repl.Completion) {
	return cursor + 5, []repl.Completion{{Text: "x\ny\x1b[31m", Description: "two\nlines"}}
}
func (wrong) Hint(string, int) string { return "a\nhint\x1b[31m" }

func TestAnAssistantThatIsBroken(t *testing.T) {
	for _, a := range []repl.Assist{failing{}, wrong{}} {
		u := sit(t, 80, 24, func(o *Options) { o.Assist = func() repl.Assist { return a } })
		u.press("1+1" + tab + enter)
		u.gets("1+1")
	}
}

// TestColours: without them what is chosen is marked nevertheless.
func TestColours(t *testing.T) {
	for _, colour := range []bool{true, false} {
		u := sit(t, 80, 24, func(o *Options) { o.Colour = colour })
		u.press("rob" + tab)
		u.sees(0, 14, "DEMO [1]: robx", "*", "*", "*")
		raw := u.screen.Raw()
		if strings.Contains(raw, "\x1b[36m") != colour {
			t.Errorf("colour %v: %q", colour, raw)
		}
		if !strings.Contains(raw, "\x1b[7m robx") {
			t.Errorf("what is chosen is not marked: %q", raw)
		}
	}
}

// TestHelpIsQuick: what an assistant needs is all that a key costs.
func TestHelpIsQuick(t *testing.T) {
	u := sit(t, 80, 24, nil)
	begin := time.Now()
	for range 50 {
		u.press("rob" + ctrlU)
	}
	u.press("1" + enter)
	u.gets("1")
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("200 keys took %v", took)
	}
}
