package commands

import (
	"context"
	"fmt"
	"path"
	"strings"
	"time"

	"blissh/data"
)

// source is where the description and the data of a scan come from.
type source interface {
	Info() *data.Scan
	// Columns are all scalar data channels, each with one value per point.
	Columns(context.Context) (map[string][]float64, error)
}

// results is what a user asks of a scan's data, while it runs and afterwards.
// The data are read from the store each time.
type results struct {
	sh     *Shell
	source source
}

// ScanInfo is what the record of a scan says.
type ScanInfo struct{ *data.Scan }

// Info is the record of the scan: number, title, times, outcome, data channels.
func (r results) Info() ScanInfo { return ScanInfo{r.source.Info()} }

// String has a line for each thing that is known.
func (i ScanInfo) String() string {
	at := func(t time.Time) string {
		if t.IsZero() {
			return ""
		}
		return t.Local().Format("2006-01-02 15:04:05")
	}
	var channels []string
	for _, c := range i.Channels {
		channels = append(channels, label(c.Name, c.Unit))
	}
	number := ""
	if i.Number > 0 {
		number = fmt.Sprintf("%d, uid %s", i.Number, i.UID)
	}
	outcome := string(i.Outcome) + reasonText(i.Outcome, i.Reason)
	var b strings.Builder
	for _, line := range [][2]string{
		{"scan", number}, {"title", i.Title}, {"command", i.Command}, {"session", i.Session}, {"start", at(i.Start)}, {"end", at(i.End)},
		{"points", strings.TrimSuffix(fmt.Sprintf("%d of %s", i.Taken, points(i.Planned)), " points")}, {"outcome", outcome}, {"axes", strings.Join(i.Moving, " ")},
		{"data channels", strings.Join(channels, " ")}, {"by", strings.TrimSuffix(i.User+" on "+i.Host, " on ")}, {"version", i.Version},
	} {
		if line[1] != "" {
			fmt.Fprintf(&b, "%-15s%s\n", line[0], line[1])
		}
	}
	return strings.TrimSuffix(b.String(), "\n")
}

// GetData reads the data channels back from the store, by name: all scalar
// ones, or those that are named; "sim_*" names several. Each has one value per
// point.
func (r results) GetData(names ...string) map[string][]float64 {
	all := r.columns("get_data")
	if len(names) == 0 {
		return all
	}
	chosen := map[string][]float64{}
	for _, n := range names {
		found := matching(n, keys(all))
		if len(found) == 0 {
			failf("get_data", "the scan has no data channel %s%s", n, suggestion(n, keys(all)))
		}
		for _, name := range found {
			chosen[name] = all[name]
		}
	}
	return chosen
}

func (r results) columns(command string) map[string][]float64 {
	ctx, cancel := context.WithTimeout(r.sh.context(command), storeTime)
	defer cancel()
	all, err := r.source.Columns(ctx)
	if err != nil {
		fail(command, err)
	}
	return all
}

// matching are the names that a pattern such as "sim_*" stands for.
func matching(pattern string, names []string) (found []string) {
	for _, n := range names {
		if ok, err := path.Match(pattern, n); n == pattern || ok && err == nil {
			found = append(found, n)
		}
	}
	return found
}
