package commands

import (
	"reflect"
	"strings"
	"time"

	"blissh/data"
)

func metaCommand() Command {
	return Command{
		Name: "meta", Group: groupFiles,
		Usage: "meta(name, value) or meta(name, value, unit) or meta(name, None) or meta()",
		Help: "Keeps a value with every scan from now on, in its record and its files, over restarts: a number, a text, True or False, or a list. " +
			`With None the entry is taken away, with None and a pattern ("sample_*") all that match. meta() lists what is kept.`,
		Example: `meta("temperature", 12.5, "K")`,
		Func:    func(sh *Shell) any { return sh.meta },
	}
}

func commentCommand() Command {
	return Command{
		Name: "comment", Group: groupFiles,
		Usage: "comment(text) or comment()",
		Help: "Puts a text into the record and the files of the scan that runs in the background, with the time and after the point in progress; when none runs, into those of the next " +
			"scan that is saved. 1000 characters at most. comment() lists those that wait.",
		Example: `comment("the new foil")`,
		Func:    func(sh *Shell) any { return sh.comment },
	}
}

func (sh *Shell) meta(args ...any) {
	a := sh.parse("meta", args)
	a.most(3)
	if len(a.list) == 0 {
		sh.listMeta()
		return
	}
	name := a.optionalText(0, "name")
	if len(a.list) == 1 {
		a.wrong(1, "value", "a number, a text, True or False, or a list; None takes the entry away,")
	}
	if a.list[1] == nil {
		a.most(2)
		gone, err := sh.Session.DeleteMeta(name)
		if err != nil {
			fail("meta", err)
		}
		for _, m := range gone {
			sh.printf("%s is kept no longer\n", m.Name)
		}
		return
	}
	m := data.Meta{Name: name, Value: metaValue(a.list[1]), Unit: a.optionalText(2, "unit")}
	if m.Value == nil {
		a.wrong(1, "value", "a number, a text, True or False, or a list")
	}
	if err := sh.Session.SetMeta(m); err != nil {
		fail("meta", err)
	}
	sh.printf("%s: kept with every scan from now on\n", m)
}

func (sh *Shell) listMeta() {
	rows := [][]string{}
	for _, m := range sh.Session.Meta() {
		rows = append(rows, []string{m.Name, data.Meta{Value: m.Value}.Text(), m.Unit})
	}
	if len(rows) == 0 {
		sh.printf("nothing is kept with the scans; meta(\"temperature\", 12.5, \"K\") does that\n")
		return
	}
	printTable(sh.Out, rows)
}

// metaValue is a value as a description holds it; nil if it cannot be one.
func metaValue(v any) any {
	switch x := v.(type) {
	case bool, string:
		return x
	}
	if f, ok := toFloat(v); ok {
		return f
	}
	r := reflect.ValueOf(v)
	if r.Kind() != reflect.Slice && r.Kind() != reflect.Array {
		return nil
	}
	list := []any{}
	for i := range r.Len() {
		x := metaValue(r.Index(i).Interface())
		if x == nil {
			return nil
		}
		list = append(list, x)
	}
	return list
}

func (sh *Shell) comment(args ...any) {
	a := sh.parse("comment", args)
	a.most(1)
	sh.context("comment")
	if len(a.list) == 0 {
		sh.waitingComments()
		return
	}
	text := a.optionalText(0, "text")
	if strings.TrimSpace(text) == "" {
		a.wrong(0, "text", "a text")
	}
	into, err := sh.Session.Comment(text)
	switch {
	case err != nil:
		fail("comment", err)
	case into == nil:
		sh.printf("noted; it goes into the next scan that is saved\n")
	default:
		sh.printf("noted in scan %d\n", into.Number)
	}
}

func (sh *Shell) waitingComments() {
	list := sh.Session.Comments()
	if len(list) == 0 {
		sh.printf("no comment waits for the next scan\n")
	}
	for _, c := range list {
		sh.printf("%s  %s\n", clockTime(c.Time), c.Text)
	}
}

// clockTime is a time in Unix seconds as a user reads it.
func clockTime(seconds float64) string {
	return time.UnixMicro(int64(1e6 * seconds)).Local().Format("2006-01-02 15:04:05")
}
