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

// DefaultTemplate is a folder for each session and day.
const DefaultTemplate = "{session}/{date}"

// fields are what a template may say.
var fields = map[string]func(s *data.Scan) string{
	"session": func(s *data.Scan) string { return s.Session },
	"date":    func(s *data.Scan) string { return s.Start.Local().Format("20060102") },
	"user":    func(s *data.Scan) string { return s.User },
}

// Check says what is wrong with a template.
func (p Place) Check() error {
	_, err := p.folder(&data.Scan{Session: "s", User: "u"})
	return err
}

// Path is the file of a scan: SESSION.h5 for formats that have many scans in a
// file, else SESSION_0012_ascan.csv.
func (p Place) Path(s *data.Scan, f file.Format) (string, error) {
	folder, err := p.folder(s)
	if err != nil {
		return "", err
	}
	name := s.Session
	if f.PerScan {
		name = fmt.Sprintf("%s_%04d_%s", s.Session, s.Number, s.Name)
	}
	return filepath.Join(folder, harmless(name)+f.Extension), nil
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

// fill puts the fields of a scan into one part of a template.
func fill(part string, s *data.Scan) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(part, "{")
		out.WriteString(before)
		if !found {
			break
		}
		name, after, closed := strings.Cut(rest, "}")
		get, known := fields[name]
		if !closed || !known {
			return "", fmt.Errorf("{%s: {session}, {date} or {user} expected", rest)
		}
		out.WriteString(harmless(get(s)))
		part = after
	}
	if out.String() == ".." {
		return "", fmt.Errorf("it leads out of the folder of the data")
	}
	return out.String(), nil
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
