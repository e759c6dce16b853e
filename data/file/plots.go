package file

import (
	"slices"

	"blissh/data"
	"blissh/internal/hdf5"
)

// plots are the NXdata groups of a scan: plot, with the scalar counters over the
// scanned axis, as a scatter over both axes of a mesh, which needs no points that
// are missing; and plot_NAME for each spectrum and image.
func plots(s *data.Scan, columns []*hdf5.Column) (list []hdf5.Member) {
	var counters, arrays []int
	for i, c := range s.Channels {
		switch {
		case !c.Scalar():
			arrays = append(arrays, i)
		case c.Role == "counter":
			counters = append(counters, i)
		}
	}
	axes := plotAxes(s)
	if len(counters) == 0 {
		counters = rest(s, axes)
	}
	list = append(list, hdf5.Member{Name: "plot", Object: plot(s, columns, counters, axes)})
	for _, i := range arrays {
		list = append(list, hdf5.Member{Name: "plot_" + s.Channels[i].Name, Object: plot(s, columns, []int{i}, axes[:1])})
	}
	return list
}

// plotAxes are the two axes of a mesh, the first scanned axis of another scan,
// or the time.
func plotAxes(s *data.Scan) []int {
	var list []int
	for _, name := range s.Moving {
		i := slices.IndexFunc(s.Channels, func(c data.Channel) bool { return c.Name == name && c.Scalar() })
		if i >= 0 {
			list = append(list, i)
		}
	}
	switch n := len(s.PlannedShape()); {
	case len(list) == 2 && n == 2:
		return list
	case len(list) > 0 && n < 3:
		return list[:1]
	}
	i := slices.IndexFunc(s.Channels, func(c data.Channel) bool { return c.Name == data.ElapsedTime })
	return []int{max(i, 0)}
}

// rest is some other scalar data channel to be plotted: a scan without counters.
func rest(s *data.Scan, axes []int) []int {
	for i, c := range s.Channels {
		if c.Scalar() && !slices.Contains(axes, i) {
			return []int{i}
		}
	}
	return axes[:1]
}

// plot is an NXdata group: the first signal, and others of the same shape.
func plot(s *data.Scan, columns []*hdf5.Column, signals, axes []int) *hdf5.Group {
	var axisNames, others []string
	g := class("NXdata")
	add := func(i int) {
		if !has(g, s.Channels[i].Name) {
			g.Put(s.Channels[i].Name, columns[i])
		}
	}
	for _, i := range axes {
		axisNames = append(axisNames, s.Channels[i].Name)
		add(i)
	}
	for n, i := range signals {
		if add(i); n > 0 {
			others = append(others, s.Channels[i].Name)
		}
	}
	for range s.Channels[signals[0]].Shape {
		axisNames = append(axisNames, ".")
	}
	g.Attributes = append(g.Attributes, hdf5.Attribute{Name: "signal", Value: s.Channels[signals[0]].Name}, hdf5.Attribute{Name: "axes", Value: axisNames})
	if len(others) > 0 {
		g.Attributes = append(g.Attributes, hdf5.Attribute{Name: "auxiliary_signals", Value: others})
	}
	return putOnce(g, "title", text(s.Title))
}
