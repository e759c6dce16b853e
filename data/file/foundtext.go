package file

import (
	"bytes"
	"cmp"
	"fmt"
	"os"
	"strings"
)

func lookText(path string, look func(string) ([]*Found, error)) ([]*Found, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	// What follows the last line is a line that is being written, or was cut short.
	return look(string(text[:bytes.LastIndexByte(text, '\n')+1]))
}

// table is a scan in a text file.
type table struct {
	rows   [][]string
	column map[string]int
	width  int
}

func (t *table) bytes(column, dtype string, first, n int) (b []byte, err error) {
	for _, row := range t.rows[first : first+n] {
		if b, err = appendWord(b, cmp.Or(dtype, "<f8"), row[t.column[column]]); err != nil {
			return nil, fmt.Errorf("%s: %w", column, err)
		}
	}
	return b, nil
}

// found describes a table when it is complete.
func (t *table) found(x *Found) {
	x.Points, x.bytes = len(t.rows), t.bytes
}

func (t *table) names(x *Found, names []string) {
	t.column, t.width = map[string]int{}, len(names)
	for i, name := range names {
		t.column[name] = i
	}
	x.Columns = names
}

// row adds a row in the text of line number n, or says why the scan cannot be read.
func (x *Found) row(t *table, n int, words []string) {
	err := t.add(n, words)
	if x.Broken == nil {
		x.Broken = err
	}
	x.Points = len(t.rows)
}

// add adds a row in the text of line number n.
func (t *table) add(n int, words []string) error {
	if len(words) != t.width {
		return fmt.Errorf("line %d has %d values, %d expected", n, len(words), t.width)
	}
	for _, w := range words {
		if _, err := real(w, 64); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	t.rows = append(t.rows, words)
	return nil
}

// lookSPEC reads the scans of a SPEC file; spectra are left out.
func lookSPEC(text string) ([]*Found, error) {
	var list []*Found
	var t *table
	var x *Found
	session, seen := "", map[string]int{}
	for i, line := range strings.Split(text, "\n") {
		key, rest, _ := strings.Cut(line, " ")
		switch {
		case key == "#C" && strings.Contains(rest, userMark):
			session, _, _ = strings.Cut(rest, userMark)
		case key == "#S":
			number, title, _ := strings.Cut(rest, " ")
			seen[number]++
			x, t = &Found{Session: session, Name: fmt.Sprintf("%s.%d", number, seen[number]), Title: strings.TrimSpace(title)}, &table{}
			t.found(x)
			list = append(list, x)
		case x == nil:
		case key == "#C" && strings.HasPrefix(rest, "uid "):
			x.UID = rest[len("uid "):]
			begunAgain(list)
		case key == "#C" && strings.HasPrefix(rest, "ended "):
			x.Ended = true
		case x.Broken != nil:
		case key == "#L" && t.column != nil:
			x.Broken = fmt.Errorf("line %d: the scan has labels already", i+1)
		case key == "#L":
			t.names(x, strings.Split(rest, "  "))
		case line != "" && line[0] != '#' && line[0] != '@':
			x.row(t, i+1, strings.Fields(line))
		}
	}
	return list, nil
}

// begunAgain marks earlier beginnings of the scan that was found last.
func begunAgain(list []*Found) {
	last := list[len(list)-1]
	for _, x := range list[:len(list)-1] {
		if x.UID == last.UID && !x.Ended {
			x.Again = last.Name
		}
	}
}

// lookCSV reads the scan of a CSV file.
func lookCSV(text string) ([]*Found, error) {
	x, t := &Found{exact: true}, &table{}
	t.found(x)
	for i, line := range strings.Split(text, "\n") {
		key, rest, _ := strings.Cut(strings.TrimPrefix(line, "# "), ": ")
		switch {
		case line == "":
		case line[0] != '#' && t.column == nil:
			t.names(x, names(line))
		case line[0] != '#':
			x.row(t, i+1, strings.Split(line, ","))
		case key == "uid":
			x.UID = rest
		case key == "scan":
			x.Name = rest
			x.Session, _, _ = strings.Cut(rest, ":")
		case key == "title":
			x.Title = rest
		case key == "ended":
			x.Ended = true
		}
	}
	return []*Found{x}, nil
}

// names are the names in the first line, without units.
func names(line string) []string {
	var list []string
	for _, word := range strings.Split(line, ",") {
		name, _, _ := strings.Cut(strings.Trim(word, `"`), "[")
		list = append(list, name)
	}
	return list
}
