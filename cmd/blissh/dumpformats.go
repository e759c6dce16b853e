package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"blissh/data"
)

// csvDump writes a header and a line for each point.
type csvDump struct {
	out    *csv.Writer
	record []string
}

func newCSVDump(out io.Writer) *csvDump { return &csvDump{out: csv.NewWriter(out)} }

func (c *csvDump) begin(_ *data.Scan, columns []data.Channel) error {
	c.record = append(c.record[:0], "point")
	for _, ch := range columns {
		c.record = append(c.record, heading(ch))
	}
	return c.write()
}

// heading is "robz [mm]", "mca(1024)", "camera(480x640)".
func heading(c data.Channel) string {
	text := c.Name
	if !c.Scalar() {
		text += "(" + strings.Trim(strings.ReplaceAll(fmt.Sprint(c.Shape), " ", "x"), "[]") + ")"
	}
	if c.Unit != "" {
		text += " [" + c.Unit + "]"
	}
	return text
}

func (c *csvDump) row(index int, cells []cell) error {
	c.record = append(c.record[:0], fmt.Sprint(index))
	for _, x := range cells {
		c.record = append(c.record, x.text())
	}
	return c.write()
}

func (c *csvDump) write() error {
	if err := c.out.Write(c.record); err != nil {
		return err
	}
	c.out.Flush() // into the buffer of the dump
	return c.out.Error()
}

func (c *csvDump) steering(*data.Steering) error { return nil }
func (c *csvDump) end(*data.EndScan) error       { return nil }

// text is the cell in CSV.
func (x cell) text() string {
	size := data.ItemSize(x.channel.DType)
	width := 1 // values of a row
	if n := len(x.channel.Shape); n > 0 {
		width = x.channel.Shape[n-1]
	}
	var b strings.Builder
	for i := 0; i*size < len(x.bytes); i++ {
		switch {
		case i > 0 && i%width == 0:
			b.WriteByte(';')
		case i > 0:
			b.WriteByte(' ')
		}
		b.WriteString(data.Text(x.channel.DType, x.bytes[i*size:]))
	}
	return b.String()
}

// jsonDump writes an object a line, as `blissh run --json` does.
type jsonDump struct {
	enc  *json.Encoder
	scan int
}

func newJSONDump(out io.Writer) *jsonDump {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	return &jsonDump{enc: enc}
}

func (j *jsonDump) begin(s *data.Scan, _ []data.Channel) error {
	j.scan = s.Number
	return j.enc.Encode(struct {
		Type string     `json:"type"`
		Scan *data.Scan `json:"scan"`
	}{"scan", s})
}

func (j *jsonDump) row(index int, cells []cell) error {
	values := make(map[string]any, len(cells))
	for _, x := range cells {
		values[x.channel.Name] = x.value(x.channel.Shape, x.bytes)
	}
	return j.enc.Encode(map[string]any{"type": "point", "scan": j.scan, "index": index, "values": values})
}

// value is the cell in JSON: a number, or lists as deep as the shape.
func (x cell) value(shape []int, b []byte) any {
	if len(b) == 0 {
		return nil
	}
	if len(shape) > 0 {
		list, part := make([]any, shape[0]), len(b)/shape[0]
		for i := range list {
			list[i] = x.value(shape[1:], b[i*part:(i+1)*part])
		}
		return list
	}
	switch text := data.Text(x.channel.DType, b); text {
	case "NaN", "Inf", "-Inf":
		return nil
	default:
		return json.Number(text)
	}
}

func (j *jsonDump) steering(s *data.Steering) error {
	return j.enc.Encode(map[string]any{"type": "steering", "scan": j.scan, "points": s.Points, "what": s.What, "text": s.Text})
}

func (j *jsonDump) end(e *data.EndScan) error {
	return j.enc.Encode(map[string]any{"type": "end", "scan": j.scan, "outcome": e.Outcome, "reason": e.Reason, "points": e.Points})
}
