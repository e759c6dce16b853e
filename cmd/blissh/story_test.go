package main

import (
	"path/filepath"
	"testing"
)

// TestLastErrorTellsTheWholeStory: when and of what, each error with its causes
// and its place, of the setup script too.
func TestLastErrorTellsTheWholeStory(t *testing.T) {
	t.Parallel()
	p := newPlace(t)
	config := filepath.Join(p.dir, "story.yml")
	write(t, filepath.Join(p.dir, "setup.go"), "func begin() {\n\tmv(nosuch, 3)\n}\nbegin()\n")
	write(t, filepath.Join(p.dir, "two.go"), "package main\n\nfunc main() {\n\tx :=\n}\n\nfunc f() {\n\ty = 3 3\n}\n")
	write(t, filepath.Join(p.dir, "deep.go"), "func inner() { mv(robz, -9000) }\nfunc outer() {\n\tinner()\n}\nouter()\n")
	write(t, config, "session: demo_session\nsetup: setup.go\naxes:\n  - name: robz\n    driver: sim\n    address: sim://robz\n    unit: mm\n    steps_per_unit: 1000\n    velocity: 100\n    acceleration: 300\n    low: -1000\n    high: 1000\n")
	x := p.openSize(300, 40, "--config", config, "--store", "memory")
	x.prompt(0)
	x.want(x.enter("last_error()"), `^20\d\d-\d\d-\d\d \d\d:\d\d:\d\d  setup script \S*setup\.go\n\S*setup\.go:2:5: undefined: nosuch\n`)
	for _, c := range []struct{ line, story string }{
		{`cleanup(func() { mv(robz, -5000) }); panic("the input")`,
			`  cleanup\(func.*\nthe input\n  at line 1, column 38.*\nthen clean-up: mv: robz: -5000 mm is beyond the low limit -1000 mm\n  at line 1, column 18: in func\n`},
		{`load("` + p.dir + `/two.go")`, `two\.go"\)\n\S*two\.go:5:1: a value is missing before '}'\n\S*two\.go:9:3: `},
		{`load("` + p.dir + `/deep.go")`, `deep\.go:1:16: mv: robz: -9000 .*\n  at \S*deep\.go:1:16: in inner\n  at \S*deep\.go:.*: in outer\n  at \S*deep\.go:5:1\n  at line 1, column 1 of what was typed\n`},
	} {
		x.enter(c.line)
		x.want(x.enter("last_error()"), c.story)
	}
}
