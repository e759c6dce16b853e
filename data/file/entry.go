package file

import (
	"encoding/json"
	"slices"

	"blissh/data"
	"blissh/internal/hdf5"
)

// An entry of a file:
//
//	/12.1                     NXentry, default = plot
//	    title, command, start_time, end_time, end_reason, ...
//	    user                  NXuser
//	    instrument            NXinstrument
//	        robz              NXpositioner      value, target_value
//	        diode             NXdetector        data
//	        positioners_start NXcollection      where all axes stood; positioners_end
//	        positioners       NXcollection      the same, but values of scanned axes
//	    measurement           NXcollection      hard links to the same values
//	    plot                  NXdata            what a viewer shows first
//	    plot_image            NXdata            one for each spectrum and image
//	    notes                 NXcollection      point, time, what, text, ...: pauses, steering, comments
//	    meta, hooks           NXcollection      what the user, and who watches
//	    scan                  NXcollection      planned points, ranges, shape, ...

// Chunks of scalars have the planned number of points, within these limits.
const (
	minRows = 16
	maxRows = 4096
)

// From packedSize bytes on, each array is compressed; smaller ones share a chunk of
// about sharedChunk bytes.
const (
	packedSize  = 1024
	sharedChunk = 8192
)

// columnsOf are the columns of a scan's data channels.
func columnsOf(s *data.Scan) ([]*hdf5.Column, error) {
	rows := min(max(s.Planned, minRows), maxRows)
	if s.Planned == 0 {
		rows = 1024
	}
	var list []*hdf5.Column
	for _, c := range s.Channels {
		kind, err := hdf5.TypeOf(c.DType)
		if err != nil {
			return nil, err
		}
		column := &hdf5.Column{Type: kind, Shape: c.Shape, Rows: rows, Attributes: channelAttributes(c)}
		if size := c.PointSize(); !c.Scalar() {
			column.Deflate = size >= packedSize
			column.Rows = min(rows, max(sharedChunk/max(size, 1), 1))
		}
		list = append(list, column)
	}
	return list, nil
}

func channelAttributes(c data.Channel) (list []hdf5.Attribute) {
	if c.Unit != "" {
		list = append(list, hdf5.Attribute{Name: "units", Value: c.Unit})
	}
	switch len(c.Shape) {
	case 1:
		list = append(list, hdf5.Attribute{Name: "interpretation", Value: "spectrum"})
	case 2:
		list = append(list, hdf5.Attribute{Name: "interpretation", Value: "image"})
	}
	return list
}

// targetColumns are those of where the scanned axes were sent.
func targetColumns(s *data.Scan, rows int) (list []*hdf5.Column) {
	for _, axis := range s.Moving {
		list = append(list, &hdf5.Column{Type: hdf5.Float(8), Rows: rows, Attributes: unitOf(s, axis)})
	}
	return list
}

// entry is the tree of a scan.
func entry(s *data.Scan, columns, targets, notes []*hdf5.Column) *hdf5.Group {
	e := class("NXentry", hdf5.Attribute{Name: "default", Value: "plot"})
	e.Room = 400 // for the six members that come at the end
	e.Put("title", text(s.Title)).Put("entry_identifier", text(s.UID)).Put("start_time", text(iso(s.Start)))
	e.Put("command", text(s.Command)).Put("session", text(s.Session))
	e.Put("program_name", &hdf5.Data{Value: "blissh", Attributes: []hdf5.Attribute{{Name: "version", Value: s.Version}}})
	e.Put("user", class("NXuser").Put("name", text(s.User)))
	identifiers(e, s)
	e.Put("instrument", instrument(s, columns, targets)).Put("measurement", measurement(s, columns))
	for _, p := range plots(s, columns) {
		e.Put(p.Name, p.Object)
	}
	e.Put("notes", notesGroup(notes)).Put("meta", metaGroup(s)).Put("hooks", hookGroup(s))
	return e.Put("scan", description(s))
}

