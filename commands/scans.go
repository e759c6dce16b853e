package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"blissh/data"
	"blissh/data/store"
)

// Scans are, at the prompt, the scans of the session that are still in the store, those of
// earlier shells included. A ct is none of them: it has a number, by which it is found.
type Scans struct{ sh *Shell }

// Record is a scan at the prompt that is in the store, run by this shell or by an earlier
// one.
type Record struct{ results }

// String describes the scan in a line.
func (r *Record) String() string {
	i := r.source.Info()
	state := string(i.Outcome)
	if state == "" {
		state = "running"
	}
	return fmt.Sprintf("Scan %d  %s  (%s, %d of %s)", i.Number, i.Title, state, i.Taken, points(i.Planned))
}

// stored is a scan as it is described in the store.
type stored struct {
	sh   *Shell
	info *data.Scan
}

func (s *stored) Info() *data.Scan { return s.info }

func (s *stored) Columns(ctx context.Context) (map[string][]float64, error) {
	return s.sh.Session.DB.Columns(ctx, s.info)
}

// list reads what there is, the newest scan last.
func (s *Scans) list(command string) []*data.Scan {
	ctx, cancel := context.WithTimeout(s.sh.context(command), storeTime)
	defer cancel()
	list, err := s.sh.Session.DB.Scans(ctx, s.sh.Session.Name)
	if err != nil {
		fail(command, err)
	}
	return list
}

// scans leaves out what was counted by ct.
func (s *Scans) scans(command string) []*data.Scan {
	return slices.DeleteFunc(s.list(command), func(d *data.Scan) bool { return cmp.Or(d.Type, d.Name) == "ct" })
}

// Get is the scan of that number; a negative one counts from the last scan, which
// is -1.
func (s *Scans) Get(number int) *Record {
	if r := s.sh.dryRecord(number); r != nil {
		return r
	}
	if number < 0 {
		return s.fromTheEnd(-number)
	}
	list := s.list("SCANS")
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].Number == number {
			return &Record{results{s.sh, &stored{s.sh, list[i]}}}
		}
	}
	failf("SCANS", "scan %d is not in the store%s", number, span(list))
	return nil
}

// fromTheEnd is the last scan for 1, the one before it for 2.
func (s *Scans) fromTheEnd(k int) *Record {
	list := s.scans("SCANS")
	if k > len(list) {
		failf("SCANS", "scan %d is not in the store%s", -k, span(list))
	}
	return &Record{results{s.sh, &stored{s.sh, list[len(list)-k]}}}
}

// span says which scans there are.
func span(list []*data.Scan) string {
	if len(list) == 0 {
		return ", which has none of this session"
	}
	return fmt.Sprintf(", which has %d of this session, up to %d", len(list), list[len(list)-1].Number)
}

// Last is the newest scan.
func (s *Scans) Last() *Record { return s.Get(-1) }

// Len is how many scans there are.
func (s *Scans) Len() int { return len(s.scans("SCANS")) }

// shownScans is how many of the newest scans are listed.
const shownScans = 20

// String lists the newest scans, a line each.
func (s *Scans) String() string {
	list := s.scans("SCANS")
	rows := [][]string{{"scan", "start", "outcome", "points", "saved", "title"}}
	ctx, cancel := context.WithTimeout(s.sh.context("SCANS"), storeTime)
	defer cancel()
	for _, i := range list[max(0, len(list)-shownScans):] {
		outcome := string(i.Outcome)
		if outcome == "" {
			outcome = "running"
		}
		rows = append(rows, []string{strconv.Itoa(i.Number), i.Start.Local().Format("2006-01-02 15:04:05"), outcome, strconv.Itoa(i.Taken), s.saved(ctx, i), i.Title})
	}
	if len(list) == 0 {
		return "no scan of this session is in the store"
	}
	var b strings.Builder
	printTable(&b, rows)
	if n := len(list) - shownScans; n > 0 {
		fmt.Fprintf(&b, "  %d older ones: SCANS.get(number)\n", n)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// saved says how far a scan is in files, "?" if that is not known any more.
func (s *Scans) saved(ctx context.Context, d *data.Scan) string {
	if !d.Save {
		return "no"
	}
	v, err := s.sh.Session.DB.Saved(ctx, d.Session, d.UID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return "not yet"
	case err != nil:
		return "?"
	case v.Error != "":
		return "FAILED"
	case v.Complete:
		return "yes"
	}
	return strconv.Itoa(v.Points)
}

func (sh *Shell) setLast(s *Scan) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.last = s
}

var errNoScan = errors.New("there is no scan yet")

// lastResults are those of the last scan: that of this shell, else the newest
// one in the store.
func (sh *Shell) lastResults(command string) results {
	sh.mu.Lock()
	last := sh.last
	sh.mu.Unlock()
	if last != nil {
		return last.results
	}
	list := (&Scans{sh}).scans(command)
	if len(list) == 0 {
		fail(command, errNoScan)
	}
	return results{sh, &stored{sh, list[len(list)-1]}}
}
