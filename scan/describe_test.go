package scan_test

import (
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"blissh/data"
	"blissh/device"
	"blissh/device/sim"
	"blissh/scan"
)

// circle is a trajectory of somebody else.
type circle struct{ n int }

func (c circle) Len() int { return c.n }
func (c circle) At(i int, to []float64) {
	to[0], to[1] = math.Round(100*math.Cos(2*math.Pi*float64(i)/float64(c.n)))/100, math.Round(100*math.Sin(2*math.Pi*float64(i)/float64(c.n)))/100
}

// TestTheDescriptionSaysWhereTheAxesGo, so that a client can plot a mesh.
func TestTheDescriptionSaysWhereTheAxesGo(t *testing.T) {
	x, _ := newInstant("robx")
	y, _ := newInstant("roby")
	_, gauss := newController("gauss")
	r := func(axis string, start, stop, low, high float64) data.Range {
		return data.Range{Axis: axis, Start: start, Stop: stop, Low: low, High: high}
	}
	for _, c := range []struct {
		t      scan.Trajectory
		ranges []data.Range
		shape  []int
		zigzag bool
	}{
		{scan.Linear{Start: []float64{2, 0}, Stop: []float64{-1, 1}, Intervals: 3}, []data.Range{r("robx", 2, -1, -1, 2), r("roby", 0, 1, 0, 1)}, nil, false},
		{scan.Mesh{Start: []float64{2, 0}, Stop: []float64{-1, 1}, Intervals: []int{4, 2}}, []data.Range{r("robx", 2, -1, -1, 2), r("roby", 0, 1, 0, 1)}, []int{3, 5}, false},
		{scan.Mesh{Start: []float64{2, 0}, Stop: []float64{-1, 1}, Intervals: []int{1, 2}, Zigzag: true}, []data.Range{r("robx", 2, -1, -1, 2), r("roby", 0, 1, 0, 1)}, []int{3, 2}, true},
		{scan.Points{{1, 5}, {4, 3}, {2, 9}}, []data.Range{r("robx", 1, 2, 1, 4), r("roby", 5, 9, 3, 9)}, nil, false},
		{circle{4}, []data.Range{r("robx", 1, 0, -1, 1), r("roby", 0, -1, -1, 1)}, nil, false},
		{scan.Shift(circle{4}, []float64{10, 20}), []data.Range{r("robx", 11, 10, 9, 11), r("roby", 20, 19, 19, 21)}, nil, false},
	} {
		p := scan.Plan{Name: "a", Axes: []device.Axis{x, y}, Trajectory: c.t, Counters: []*device.Counter{gauss}, CountTime: time.Second, Info: map[string]any{"sample": "gold"}}
		d := mustNew(t, p, scan.Options{}).Info()
		if !reflect.DeepEqual(d.Ranges, c.ranges) || !reflect.DeepEqual(d.Shape, c.shape) || d.BackNForth != c.zigzag {
			t.Errorf("%#v: %+v %v %v", c.t, d.Ranges, d.Shape, d.BackNForth)
		}
		if d.Type != "a" || d.CountTime != time.Second || d.Info["sample"] != "gold" || d.Relative != "" {
			t.Errorf("%+v", d)
		}
	}
	p := scan.Plan{Name: "ct", Counters: []*device.Counter{gauss}, Info: map[string]any{"f": math.NaN()}}
	if _, err := scan.New(p, scan.Options{}); err == nil || !strings.HasPrefix(err.Error(), "the scan's info cannot be written as JSON: ") {
		t.Error(err)
	}
}

// limited is an axis that is made of others: any place between 3 and 4 is beyond
// its limits.
type limited struct{ device.Axis }

func (limited) CheckTarget(_, to float64) error {
	if to > 3 && to < 4 {
		return &device.LimitError{Axis: "gap", Unit: "mm", Want: to, Low: 4, High: math.Inf(1)}
	}
	return nil
}

// TestEveryPointOfAnAxisMadeOfOthersIsChecked: that both ends are allowed says
// nothing there.
func TestEveryPointOfAnAxisMadeOfOthersIsChecked(t *testing.T) {
	x, _ := newInstant("gap")
	y, _ := newInstant("roby")
	_, gauss := newController("gauss")
	axes := []device.Axis{limited{x}, y}
	for want, tr := range map[string]scan.Trajectory{
		"point 7: gap: 3.5 mm is beyond the low limit 4 mm": scan.Linear{Start: []float64{0, 0}, Stop: []float64{5, 1}, Intervals: 10},
		"point 3: gap: 3.5 mm is beyond the low limit 4 mm": scan.Mesh{Start: []float64{2, 0}, Stop: []float64{5, 1}, Intervals: []int{6, 2}},
	} {
		_, err := scan.New(scan.Plan{Name: "a", Axes: axes, Trajectory: tr, Counters: []*device.Counter{gauss}}, scan.Options{})
		if err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestAMeshIsCheckedAtItsEdges: backlash comes at an edge from the inside, or when
// a line begins again.
func TestAMeshIsCheckedAtItsEdges(t *testing.T) {
	c := robz
	c.Low, c.High, c.Backlash = -10, 10, 1
	x, _ := sim.NewAxis(c, sim.MotorOptions{}, device.TimerWait)
	c.Name = "roby"
	y, _ := sim.NewAxis(c, sim.MotorOptions{}, device.TimerWait)
	_, gauss := newController("gauss")
	for _, c := range []struct {
		mesh scan.Mesh
		want string
	}{
		{scan.Mesh{Start: []float64{-9, 0}, Stop: []float64{9, 1}, Intervals: []int{100_000, 50_000}}, ""},
		{scan.Mesh{Start: []float64{-9.5, 0}, Stop: []float64{9, 1}, Intervals: []int{2, 2}}, "point 3: robz: -10.5 mm (with backlash) is beyond the low limit -10 mm"},
		{scan.Mesh{Start: []float64{-9.5, 0}, Stop: []float64{9, 1}, Intervals: []int{2, 2}, Zigzag: true}, "point 5: robz: -10.5 mm (with backlash) is beyond the low limit -10 mm"},
		{scan.Mesh{Start: []float64{0, 9}, Stop: []float64{1, 10.5}, Intervals: []int{1, 3}}, "point 6: roby: 10.5 mm is beyond the high limit 10 mm"},
		{scan.Mesh{Start: []float64{0, 0}, Stop: []float64{1, 1}, Intervals: []int{1 << 30, 1 << 30}}, "1.15e+18 points are too many"},
	} {
		_, err := scan.New(scan.Plan{Name: "a", Axes: []device.Axis{x, y}, Trajectory: c.mesh, Counters: []*device.Counter{gauss}}, scan.Options{})
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%+v\n got %s\nwant %s", c.mesh, got, c.want)
		}
	}
}