func instrument(s *data.Scan, columns, targets []*hdf5.Column) *hdf5.Group {
	g := class("NXinstrument")
	g.Room = 60 // for positioners_end
	for i, c := range s.Channels {
		if c.Role == "counter" {
			g.Put(c.Name, class("NXdetector").Put("data", columns[i]))
			continue
		}
		p := class("NXpositioner").Put("name", text(c.Name)).Put("value", columns[i])
		if k := slices.Index(s.Moving, c.Name); k >= 0 && c.Role == "axis" {
			p.Put("target_value", targets[k])
		}
		g.Put(c.Name, p)
	}
	start, all := class("NXcollection"), class("NXcollection")
	for _, a := range s.Axes {
		if a.Start == nil {
			continue
		}
		start.Put(a.Name, quantity(*a.Start, a.Unit))
		if !slices.Contains(s.Moving, a.Name) {
			all.Put(a.Name, quantity(*a.Start, a.Unit))
		}
	}
	for i, c := range s.Channels {
		if slices.Contains(s.Moving, c.Name) {
			putOnce(all, c.Name, columns[i])
		}
	}
	return putOnce(putOnce(putOnce(g, "positioners_start", start), "positioners", all), "name", text(s.Host))
}

// putOnce puts a member of ours beside those that are named by the user.
func putOnce(g *hdf5.Group, name string, o hdf5.Object) *hdf5.Group {
	if has(g, name) {
		return g
	}
	return g.Put(name, o)
}

func has(g *hdf5.Group, name string) bool {
	return slices.ContainsFunc(g.Members, func(m hdf5.Member) bool { return m.Name == name })
}

func measurement(s *data.Scan, columns []*hdf5.Column) *hdf5.Group {
	g := class("NXcollection")
	for i, c := range s.Channels {
		g.Put(c.Name, columns[i])
	}
	return g
}

// description is what there is to know about the scan besides its values.
func description(s *data.Scan) *hdf5.Group {
	g := class("NXcollection").Put("type", text(s.Type)).Put("name", text(s.Name)).Put("number", &hdf5.Data{Value: s.Number})
	g.Put("planned_points", &hdf5.Data{Value: s.Planned}).Put("count_time", quantity(s.CountTime.Seconds(), "s"))
	if s.Relative != "" {
		g.Put("relative", text(s.Relative))
	}
	if shape := s.PlannedShape(); len(shape) > 0 {
		g.Members = append(g.Members, grid("planned_", shape, s.BackNForth || s.Plan != nil && s.Plan.BackNForth)...)
	}
	ranges := class("NXcollection")
	for _, r := range s.Ranges {
		ranges.Put(r.Axis, class("NXcollection").Put("start", &hdf5.Data{Value: r.Start}).Put("stop", &hdf5.Data{Value: r.Stop}).
			Put("low", &hdf5.Data{Value: r.Low}).Put("high", &hdf5.Data{Value: r.High}))
	}
	g.Put("ranges", ranges).Put("planned", plannedGroup(s))
	if s.Allow != nil {
		g.Put("allow", allowGroup(s.Allow))
	}
	if info, err := json.Marshal(s.Info); err == nil && len(s.Info) > 0 {
		g.Put("info", text(string(info)))
	}
	return g
}

// grid is the shape of a mesh.
func grid(prefix string, shape []int, backnforth bool) []hdf5.Member {
	return []hdf5.Member{
		{Name: prefix + "shape", Object: &hdf5.Data{Value: shape}},
		{Name: prefix + "backnforth", Object: &hdf5.Data{Value: map[bool]int{true: 1}[backnforth]}},
	}
}

func class(name string, more ...hdf5.Attribute) *hdf5.Group {
	return &hdf5.Group{Attributes: append([]hdf5.Attribute{{Name: "NX_class", Value: name}}, more...)}
}

func text(s string) *hdf5.Data { return &hdf5.Data{Value: s} }

func quantity(v float64, unit string) *hdf5.Data {
	d := &hdf5.Data{Value: v}
	if unit != "" {
		d.Attributes = []hdf5.Attribute{{Name: "units", Value: unit}}
	}
	return d
}
