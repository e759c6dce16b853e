package writer

import (
	"encoding/binary"
	"math"
	"time"

	"blissh/data"
	"blissh/data/file"
)

// A writer that is behindMost late writes without compressing, until it is only
// behindLeast late: a file may be large, a scan may not be left behind.
const (
	behindMost  = time.Second
	behindLeast = 100 * time.Millisecond
)

// lag finds out how late points are written. The clock of a scan on another host is
// another one: the point that was least late stands for none.
type lag struct {
	epoch int  // index of the data channel with the time of a point; -1: there is none
	own   bool // the clock is that of this host
	least float64
	known bool
	hurry bool
}

func newLag(s *data.Scan, host string) *lag {
	l := &lag{epoch: -1, own: s.Host != "" && s.Host == host}
	for i, c := range s.Channels {
		if c.Name == data.Epoch && c.DType == "<f8" && s.Outcome == "" {
			l.epoch = i
		}
	}
	return l
}

// see takes a block that is about to be written at some time, and reports whether it
// is late.
func (l *lag) see(b *file.Block, now time.Time) bool {
	if l.epoch < 0 || len(b.Columns[l.epoch].Bytes) < 8 {
		return false
	}
	times := b.Columns[l.epoch].Bytes
	last := math.Float64frombits(binary.LittleEndian.Uint64(times[len(times)-8:]))
	late := float64(now.UnixMicro())/1e6 - last
	if !l.own && (!l.known || late < l.least) {
		l.least, l.known = late, true
	}
	switch late -= l.least; {
	case late > behindMost.Seconds():
		l.hurry = true
	case late < behindLeast.Seconds():
		l.hurry = false
	}
	return l.hurry
}
