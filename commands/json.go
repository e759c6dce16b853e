package commands

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"math"
	"slices"
	"sync"
	"time"

	"blissh/data"
)

// JSONLines shows scans and messages as one JSON object a line, for programs:
//
//	{"type":"scan","number":12,"name":"ascan","title":...,"planned":501,"channels":[...]}
//	{"type":"point","scan":12,"index":0,"values":{"robz":-5,"elapsed_time":0,...}}
//	{"type":"end","scan":12,"outcome":"stopped","reason":...,"points":240,...}
//	{"type":"saved","scan":12,"points":240,"complete":true,"files":[...],"error":""}
//	{"type":"message","text":"..."}
//	{"type":"error","text":"..."}
//
// Values that are no numbers are null. Lines leave at once when they are few
// and in blocks when they are many. It is safe for concurrent use.
type JSONLines struct {
	mu  sync.Mutex
	out *bufio.Writer
	enc *json.Encoder
}

// NewJSONLines writes to out.
func NewJSONLines(out io.Writer) *JSONLines {
	w := bufio.NewWriterSize(out, 1<<16)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false) // "<f8" as it is
	return &JSONLines{out: w, enc: enc}
}

// Message writes a text that is none of a scan.
func (j *JSONLines) Message(text string) {
	j.write(map[string]any{"type": "message", "text": text}, true)
}

// Error writes a text that says what went wrong.
func (j *JSONLines) Error(text string) {
	j.write(map[string]any{"type": "error", "text": text}, true)
}

func (j *JSONLines) write(v any, flush bool) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.enc.Encode(v)
	if flush && err == nil {
		err = j.out.Flush()
	}
	return err
}

// Sink shows one scan. An output that is gone (a closed pipe) does not fail it.
func (j *JSONLines) Sink() *JSONScan { return &JSONScan{lines: j} }

// JSONScan is the scan.Sink of JSONLines.
type JSONScan struct {
	lines *JSONLines
	info  *data.Scan
	last  time.Time // of the last flush

	filing Filing // nil: nothing is known of files
}

// Put writes one event.
func (s *JSONScan) Put(_ context.Context, e data.Event) error {
	switch e := e.(type) {
	case *data.NewNode:
		s.info = e.Node.Scan
		s.lines.write(s.object(), true)
	case *data.Row:
		now := time.Now()
		flush := now.Sub(s.last) > screenPeriod
		if flush {
			s.last = now
		}
		s.lines.write(pointObject(s.info, e), flush)
	case *data.Steering:
		s.lines.write(map[string]any{"type": "steering", "scan": s.info.Number, "points": e.Points, "what": e.What, "text": e.Text}, true)
	case *data.EndScan:
		s.lines.write(endObject(e), true)
	}
	return nil
}

func scanObject(s *data.Scan) map[string]any {
	return map[string]any{
		"type": "scan", "session": s.Session, "number": s.Number, "uid": s.UID, "name": s.Name, "title": s.Title, "command": s.Command,
		"planned": s.Planned, "start": s.Start.UTC().Format(time.RFC3339Nano), "axes": append([]string{}, s.Moving...), "channels": channelObjects(s.Channels),
	}
}

// object is the scan with its files.
func (s *JSONScan) object() map[string]any {
	o := scanObject(s.info)
	host, files := "", []string{}
	if s.filing != nil {
		host, files = s.filing.Files()
	}
	o["saved"], o["files"], o["files_host"] = len(files) > 0, append([]string{}, files...), host
	return o
}

// saved is the last line of a scan that goes to files: how much is in them.
func (s *JSONScan) saved() {
	if s.filing == nil || s.info == nil {
		return
	}
	if _, files := s.filing.Files(); len(files) == 0 {
		return
	}
	v := s.filing.Saved(context.Background(), savedWait)
	s.lines.write(map[string]any{
		"type": "saved", "session": s.info.Session, "scan": s.info.Number,
		"points": v.Points, "complete": v.Complete, "files": append([]string{}, v.Files...), "error": v.Error,
	}, true)
}

// channelObjects writes a list where there is nothing to list, too.
func channelObjects(list []data.Channel) []data.Channel {
	list = slices.Clone(list)
	for i := range list {
		list[i].Shape = append([]int{}, list[i].Shape...)
	}
	return list
}

func pointObject(info *data.Scan, r *data.Row) map[string]any {
	values, i := map[string]any{}, 0
	for _, c := range info.Channels {
		if c.Scalar() {
			values[c.Name] = number(r.Values[i])
			i++
		}
	}
	return map[string]any{"type": "point", "scan": info.Number, "index": r.Index, "values": values}
}

func endObject(e *data.EndScan) map[string]any {
	s := e.Node.Scan
	return map[string]any{
		"type": "end", "session": s.Session, "scan": s.Number, "outcome": e.Outcome, "reason": e.Reason, "points": e.Points,
		"took_s": s.Timing.Total.Seconds(), "counting_s": s.Timing.Counting.Seconds(), "motion_s": s.Timing.Motion.Seconds(), "overhead_s": s.Timing.Overhead.Seconds(),
	}
}

// number is null for what JSON cannot say.
func number(x float64) any {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return nil
	}
	return x
}
