package file

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
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
	*lines
	sidecar string
	scan    *data.Scan
	columns []int
	record  []Note
	rows    int
	notes   int
	lost    lost
	ended   bool
}

// openCSV opens the file of a scan: ..._0012_ascan.csv, or ..._0012_ascan_2.csv if
// that is another scan of the same number.
func openCSV(path string, s *data.Scan) (Output, error) {
	for k := 1; ; k++ {
		o, err := openOneCSV(another(path, k), s)
		if !errors.Is(err, errOther) {
			return o, err
		}
	}
}

// another is the name of file k of the same number.
func another(path string, k int) string {
	if k == 1 {
		return path
	}
	extension := filepath.Ext(path)
	return fmt.Sprintf("%s_%d%s", strings.TrimSuffix(path, extension), k, extension)
}

// errOther says that a file has another scan.
var errOther = errors.New("another scan")

func openOneCSV(path string, s *data.Scan) (Output, error) {
	l, err := openLines(path)
	if errors.Is(err, errInUse) && ofAnother(path, s) {
		return nil, errOther
	}
	if err != nil {
		return nil, err
	}
	o := &csv{lines: l, scan: s, sidecar: strings.TrimSuffix(path, filepath.Ext(path)) + ".json"}
	for i, c := range s.Channels {
		if c.Scalar() {
			o.columns = append(o.columns, i)
		}
	}
	err = o.begin()
	if err = cmp.Or(l.failed, err); err != nil {
		l.close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// uidMark is how a file of ours begins.
const uidMark = "# uid: "

func (o *csv) begin() error {
	head := o.head()
	switch {
	case o.size >= int64(len(head)) && o.is(0, head):
		if o.resume(int64(len(head))); o.ended {
			return nil
		}
		return o.lines.cut(o.lines.size)
	case o.end <= int64(len(head)) && o.is(0, head[:o.end]): // it was cut short
		if err := o.lines.cut(0); err != nil {
			return err
		}
		if err := o.describe(o.scan); err != nil {
			return err
		}
		return o.lines.add([]byte(head))
	case ofAnother(o.path, o.scan):
		return errOther
	}
	return fmt.Errorf("%w: it is not of scan %s", ErrTaken, o.scan.UID)
}

// ofAnother reports whether a CSV file is of ours, and has another scan.
func ofAnother(path string, s *data.Scan) bool {
	first, _ := firstBytes(path, 1024) // more than a uid has
	line, _, whole := strings.Cut(first, "\n")
	return whole && strings.HasPrefix(line, uidMark) && line != uidMark+s.UID
}

func (o *csv) resume(from int64) {
	o.each(from, func(line []byte, _ int64) bool {
		switch {
		case bytes.HasPrefix(line, []byte("# ended: ")):
			o.ended = true
		case bytes.HasPrefix(line, []byte("# after ")) && o.lost.see(string(line[len("# "):])):
		case bytes.HasPrefix(line, []byte("# after ")):
			o.notes++
		case len(line) > 1 && line[0] != '#':
			o.rows++
		}
		return true
	})
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
	if v := s.Saving; v != nil {
		for _, l := range [][2]string{{"proposal", v.Proposal}, {"sample", v.Sample}, {"dataset", v.Dataset}} {
			if l[1] != "" {
				fmt.Fprintf(&b, "# %s: %s\n", l[0], oneLine(l[1]))
			}
		}
	}
	for _, m := range s.Meta {
		fmt.Fprintf(&b, "# meta %s: %s\n", oneLine(m.Name), oneLine(m.Text()))
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
		text = append(text, b.Columns[i].value(o.scan.Channels[i].DType, k, plain)...)
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
	if o.ended || o.lost[n.line()] {
		return nil
	}
	if !o.lost.see(n.line()) {
		o.notes++
	}
	return o.lines.add(fmt.Appendf(nil, "# %s\n", n.line()))
}

// Record keeps a note for the description.
func (o *csv) Record(n Note) { o.record = append(o.record, n) }

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
	text, err := o.description(s)
	if err != nil {
		return err
	}
	temporary := o.sidecar + ".new"
	if err := os.WriteFile(temporary, text, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, o.sidecar)
}

// description is the scan's, with the notes as one more field.
func (o *csv) description(s *data.Scan) ([]byte, error) {
	b, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	notes, err := json.Marshal(append([]Note{}, o.record...))
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := json.Indent(&text, fmt.Appendf(nil, "%s,\"notes\":%s}", b[:len(b)-1], notes), "", "  "); err != nil {
		return nil, err
	}
	return append(text.Bytes(), '\n'), nil
}

func (o *csv) Close() error { return o.lines.close() }
