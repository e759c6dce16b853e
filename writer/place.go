package writer

import (
	"fmt"
	"path/filepath"
	"strings"

	"blissh/data"
	"blissh/data/file"
)

// Place says where the files of a scan are: in a folder below Root whose name is
// made from Template, such as "{session}/{date}".
type Place struct {
	Root     string
	Template string
}

// DefaultTemplate is a folder for each session and day, below that of a proposal,
// with one for each sample and each data set of it, where there are such.
const DefaultTemplate = "{proposal}/{session}/{date}/{sample}/{sample}_{dataset}"

// field is what a template may say in braces.
type field struct {
	name  string
	value func(s *data.Scan) string
}

var fields = []field{
	{"session", func(s *data.Scan) string { return s.Session }},
	{"date", func(s *data.Scan) string { return s.Start.Local().Format("20060102") }},
	{"user", func(s *data.Scan) string { return s.User }},
	{"proposal", func(s *data.Scan) string { return namesOf(s).Proposal }},
	{"sample", func(s *data.Scan) string { return namesOf(s).Sample }},
	{"dataset", func(s *data.Scan) string { return namesOf(s).Dataset }},
}

// namesOf is what a session says of a scan; without it all names are missing.
func namesOf(s *data.Scan) data.Saving {
	if s.Saving == nil {
		return data.Saving{}
	}
	return *s.Saving
}

// Check says what is wrong with a template.
func (p Place) Check() error {
	_, err := p.folder(&data.Scan{Session: "s", User: "u"})
	return err
}

// Path is the file of a scan: SESSION.h5 for formats that have many scans in a
// file, or SAMPLE_DATASET.h5 where these are named, else SESSION_0012_ascan.csv.
func (p Place) Path(s *data.Scan, f file.Format) (string, error) {
	folder, err := p.folder(s)
	if err != nil {
		return "", err
	}
	name := Stem(s)
	if f.PerScan {
		name = fmt.Sprintf("%s_%04d_%s", name, s.Number, s.Name)
	}
	return filepath.Join(folder, harmless(name)+f.Extension), nil
}

// Stem is how the names of a scan's files begin.
func Stem(s *data.Scan) string {
	names := namesOf(s)
	if stem := strings.Trim(names.Sample+"_"+names.Dataset, "_"); stem != "" {
		return harmless(stem)
	}
	return harmless(s.Session)
}

func (p Place) folder(s *data.Scan) (string, error) {
	parts := []string{p.Root}
	for _, part := range strings.Split(p.Template, "/") {
		text, err := fill(part, s)
		if err != nil {
			return "", fmt.Errorf("template %q: %w", p.Template, err)
		}
		parts = append(parts, text)
	}
	return filepath.Abs(filepath.Join(parts...))
}

// joints are what joins fields in a template.
const joints = "_-. "

// fill puts the fields of a scan into one part of a template. One that is empty is
// left out together with what joins it to the others.
func fill(part string, s *data.Scan) (string, error) {
	text, rest, found := strings.Cut(part, "{")
	for found {
		name, after, closed := strings.Cut(rest, "}")
		value, known := valueOf(name, s)
		if !closed || !known {
			return "", fmt.Errorf("{%s: one of %s expected", rest, fieldNames())
		}
		before, next, more := strings.Cut(after, "{")
		switch {
		case value != "":
			text += harmless(value)
		case text == "":
			before = strings.TrimLeft(before, joints)
		default:
			text = strings.TrimRight(text, joints)
		}
		text, rest, found = text+before, next, more
	}
	if text == ".." {
		return "", fmt.Errorf("it leads out of the folder of the data")
	}
	return text, nil
}

func valueOf(name string, s *data.Scan) (value string, known bool) {
	for _, f := range fields {
		if f.name == name {
			return f.value(s), true
		}
	}
	return "", false
}

func fieldNames() string {
	var names []string
	for _, f := range fields {
		names = append(names, "{"+f.name+"}")
	}
	return strings.Join(names, ", ")
}

// harmless makes a text usable as the name of a folder or file.
func harmless(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '_'
		}
		return r
	}, text)
	if strings.Trim(text, ".") == "" {
		return "_"
	}
	return text
}
