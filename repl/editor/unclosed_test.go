package editor

import (
	"strings"
	"testing"

	"blissh/repl"
)

// TestUnclosedTexts: what is taken as incomplete without being asked for is.
func TestUnclosedTexts(t *testing.T) {
	long := "// " + strings.Repeat("x", longText) + "\n"
	sure := 0
	for _, begin := range []string{"x = []int{", "f(1,", "x = 1 +", "/* comment", "x = `raw", "func f() {\n\tif true {", "f(`)`, g("} {
		for _, lines := range []string{"1, 2,", "g(x)", "}", ")", "(\n)", "`", "*/", `")"`, `"(" )`, "// don't (", "// (\n)", "a[", "]", "/* ( */ )", "x }{ y", "("} {
			var o unclosed
			text := long + begin
			if !repl.Incomplete(text) {
				t.Fatalf("%q is complete", begin)
			}
			o.note(repl.Incomplete, text)
			text += "\n" + lines
			if !o.still(text) {
				continue
			}
			sure++
			if !repl.Incomplete(text) {
				t.Errorf("%q is taken as incomplete", text[len(long):])
			}
		}
	}
	if sure < 20 {
		t.Errorf("only %d cases are known without asking", sure)
	}
}
