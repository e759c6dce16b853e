package dialect

import (
	"fmt"
	"strings"
	"testing"
)

// at gives the place of the cursor, which is | in the text, in short.
func at(text string) string {
	before, after, _ := strings.Cut(text, "|")
	p := At(before+after, len(before), fakeEnv{}.Command)
	s := []string{map[Surrounding]string{Elsewhere: "none", Code: "code", Text: "text", Import: "import"}[p.In]}
	if p.In != Elsewhere {
		s = append(s, fmt.Sprintf("%q@%d", p.Word, p.From))
	}
	if p.Start {
		s = append(s, "start")
	}
	if p.Member {
		s = append(s, "of "+p.Object)
	}
	for _, c := range p.Calls {
		arg := fmt.Sprint(c.Index)
		if c.Keyword != "" {
			arg = c.Keyword
		}
		if c.Fresh {
			arg += "!"
		}
		if len(c.Given) > 0 {
			arg += " given " + strings.Join(c.Given, " ")
		}
		s = append(s, c.Func+"#"+arg)
	}
	if len(p.Locals) > 0 {
		s = append(s, "locals "+strings.Join(p.Locals, " "))
	}
	return strings.Join(s, ", ")
}

func TestAt(t *testing.T) {
	for _, c := range [][2]string{
		{`|`, `code, ""@0, start`},
		{`as|can`, `code, "as"@0, start`},
		{`x = 3; wa|`, `code, "wa"@7, start`},
		{"x = 3\nwa|", `code, "wa"@6, start`},
		{"x = 3\n|", `code, ""@6, start`},
		{`x = ro|`, `code, "ro"@4`},
		{`ascan(|`, `code, ""@6, ascan#0!`},
		{`ascan(robz, -5|`, `none, ascan#1`},
		{`ascan(robz, -n|`, `code, "n"@13, ascan#1`},
		{`ascan(robz, (3 + n|`, `code, "n"@17, ascan#1`},
		{`ascan(robz, -5, 5, sa|`, `code, "sa"@19, ascan#3!`},
		{`ascan(robz, save=F|`, `code, "F"@17, ascan#save! given save`},
		{`ascan(robz, save=False, ru|`, `code, "ru"@24, ascan#1! given save`},
		{`mv(robz, f(1, |`, `code, ""@14, f#1!, mv#1`},
		{`mv(robz, robz.pos|`, `code, "pos"@14, of robz, mv#1`},
		{`s.get_data()["a"].|`, `code, ""@18, of s.get_data()["a"]`},
		{`(s).|`, `code, ""@4, of (s)`},
		{`f(x)(y|`, `code, "y"@5, f(x)#0!`},
		{`[]int{1}.|`, `code, ""@9, of `},
		{`x..|`, `code, ""@3, of `},
		{`"a|`, `text, "a"@1, start`},
		{`'a b|`, `text, "a b"@1, start`},
		{"`a\nb|", "text, \"a\\nb\"@1, start"},
		{`load("scripts/al|ign.go")`, `text, "scripts/al"@6, load#0!`},
		{`load("a")|`, `none`},
		{`load("a") |`, `code, ""@10`},
		{`x // com|`, `none`},
		{`x # com|`, `none`},
		{`/* com|`, `none`},
		{"x # com\nw|", `code, "w"@8, start`},
		{`3.|`, `none`},
		{`func f|`, `none`},
		{`func f(a, b int) { return a + |`, `code, ""@30, locals a b`},
		{"func f() {\n  wa|", `code, "wa"@13, start`},
		{`cleanup(func() { mv(|`, `code, ""@20, mv#0!`},
		{`cleanup(func() { |`, `code, ""@17, start`},
		{`robz.set_limits([]float64{-1, |`, `code, ""@30, robz.set_limits#0`},
		{`for i := 0; i < 3; |`, `code, ""@19, start, locals i`},
		{`for i := 0; i < 3; i++ { wa|`, `code, "wa"@25, start, locals i`},
		{`wm |`, `code, ""@3, wm#0!`},
		{`wm ro|`, `code, "ro"@3, wm#0!`},
		{`wm robz s|`, `code, "s"@8, wm#1!`},
		{`wm robz, s|`, `code, "s"@9, wm#1!`},
		{`mv robz -|`, `code, ""@9, mv#1`},
		{`mv robz -3 |`, `code, ""@11, mv#2!`},
		{`mv robz 3 - n|`, `code, "n"@12, mv#1`},
		{`mv robz (3 + n|`, `code, "n"@13, mv#1`},
		{`mv robz (3 + 1) s|`, `code, "s"@16, mv#2!`},
		{`mv robz f(1, |`, `code, ""@13, f#1!, mv#1`},
		{`mv robz robz.pos|`, `code, "pos"@13, of robz, mv#1`},
		{`mv robz 1 wait=F|`, `code, "F"@15, mv#wait! given wait`},
		{`x = wm ro|`, `code, "ro"@7, wm#0!`},
		{`x, y := mv robz -|`, `code, ""@17, mv#1`},
		{`x = wm|`, `code, "wm"@4`},
		{`mv = |`, `code, ""@5`},
		{`import "blissh/|`, `import, "blissh/"@8`},
		{`é|`, `code, "é"@0, start`},
	} {
		if got := at(c[0]); got != c[1] {
			t.Errorf("%s\n got %s\nwant %s", c[0], got, c[1])
		}
	}
}

func FuzzAt(f *testing.F) {
	for _, src := range []string{`ascan(robz, save=F`, "x # c\nwm ro", `mv robz (3`, `s.get_data()["a"].`, `func f(a int) {`, `'`, "`", `)].(`} {
		f.Add(src, len(src))
		f.Add(src, len(src)/2)
	}
	f.Fuzz(func(t *testing.T, src string, cursor int) {
		p := At(src, cursor, fakeEnv{}.Command)
		end := min(max(cursor, 0), len(src))
		if p.From < 0 || p.From > end {
			t.Fatalf("%q, %d: the word begins at %d", src, cursor, p.From)
		}
		if p.In == Code && !strings.HasPrefix(src[p.From:], p.Word) {
			t.Fatalf("%q, %d: %q is not at %d", src, cursor, p.Word, p.From)
		}
	})
}
