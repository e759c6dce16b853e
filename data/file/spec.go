package file

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"blissh/data"
)

// spec writes the text files of SPEC as silx and PyMca read them (SPEC manual,
// "Standard data file format", certif.com; the MCA lines as in silx.io.specfile).
//
//	#F #E #D #C #O0 #o0          header, again when the list of axes changes
//
//	#S 12 ascan robz -5 5 500    a scan
//	#D #T #C #@MCA #@CHANN #@CALIB #P0 #N #L
//	-5 0.001 1795850205.5 23.9   a point: axes, timers, counters
//	@A 0 0 1 ...                 its spectra
//	#C ... done after 501 points
//
// There is no NaN in such a file, for readers drop the row or take it as 0: it is
// written as 1e999, which they read as infinity and do not draw.
type spec struct {
	*lines
	scan    *data.Scan
	order   []int // of the columns: indices into scan.Channels
	spectra []int
	rows    int
	notes   int
	lost    lost
	ended   bool
	once    bool  // it is written once more: whole, or not at all
	start   int64 // where that begins
}

// userMark is between session and user in the header.
const userMark = "  User = "

const specDate = "Mon Jan 02 15:04:05 2006"

// perLine is how many axes are in a line of #O, #o and #P.
const perLine = 8

func openSPEC(path string, s *data.Scan) (Output, error) {
	l, err := openLines(path)
	if err != nil {
		return nil, err
	}
	o := &spec{lines: l, scan: s}
	o.sort()
	err = o.begin(path)
	if err = cmp.Or(l.failed, err); err != nil {
		l.close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return o, nil
}

// sort puts the scanned axes first, then the timers, then the counters.
func (o *spec) sort() {
	var timers, others []int
	for i, c := range o.scan.Channels {
		switch {
		case len(c.Shape) == 1:
			o.spectra = append(o.spectra, i)
		case !c.Scalar():
		case c.Role == "axis":
			o.order = append(o.order, i)
		case c.Role == "timer":
			timers = append(timers, i)
		default:
			others = append(others, i)
		}
	}
	o.order = append(append(o.order, timers...), others...)
}

// begin goes on with the scan if it is the last one of the file, else begins it.
func (o *spec) begin(path string) error {
	if o.end > 0 && !o.is(0, "#") {
		return fmt.Errorf("%w: it does not begin as a SPEC file does", ErrTaken)
	}
	if at, ok := o.cutShort(path); ok {
		if err := o.cut(at); err != nil {
			return err
		}
	}
	if at := o.last(o.size, "\n"+uidLine+o.scan.UID+"\n"); at >= 0 {
		end, last := o.resume(at)
		if o.ended {
			return nil
		}
		if last {
			return o.cut(end)
		}
		o.rows, o.notes, o.lost = 0, 0, nil // others follow: it is written once more, whole
		o.once = true
	}
	if err := o.tidy(); err != nil {
		return err
	}
	o.start = o.size
	return o.add([]byte(o.header(path, o.size) + o.scanHeader()))
}

// tidy removes a line of ours at the end that was cut short; one of somebody else is
// completed.
func (o *spec) tidy() error {
	if o.end <= o.size {
		return nil
	}
	last := max(o.last(o.size, "\n#S "), 0)
	if o.has(last, "\n"+uidLine) && !o.has(last, "\n"+endLine) {
		return o.cut(o.size)
	}
	return o.finish()
}

// How a line with the uid and one with the end of a scan begin.
const (
	uidLine = "#C uid "
	endLine = "#C ended "
)

// cutShort finds the header of the scan, if it was written in part only: behind the
// end of another one, behind one that has no end, or in a file that was new.
func (o *spec) cutShort(path string) (at int64, ok bool) {
	if i := o.last(o.size, "\n"+endLine); i >= 0 {
		at = o.next(i+1, "\n") + 1
	}
	if o.end > at && o.part(at, o.header(path, at)+o.scanHeader()) {
		return at, true
	}
	at = o.last(o.size, "\n#S ")
	if at < 1 || !o.is(at-1, "\n") {
		return 0, false
	}
	// What stands behind the uid may have changed since.
	ours := !o.has(at, "\n#L ") && o.has(at, "\n"+uidLine+o.scan.UID+"\n")
	return at, ours || o.part(at, o.scanHeader())
}

// part reports whether what follows a place, to the end of the file, is the beginning
// of a header.
func (o *spec) part(at int64, header string) bool {
	n := o.end - at
	return n > 0 && n <= int64(len(header)) && o.is(at, header[:n])
}

// resume counts the whole points of the scan, whose line with the uid is behind at,
// and returns where the last one ends, and whether it is the last scan of the file.
func (o *spec) resume(at int64) (end int64, last bool) {
	points, spectra, good := 0, 0, int64(-1)
	other := false
	o.each(at+1, func(line []byte, pos int64) bool {
		switch {
		case bytes.HasPrefix(line, []byte("#S ")):
			o.rows, other = points, true
			return false
		case o.ended: // what follows is a user's
		case bytes.HasPrefix(line, []byte("#L ")), bytes.HasPrefix(line, []byte("#C ")) && good >= 0 && spectra == len(o.spectra):
			good, spectra = pos, len(o.spectra)
			o.ended = bytes.HasPrefix(line, []byte(endLine))
			if bytes.HasPrefix(line, []byte("#C after ")) && !o.lost.see(string(line[len("#C "):])) {
				o.notes++
			}
		case bytes.HasPrefix(line, []byte("@A ")):
			spectra++
		case good >= 0 && len(line) > 1 && line[0] != '#':
			spectra = 0
			points++
		}
		if good >= 0 && spectra == len(o.spectra) && !bytes.HasPrefix(line, []byte("#U")) { // which goes with the #C behind it
			good, o.rows = pos, points
		}
		return true
	})
	if other {
		return o.size, false
	}
	return good, good >= 0
}

// header is the header of the file, if it has none for these axes before end.
func (o *spec) header(path string, end int64) string {
	var b strings.Builder
	axes := o.axisLines()
	if i := o.last(end, "\n#O0"); i >= 0 && i+1+int64(len(axes)) <= end && o.is(i+1, axes) {
		return ""
	}
	if end > 0 {
		b.WriteString("\n")
	}
	s := o.scan
	fmt.Fprintf(&b, "#F %s\n#E %d\n#D %s\n#C %s%s%s\n%s", oneLine(path), s.Start.Unix(), s.Start.Local().Format(specDate), s.Session, userMark, oneLine(s.User), axes)
	return b.String()
}

// axisLines are the names of all axes, in lines of eight.
func (o *spec) axisLines() string {
	var names []string
	for _, a := range o.scan.Axes {
		names = append(names, a.Name)
	}
	if len(names) == 0 {
		return "#O0 \n"
	}
	return inLines("#O", names, "  ") + inLines("#o", names, " ")
}

func inLines(key string, words []string, between string) string {
	var b strings.Builder
	for i := 0; i*perLine < len(words); i++ {
		fmt.Fprintf(&b, "%s%d %s\n", key, i, strings.Join(words[i*perLine:min((i+1)*perLine, len(words))], between))
	}
	return b.String()
}

func (o *spec) scanHeader() string {
	var b strings.Builder
	s := o.scan
	fmt.Fprintf(&b, "\n#S %d  %s\n#D %s\n", s.Number, oneLine(s.Title), s.Start.Local().Format(specDate))
	if s.CountTime > 0 {
		fmt.Fprintf(&b, "#T %s  (Seconds)\n", number(s.CountTime.Seconds()))
	}
	fmt.Fprintf(&b, uidLine+"%s\n#C command %s\n%s", s.UID, oneLine(s.Command), aboutLines(s))
	for _, i := range o.spectra {
		n := s.Channels[i].Shape[0]
		fmt.Fprintf(&b, "#@MCA %%16C\n#@CHANN %d 0 %d 1\n#@CALIB 0 1 0\n", n, max(n-1, 0))
	}
	for _, c := range s.Channels {
		if len(c.Shape) > 1 {
			fmt.Fprintf(&b, "#C the images of %s are not in this file\n", c.Name)
		}
	}
	var starts []string
	for _, a := range s.Axes {
		at := math.NaN()
		if a.Start != nil {
			at = *a.Start
		}
		starts = append(starts, number(at))
	}
	var labels []string
	for _, i := range o.order {
		labels = append(labels, s.Channels[i].Name)
	}
	fmt.Fprintf(&b, "%s#N %d\n#L %s\n", inLines("#P", starts, " "), len(labels), strings.Join(labels, "  "))
	return b.String()
}

// number writes a value so that it can be read back exactly.
func number(v float64) string {
	switch {
	case math.IsNaN(v), math.IsInf(v, 1):
		return "1e999"
	case math.IsInf(v, -1):
		return "-1e999"
	}
	return strconv.FormatFloat(v, 'g', -1, 64)
}

func (o *spec) Rows() int   { return o.rows }
func (o *spec) Notes() int  { return o.notes }
func (o *spec) Ended() bool { return o.ended }

func (o *spec) Points(b *Block) error {
	if o.ended {
		return nil
	}
	b, err := b.after(o.rows)
	if b == nil || err != nil {
		return err
	}
	for k := range b.N {
		text, err := o.point(b, k)
		if err != nil {
			return err
		}
		if err := o.lines.add(text); err != nil {
			return err
		}
		o.rows++
	}
	return nil
}

// point is a point with its spectra.
func (o *spec) point(b *Block, k int) ([]byte, error) {
	var text []byte
	for n, i := range o.order {
		if n > 0 {
			text = append(text, ' ')
		}
		text = append(text, b.Columns[i].value(o.scan.Channels[i].DType, k, number)...)
	}
	text = append(text, '\n')
	for _, i := range o.spectra {
		c := o.scan.Channels[i]
		values := make([]byte, c.PointSize())
		if list := b.Columns[i].Arrays; list != nil {
			values = list[k].Bytes
		}
		if len(values) != c.PointSize() {
			return nil, fmt.Errorf("%s: an array of %d bytes, %d expected", c.Name, len(values), c.PointSize())
		}
		text = append(text, "@A"...)
		for ; len(values) > 0; values = values[data.ItemSize(c.DType):] {
			text = append(append(text, ' '), word(c.DType, values, number)...)
		}
		text = append(text, '\n')
	}
	return text, nil
}

func (o *spec) Note(n Note) error {
	if o.ended || o.lost[n.line()] {
		return nil
	}
	if !o.lost.see(n.line()) {
		o.notes++
	}
	return o.lines.add(noteLines(n))
}

func (o *spec) End(s *data.Scan) error {
	if o.ended {
		return nil
	}
	err := o.lines.add(fmt.Appendf(nil, "%s"+endLine+"%s  %s after %d points\n", endLines(s), s.End.Local().Format(time.RFC3339), ending(s), o.rows))
	if err != nil {
		return err
	}
	o.ended = true
	return o.lines.f.Sync()
}

// Close leaves nothing of a scan that was written once more and has not come to its
// end; else each attempt would add to the file.
func (o *spec) Close() error {
	var err error
	if o.once && !o.ended {
		err = o.cut(o.start)
	}
	return errors.Join(err, o.lines.close())
}
