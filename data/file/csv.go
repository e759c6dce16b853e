package file

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"blissh/data"
)

// csv writes a scan into a file of its own, as RFC 4180 has it, after a preamble
// of lines that begin with #; the description is in a JSON file beside it. NaN
// and infinities are written as nan, inf and -inf. Spectra and images are left
// out.
type csv struct {
	lines   *lines
	sidecar string
	scan    *data.Scan
	columns []int
	rows    int
	notes   int
	ended   bool
}

func openCSV(path string, s *data.Scan) (Output, error) {
	l, err := openLines(path)
	if err != nil {
		return nil, err
	}
	o := &csv{lines: l, scan: s, sidecar: strings.TrimSuffix(path, filepath.Ext(path)) + ".json"}
	for i, c := range s.Channels {
		if c.Scalar() {
			o.columns = append(o.columns, i)
		}
	}
	if err := o.begin(); err != nil {
		l.close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

func (o *csv) begin() error {
	head := o.head()
	text, err := o.lines.read(0, min(o.lines.size, int64(len(head))))
	switch {
	case err != nil:
		return err
	case string(text) == head:
		if err := o.lines.each(int64(len(head)), o.resume); err != nil {
			return err
		}
		return o.lines.cut(o.lines.size)
	case strings.HasPrefix(head, string(text)): // it was cut short
		if err := o.lines.cut(0); err != nil {
			return err
		}
		if err := o.describe(o.scan); err != nil {
			return err
		}
		return o.lines.add([]byte(head))
	}
	return fmt.Errorf("%w: it is not of scan %s", ErrTaken, o.scan.UID)
}

// resume takes a line that is there.
func (o *csv) resume(line []byte, _ int64) bool {
	switch {
	case bytes.HasPrefix(line, []byte("# ended: ")):
		o.ended = true
	case bytes.HasPrefix(line, []byte("# after ")):
		o.notes++
	case len(line) > 1 && line[0] != '#':
		o.rows++
	}
	return true
}

// head is the preamble with the line of names and units.
func (o *csv) head() string {
	var b strings.Builder
	s := o.scan
	for _, l := range [][2]string{
		{"uid", s.UID}, {"scan", s.DBName()}, {"title", s.Title}, {"command", s.Command}, {"start", iso(s.Start)},
		{"user", s.User}, {"host", s.Host}, {"program", "blissh " + s.Version}, {"count_time", number(s.CountTime.Seconds()) + " s"},
	} {
		fmt.Fprintf(&b, "# %s: %s\n", l[0], oneLine(l[1]))
	}
	for _, c := range s.Channels {
		if !c.Scalar() {
			fmt.Fprintf(&b, "# left out: %s, shape %v\n", c.Name, c.Shape)
		}
	}
	for n, i := range o.columns {
		if n > 0 {
			b.WriteByte(',')
		}
		name := s.Channels[i].Name
		if unit := s.Channels[i].Unit; unit != "" {
			name += "[" + unit + "]"
		}
		if strings.ContainsAny(name, "\",\r\n") {
			name = `"` + strings.ReplaceAll(oneLine(name), `"`, `""`) + `"`
		}
		b.WriteString(name)
	}
	return b.String() + "\n"
}

func (o *csv) Rows() int   { return o.rows }
func (o *csv) Notes() int  { return o.notes }
func (o *csv) Ended() bool { return o.ended }

func (o *csv) Points(b *Block) error {
	b, err := b.after(o.rows)
	if b == nil || err != nil {
		return err
	}
	for k := range b.N {
		if err := o.lines.add(o.point(b, k)); err != nil {
			return err
		}
		o.rows++
	}
	return nil
}

func (o *csv) point(b *Block, k int) []byte {
	var text []byte
	for n, i := range o.columns {
		if n > 0 {
			text = append(text, ',')
		}
		v := math.NaN()
		if list := b.Columns[i].Values; list != nil {
			v = list[k]
		}
		text = append(text, plain(v)...)
	}
	return append(text, '\n')
}

// plain writes a value so that it can be read back exactly.
func plain(v float64) string {
	switch {
	case math.IsNaN(v):
		return "nan"
	case math.IsInf(v, 0):
		return strings.TrimPrefix(strings.ToLower(fmt.Sprint(v)), "+")
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func (o *csv) Note(n Note) error {
	o.notes++
	return o.lines.add(fmt.Appendf(nil, "# after %d points: %s %s\n", n.Points, n.What, oneLine(n.Text)))
}

func (o *csv) End(s *data.Scan) error {
	if o.ended {
		return nil
	}
	if err := o.describe(s); err != nil {
		return err
	}
	o.ended = true
	if err := o.lines.add(fmt.Appendf(nil, "# ended: %s, %s after %d points\n", iso(s.End), ending(s), o.rows)); err != nil {
		return err
	}
	return o.lines.f.Sync()
}

// describe writes the description beside the file, whole or not at all.
func (o *csv) describe(s *data.Scan) error {
	b, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	temporary := o.sidecar + ".new"
	if err := os.WriteFile(temporary, append(b, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, o.sidecar)
}

func (o *csv) Close() error { return o.lines.close() }
