package writer

import (
	"strings"

	"blissh/data"
	"blissh/data/file"
)

// Wanted says in which respects a scan goes where its session wants it, which is
// in its description, and not where Place and Formats say. They are for scans
// without such a description then.
type Wanted struct{ Root, Template, Formats bool }

// target is a file of a scan.
type target struct {
	file.Format
	path string
	scan *data.Scan
}

// targets are the files of a scan.
func (o *Options) targets(s *data.Scan) (list []target, err error) {
	place, formats := o.Place, o.Formats
	if w := s.Saving; w != nil {
		if o.Wanted.Root && w.Root != "" {
			place.Root = w.Root
		}
		if o.Wanted.Template {
			place.Template = w.Template
		}
		if o.Wanted.Formats && len(w.Formats) > 0 {
			if formats, err = file.Named(strings.Join(w.Formats, ",")); err != nil {
				return nil, err
			}
		}
	}
	for _, f := range formats {
		path, err := place.Path(s, f)
		if err != nil {
			return nil, err
		}
		list = append(list, target{f, path, s})
	}
	return list, nil
}

// Files are the files that a scan will have, where its session wants them.
func Files(s *data.Scan) (files []string, err error) {
	o := Options{Wanted: Wanted{true, true, true}}
	list, err := o.targets(s)
	for _, t := range list {
		files = append(files, t.path)
	}
	return files, err
}
