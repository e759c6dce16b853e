package scan

import (
	"io"
	"time"

	"blissh/data"
)

// prepare does all that comes before the first count. A scan that is to end
// after the point in progress has none before its first move.
func (r *runner) prepare() error {
	steps := []struct {
		do   func() error
		stop When
	}{
		{r.reserve, AfterPoint},
		{r.locate, AfterPoint},
		{r.resolve, AfterPoint},
		{r.checkAgain, AfterPoint},
		{r.introduce, AfterPoint},
		{r.preparePresets, AfterPoint},
		{r.prepareChainPresets, AfterPoint},
		{r.prepareChain, AfterPoint},
		{r.firstMove, AfterPoint},
		{r.announce, Gently},
		{r.startPresets, Gently},
		{r.startChainPresets, Gently},
	}
	for _, step := range steps {
		if r.s.ending(step.stop) {
			return errEnding
		}
		if err := step.do(); err != nil {
			return err
		}
	}
	r.s.enter(Running)
	return nil
}

// enter moves the scan on in its life.
func (s *Scan) enter(state State) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.state = max(s.state, state)
}

// reserve takes the axes for this scan.
func (r *runner) reserve() error {
	if r.o.Reserve == nil || len(r.axes) == 0 {
		return nil
	}
	var release func()
	err := r.obtain("reserve the axes", func() (err error) {
		release, err = r.o.Reserve(r.move, r.s.plan.Axes)
		return err
	}, func() {
		if release != nil {
			release()
		}
	})
	r.release = release
	return err
}

// locate reads where the axes stand before anything moves.
func (r *runner) locate() error {
	start := make([]float64, len(r.axes))
	for k, m := range r.axes {
		var err error
		if start[k], err = r.position(r.move, m); err != nil {
			return err
		}
	}
	r.info.Axes = r.positions(start)
	set := make([]float64, len(start))
	for k, m := range r.axes {
		set[k] = setPosition(m, start[k])
	}
	r.s.mu.Lock()
	r.s.start = set
	r.s.mu.Unlock()
	return nil
}

// checkAgain compares the path with the limits as they are now, from where the
// axes stand: they may have been changed since the plan was checked.
func (r *runner) checkAgain() error {
	r.s.mu.Lock()
	way, start := r.s.route, r.s.start
	r.s.mu.Unlock()
	return way.check(r.s.plan.Axes, start)
}

// positions are those of all axes of the session, or of the scanned ones.
func (r *runner) positions(start []float64) (axes []data.Axis) {
	if r.o.Positions != nil {
		_ = r.call("read the axes", func() error {
			axes = r.o.Positions(r.move)
			return nil
		})
		return axes
	}
	for k, m := range r.axes {
		axes = append(axes, data.Axis{Name: m.name, Unit: m.axis.Unit(), Start: &start[k]})
	}
	return axes
}

// introduce opens the sinks and tells them that the scan exists.
func (r *runner) introduce() error {
	r.info.Start = time.Now()
	r.info.Planned = r.s.planned()
	r.plotCourse()
	sinks, err := r.openSinks()
	if err != nil {
		return err
	}
	r.s.show(r.info)
	r.s.mu.Lock()
	sinks = append(append(sinks, r.o.Sinks...), r.s.sinks...)
	r.s.mu.Unlock()
	for _, k := range sinks {
		r.sinks = append(r.sinks, &outlet{sink: k})
		if ready, ok := k.(Ready); ok {
			r.ready = append(r.ready, ready)
		}
	}
	return r.tellAll(&data.NewNode{Node: data.ScanNode(r.info)})
}

// openSinks lets the session complete the description: a copy of it, which is
// the scan's once the call has come back in time.
func (r *runner) openSinks() (sinks []Sink, err error) {
	if r.o.Open == nil {
		return nil, nil
	}
	info := *r.info
	err = r.obtain("open the scan", func() (err error) {
		sinks, err = r.o.Open(r.move, &info)
		return err
	}, func() { closeSinks(sinks) })
	r.info = &info
	return sinks, err
}

// closeSinks closes those that can be closed, of a scan that goes without them.
func closeSinks(sinks []Sink) {
	for _, k := range sinks {
		if c, ok := k.(io.Closer); ok {
			_ = safely("panic", c.Close)
		}
	}
}

// planned is the number of points as the path is now.
func (s *Scan) planned() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.route.length()
}

// show makes a copy of the description for Info.
func (s *Scan) show(d *data.Scan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shown = *d
}

// firstMove takes the axes to point 0.
func (r *runner) firstMove() error {
	more, err := r.goTo(0)
	if err == nil && !more {
		return errEnding
	}
	return err
}

// announce tells the sinks that points follow.
func (r *runner) announce() error {
	return r.tellAll(&data.Prepared{Node: data.ScanNode(r.info)})
}
