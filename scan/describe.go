package scan

import (
	"blissh/data"
	"blissh/device"
)

// describeScan is the description as far as the plan knows it.
func describeScan(p Plan, channels []data.Channel) data.Scan {
	d := data.Scan{
		Name:      p.Name,
		Type:      p.Type,
		Title:     p.Title,
		Command:   p.Command,
		Planned:   p.Trajectory.Len(),
		Save:      p.Save,
		Channels:  channels,
		CountTime: p.CountTime,
		Info:      p.Info,
	}
	if p.Relative {
		d.Relative = p.Title
	}
	for _, a := range p.Axes {
		d.Moving = append(d.Moving, a.Name())
	}
	if p.Relative {
		p.resolve(&d, provisional(p))
	} else {
		describePath(&d, p.Axes, p.Trajectory)
	}
	return d
}

// describePath writes down where the axes go, for who plots it.
func describePath(d *data.Scan, axes []device.Axis, t Trajectory) {
	d.Ranges, d.Shape, d.BackNForth = nil, nil, false
	low, high := extent(t, len(axes))
	for k, a := range axes {
		start, stop := ends(t, k, len(axes))
		d.Ranges = append(d.Ranges, data.Range{Axis: a.Name(), Start: start, Stop: stop, Low: low[k], High: high[k]})
	}
	if m, ok := t.(Mesh); ok {
		for k := len(m.Intervals) - 1; k >= 0; k-- {
			d.Shape = append(d.Shape, m.Intervals[k]+1)
		}
		d.BackNForth = m.Zigzag
	}
}

// ends is where an axis begins and ends: the two ends of its grid in a mesh,
// else its first and its last position.
func ends(t Trajectory, k, axes int) (start, stop float64) {
	if m, ok := t.(Mesh); ok {
		return m.Start[k], m.Stop[k]
	}
	at := make([]float64, axes)
	t.At(0, at)
	start = at[k]
	t.At(t.Len()-1, at)
	return start, at[k]
}

// extent is the smallest and the largest position of each axis.
func extent(t Trajectory, axes int) (low, high []float64) {
	low, high = make([]float64, axes), make([]float64, axes)
	if axes == 0 {
		return low, high
	}
	at := make([]float64, axes)
	t.At(0, low)
	t.At(0, high)
	add := func(at []float64) {
		for k, x := range at {
			low[k], high[k] = min(low[k], x), max(high[k], x)
		}
	}
	switch t := t.(type) {
	case Linear:
		add(t.Stop)
	case Mesh:
		add(t.Stop)
	default:
		for i := range t.Len() {
			t.At(i, at)
			add(at)
		}
	}
	return low, high
}
