// Package manual writes docs/commands.md from the table of commands.
package manual

import (
	"fmt"
	"path"
	"strings"

	"blissh/commands"
	"blissh/commands/internal/members"
	"blissh/internal/spell"
)

// File is the page, as seen from the folder of the repository.
const File = "docs/commands.md"

const head = `# Commands

<!-- Written by 'go generate ./commands' from the table of commands and the comments in package commands. Do not edit. -->

What is typed at the prompt, in a script and in a batch file. Brackets and commas may be left out at the prompt: ` + "`mv robz 3`" + ` is
` + "`mv(robz, 3)`" + `, see [prompt.md](prompt.md). ` + "`help(mv)`, `help mv` and `mv?`" + ` print what is said here. In the usage lines ` + "`...`" + `
repeats what is before it.

`

// Text is the page.
func Text(types []members.Type) string {
	var b strings.Builder
	b.WriteString(head)
	used := map[string]bool{}
	for _, group := range commands.Groups() {
		fmt.Fprintf(&b, "## %s\n\n", strings.ToUpper(group[:1])+group[1:])
		for _, c := range commands.Table() {
			if c.Group == group {
				writeCommand(&b, c)
				for _, o := range c.Options {
					used[o] = true
				}
			}
		}
	}
	b.WriteString("## Options\n\nGiven by name, after the other arguments: `ascan(robz, 0, 1, 10, .1, diode1, save=False)`. The ones that are\nfunctions too may be spelled as in Go: `save(false)`.\n\n| Option | What |\n|---|---|\n")
	for _, o := range append(commands.Options(), "run") {
		if used[o] {
			fmt.Fprintf(&b, "| `%s` | %s |\n", o, commands.OptionHelp(o))
		}
		delete(used, o)
	}
	b.WriteString("\n## Objects\n\nIn the spelling of the prompt; in Go `robz.velocity` is `robz.Velocity()`, and `robz.velocity = 5` is `robz.SetVelocity(5)`.\n")
	for _, t := range types {
		writeType(&b, t)
	}
	return b.String()
}

func writeCommand(b *strings.Builder, c commands.Command) {
	fmt.Fprintf(b, "### %s\n\n    %s\n\n%s\n\n", c.Name, c.Usage, escape(c.Help))
	if len(c.Options) > 0 {
		fmt.Fprintf(b, "Options: `%s`; see [below](#options).\n\n", strings.Join(c.Options, "`, `"))
	}
	fmt.Fprintf(b, "```blissh example\n%s\n```\n\n", c.Example)
}

func writeType(b *strings.Builder, t members.Type) {
	fmt.Fprintf(b, "\n### %s\n\n%s.\n\n| Member | What |\n|---|---|\n", path.Ext(t.Name)[1:], escape(t.Doc))
	for _, m := range t.Methods {
		if what, ok := strings.CutPrefix(m.Name, "Set"); ok && t.Has(what) {
			continue // told with the getter
		}
		what := escape(m.Line)
		if t.Has("Set" + m.Name) {
			what += "; can be set"
		}
		fmt.Fprintf(b, "| `%s` | %s |\n", call(m), what)
	}
}

// call is how a method is called at the prompt.
func call(m members.Method) string {
	parameters := m.Signature[len(m.Name):]
	if strings.HasPrefix(parameters, "() ") { // a getter
		return spell.Snake(m.Name)
	}
	depth := 0
	for i, c := range parameters {
		if c == '(' {
			depth++
		}
		if c == ')' {
			depth--
		}
		if depth == 0 {
			parameters = parameters[:i+1]
			break
		}
	}
	return spell.Snake(m.Name) + parameters
}

// escape keeps signs from being taken for Markdown.
func escape(text string) string {
	return strings.NewReplacer("|", "\\|", "*", "\\*", "_", "\\_", "<", "&lt;").Replace(text)
}
