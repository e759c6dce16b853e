package commands

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"blissh/data"
	"blissh/session"
)

func newproposalCommand() Command {
	return Command{
		Name: "newproposal", Group: groupFiles,
		Usage: "newproposal(name) or newproposal()",
		Help: "Begins a proposal: its name is part of the folder of all scans from now on, {proposal} in the template. It has no sample and no data set at first. " +
			"Without a name there is none any more. The name stays over restarts. Prints where the next scan goes.",
		Example: `newproposal("ma1234")`,
		Func:    func(sh *Shell) any { return sh.newproposal },
	}
}

func newsampleCommand() Command {
	return Command{
		Name: "newsample", Group: groupFiles,
		Usage: "newsample(name) or newsample()",
		Help: "Goes to a sample, {sample} in the template: with the first of its numbered data sets that has no files yet. Files are called SAMPLE_DATASET from now on. " +
			"Without a name there is none any more. The name stays over restarts. Prints where the next scan goes.",
		Example: `newsample("gold")`,
		Func:    func(sh *Shell) any { return sh.newsample },
	}
}

func newdatasetCommand() Command {
	return Command{
		Name: "newdataset", Group: groupFiles,
		Usage: "newdataset() or newdataset(name)",
		Help: "Begins a data set, {dataset} in the template: the next numbered one, 0001, 0002, ..., or one with a name. A name that has files already gets a number: " +
			"map, map_0002. Prints where the next scan goes.",
		Example: `newdataset()`,
		Func:    func(sh *Shell) any { return sh.newdataset },
	}
}

func savingCommand() Command {
	return Command{
		Name: "saving", Group: groupFiles,
		Usage:   "saving()",
		Help:    "Shows where the files of the next scan go and who writes them, how much of the disk is free, proposal, sample and data set, and what goes into the next scan's record.",
		Example: "saving()",
		Func:    func(sh *Shell) any { return sh.saving },
	}
}

func (sh *Shell) newproposal(args ...any) {
	sh.setName("newproposal", sh.Session.SetProposal, args)
}
func (sh *Shell) newsample(args ...any)  { sh.setName("newsample", sh.Session.SetSample, args) }
func (sh *Shell) newdataset(args ...any) { sh.setName("newdataset", sh.Session.SetDataset, args) }

// setName is one of the three, whose argument is a name or nothing.
func (sh *Shell) setName(command string, set func(string) error, args []any) {
	a := sh.parse(command, args)
	a.most(1)
	sh.context(command)
	name := a.optionalText(0, "name")
	if len(a.list) == 1 && a.list[0] != nil && name == "" {
		failf(command, "the name is empty; usage: %s", a.command.Usage)
	}
	if err := set(name); err != nil {
		fail(command, err)
	}
	n := sh.nextScan(command)
	v := n.Saving
	sh.printf("proposal %s, sample %s, dataset %s\n%s", proposalText(v), orDash(v.Sample), orDash(v.Dataset), labelled("files", n.Files...))
}

// optionalText is an argument that may be left out: "" then, and for None.
func (a *arguments) optionalText(i int, name string) string {
	if i >= len(a.list) || a.list[i] == nil {
		return ""
	}
	text, ok := a.list[i].(string)
	if !ok {
		a.wrong(i, name, "a text")
	}
	return text
}

func (sh *Shell) nextScan(command string) session.NextScan {
	ctx, cancel := context.WithTimeout(sh.context(command), storeTime)
	defer cancel()
	n, err := sh.Session.NextScan(ctx)
	if err != nil {
		fail(command, err)
	}
	return n
}

// orDash shows that there is no name.
func orDash(name string) string { return cmp.Or(name, "-") }

func (sh *Shell) saving(args ...any) {
	sh.parse("saving", args).most(0)
	n := sh.nextScan("saving")
	var meta, comments []string
	for _, m := range sh.Session.Meta() {
		meta = append(meta, m.String())
	}
	for _, c := range sh.Session.Comments() {
		comments = append(comments, c.Text)
	}
	v := n.Saving
	text := labelled("proposal", proposalText(v)) + labelled("sample", orDash(v.Sample)) + labelled("dataset", orDash(v.Dataset)) +
		labelled("root", v.Root) + labelled("template", v.Template) + labelled("formats", strings.Join(v.Formats, ", ")) +
		labelled("files", n.Files...) + labelled("writer", writerText(n)) + labelled("free", freeText(n)...) +
		labelled("meta", meta...) + labelled("comments", comments...)
	if n.Wrong != "" {
		text += "the next scan cannot be saved: " + n.Wrong + "\n"
	}
	sh.explained(text)
}

// labelled puts entries below each other, behind what they are; none are left out.
func labelled(label string, entries ...string) string {
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%-9s  %s\n", label, e)
		label = ""
	}
	return b.String()
}

// proposalText says so if the proposal has no part in where the files are.
func proposalText(v *data.Saving) string {
	if v.Proposal != "" && !strings.Contains(v.Template, "{proposal}") {
		return v.Proposal + " (the template has no {proposal})"
	}
	return orDash(v.Proposal)
}

func freeText(n session.NextScan) []string {
	if n.Size == 0 {
		return nil
	}
	return []string{bytesText(int64(n.Free)) + " of " + bytesText(int64(n.Size))}
}

// writerText says who writes the files.
func writerText(n session.NextScan) string {
	w := n.Writer
	switch {
	case w == nil && n.Off:
		return "none, BLISSH_SAVING is off: scans are not saved"
	case w == nil:
		return "none"
	}
	return fmt.Sprintf("process %d of %s on %s, since %s", w.PID, w.User, w.Host, w.Since.Local().Format("2006-01-02 15:04"))
}
