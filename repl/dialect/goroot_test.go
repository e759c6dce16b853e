package dialect

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"blissh/internal/soak"
)

// goroot is the folder of the Go distribution.
func goroot(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// plainGo is a session in which every name is an ordinary variable.
type plainGo struct{}

func (plainGo) Known(string) bool        { return true }
func (plainGo) Protected(string) bool    { return false }
func (plainGo) Command(string) bool      { return false }
func (plainGo) Type(string) reflect.Type { return nil }
func (plainGo) Construct(string) string  { return "" }

// allCommands is a session in which every name is a command.
type allCommands struct{ plainGo }

func (allCommands) Command(string) bool { return true }

// TestLegalGoIsLeftAlone holds the main promise: no statement or declaration
// of the standard library (of one file in 23 in the short form) is changed, taken as incomplete, or cut into two.
func TestLegalGoIsLeftAlone(t *testing.T) {
	n, step := 0, 23
	if soak.Full() {
		step = 1
	}
	files := 0
	err := filepath.WalkDir(filepath.Join(goroot(t), "src"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.Contains(path, "testdata") {
			return nil
		}
		if files++; files%step == 0 {
			n += checkFile(t, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n < 10000 && !t.Failed() {
		t.Errorf("only %d statements: is the standard library there?", n)
	}
	t.Logf("%d statements and declarations", n)
}

func checkFile(t *testing.T, path string) (n int) {
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, src, parser.SkipObjectResolution)
	if err != nil {
		return 0
	}
	check := func(node ast.Node) {
		switch node.(type) {
		case *ast.CaseClause, *ast.CommClause, *ast.EmptyStmt:
			return
		}
		n++
		text := string(src[fset.Position(node.Pos()).Offset:fset.Position(node.End()).Offset])
		checkText(t, fset.Position(node.Pos()).String(), text)
	}
	for _, d := range f.Decls {
		check(d)
	}
	ast.Inspect(f, func(node ast.Node) bool {
		if b, ok := node.(*ast.BlockStmt); ok {
			for _, s := range b.List {
				check(s)
			}
		}
		return true
	})
	return n
}

func checkText(t *testing.T, place, text string) {
	if strings.HasSuffix(text, ":") {
		return // a label at the end of a block
	}
	if got := Clean(text); got != text {
		t.Errorf("%s: Clean changed\n%s\nto\n%s", place, text, got)
	}
	if got, _, err := Rewrite(text, plainGo{}); err != nil || got != text {
		t.Errorf("%s: rewritten\n%s\nto\n%s\n(%v)", place, text, got, err)
	}
	if got, _, err := Rewrite(text, allCommands{}); err != nil || got != text {
		t.Errorf("%s: rewritten as a command\n%s\nto\n%s\n(%v)", place, text, got, err)
	}
	if Incomplete(text) {
		t.Errorf("%s: taken as incomplete:\n%s", place, text)
	}
	if s := Split(text); len(s) != 1 {
		t.Errorf("%s: split into %d:\n%s", place, len(s), text)
	}
}

func TestIncomplete(t *testing.T) {
	for src, want := range map[string]bool{
		``: false, `x`: false, `x +`: true, `x + 1`: false, `f(`: true, `f(a,`: true, `f(a)`: false,
		`x =`: true, `x :=`: true, `x.`: true, `x++`: false, `for {`: true, "for {\n}": false, `if x {`: true,
		`func f() {`: true, `func f()`: false, "`raw": true, "`raw`": false, `/* comment`: true, `/* comment */`: false,
		`// comment`: false, `# comment`: false, `x = 1 # (`: false, `"open`: false, `'open`: false, `)`: false, `f)`: false,
		`return`: false, `break`: false, `var`: true, `type T struct`: true, `x,`: true, `a &&`: true, `!`: true,
		`m = map[string]int{`: true, `[]int{1,`: true, `s = ascan(robz,`: true, `import`: true, `import "fmt"`: false,
		`x = 'it (is'`: false, `f(')')`: false, `go`: true, `<-`: true, `x; `: false, `f(a...`: true,
	} {
		if got := Incomplete(src); got != want {
			t.Errorf("%q: %v", src, got)
		}
	}
}

func TestSplit(t *testing.T) {
	for src, want := range map[string][]string{
		"a\nb":                                   {"a", "b"},
		"a; b;\n\nc":                             {"a", "b", "c"},
		"for i := 0; i < 3; i++ { f() }\ng()":    {"for i := 0; i < 3; i++ { f() }", "g()"},
		"for i := 0; i < 3; i++ { f(a=i) }; g()": {"for i := 0; i < 3; i++ { f(a=i) }", "g()"},
		"if x := f(); x { a }; b":                {"if x := f(); x { a }", "b"},
		"if f := func() int { return 1 }; f() > 0 { a }; b": {"if f := func() int { return 1 }; f() > 0 { a }", "b"},
		"L: for { break L }\nx":                             {"L: for { break L }", "x"},
		"L:\nfor i := 0; i < 2; i++ { }":                    {"L:\nfor i := 0; i < 2; i++ { }"},
		"f(a,\n b)\ng":                                      {"f(a,\n b)", "g"},
		"func f() { a; b }; f()":                            {"func f() { a; b }", "f()"},
		"x = 'a; b'; y":                                     {"x = 'a; b'", "y"},
		"switch { case a: b; c }; d":                        {"switch { case a: b; c }", "d"},
		" // only a comment":                                nil,
	} {
		var got []string
		for _, s := range Split(src) {
			got = append(got, s.Text)
			if src[s.Pos:s.Pos+len(s.Text)] != s.Text {
				t.Errorf("%q: %q is not at %d", src, s.Text, s.Pos)
			}
		}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %q, want %q", src, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	for src, want := range map[string]string{
		"x # 'open (":         "x //'open (",
		"#\nx":                " \nx",
		`f("#", '#') # a # b`: `f("#", '#') //a # b`,
		"# one\n# two":        "//one\n//two",
		"x":                   "x",
	} {
		if got := Clean(src); got != want {
			t.Errorf("%q: %q, want %q", src, got, want)
		}
	}
}

func FuzzRewrite(f *testing.F) {
	for _, src := range []string{`s = ascan(robz,-5,5,save=False)`, `robz.velocity = 5`, "f(a,\n b=1\n)", `mv robz -3`, `Mine()`, `x = 'text' # c`, `wa`, `f(a=`, `robz.`, `)(`, `ct .1`, `robz.velocity +=`} {
		f.Add(src)
	}
	f.Fuzz(func(t *testing.T, src string) {
		src = Clean(src)
		Incomplete(src)
		last := 0
		for _, s := range Split(src) {
			if s.Pos < last || s.Pos+len(s.Text) > len(src) {
				t.Fatalf("statement at %d of %q", s.Pos, src)
			}
			last = s.Pos + len(s.Text)
			out, origin, err := Rewrite(s.Text, fakeEnv{})
			if e, ok := err.(*Error); ok && (e.Offset < 0 || e.Offset > len(s.Text)) {
				t.Fatalf("error at %d of %q", e.Offset, s.Text)
			}
			before := 0
			for i := range len(out) + 1 {
				at := origin.Source(i)
				if at < 0 || at > len(s.Text) || at < before && out != s.Text {
					t.Fatalf("%q -> %q: offset %d comes from %d after %d", s.Text, out, i, at, before)
				}
				before = at
			}
		}
	})
}

func FuzzIncomplete(f *testing.F) {
	f.Add("f(a,\n")
	f.Add("`raw")
	f.Fuzz(func(t *testing.T, src string) {
		if Incomplete(src) && !Incomplete(src+"\n\n") {
			if !strings.ContainsAny(src, "\"'#/") {
				t.Fatalf("%q is complete with two more lines", src)
			}
		}
	})
}
