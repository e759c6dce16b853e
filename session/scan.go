package session

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"blissh/channel"
	"blissh/data"
	"blissh/data/store"
	"blissh/device"
	"blissh/hooks"
	"blissh/scan"
)

// Scan is a scan of a session: the engine's scan, with its hooks, the shared
// channels that stop it, and its data in the store.
type Scan struct {
	*scan.Scan
	session *Session

	asked func()          // somebody wants to have done with it
	over  <-chan struct{} // closed by asked

	mu    sync.Mutex
	sinks []scan.Sink   // of the caller: a display
	hooks []*hooks.Hook // its own
	every []*hooks.Hook // those of every scan, once it has begun
	stops []*channel.Channel

	publisher *store.Publisher // nil until it runs
	heard     []string         // comments of before that are in its record
	promise   *store.Promise   // of the writer, to save it; nil: it was not asked
	begun     chan<- error     // told nil when it has begun in the background
}

// NewScan checks a plan; nothing moves. The display sinks are put last, after
// the store and the hooks.
func (s *Session) NewScan(p scan.Plan, display ...scan.Sink) (*Scan, error) {
	over := make(chan struct{})
	sc := &Scan{session: s, sinks: display, over: over, asked: sync.OnceFunc(func() { close(over) })}
	inner, err := scan.New(p, scan.Options{
		Wait:      s.options.Wait,
		Open:      sc.open,
		Guard:     s.guard,
		Reserve:   s.reserve,
		Positions: s.positions,
		Presets:   sc.presets,
		Dry:       s.options.Dry,
		Room:      sc.room,
	})
	if err != nil {
		return nil, err
	}
	sc.Scan = inner
	return sc, nil
}

// StopOn stops the scan now when a shared channel becomes true. A channel that
// is true when the scan is to start refuses it.
func (sc *Scan) StopOn(c *channel.Channel) error {
	if sc.State() != scan.Idle {
		return errors.New("the scan has started; StopOn comes before run")
	}
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.stops = append(sc.stops, c)
	return nil
}

// Run runs the scan and returns when everything is at rest and the end is in
// the store: nil when it is done or was stopped, else why not. Once ctx has
// ended it refuses to start; later only Interrupt, Stop and Abandon act, for a
// first Ctrl-C lets a count be finished. After Abandon it returns ErrAbandoned
// at once, while the scan unwinds by itself.
func (sc *Scan) Run(ctx context.Context) error {
	if other := sc.session.InBackground(); other != nil && other != sc {
		return errBusy(other)
	}
	sc.mu.Lock()
	stops := slices.Clone(sc.stops)
	sc.mu.Unlock()
	for _, c := range stops {
		if c.Bool() {
			return fmt.Errorf("the shared channel %s is true already: set it to false first", c.Name())
		}
	}
	return sc.session.inWork(ctx, sc, func() error { return sc.run(context.WithoutCancel(ctx), stops) })
}

func (sc *Scan) run(ctx context.Context, stops []*channel.Channel) error {
	for _, c := range stops {
		defer c.Watch(sc.stopIfTrue)()
		sc.stopIfTrue(c) // it may have changed before it was watched
	}
	defer sc.forgetComments()
	return sc.Scan.Run(ctx)
}

func (sc *Scan) stopIfTrue(c *channel.Channel) {
	if c.Bool() {
		sc.Stop(&scan.StopError{By: "shared channel " + c.Name()}, scan.Now)
	}
}

// open is called by the engine when the scan starts: it gives the scan its
// number and its place in the store. The store hears of each point first.
func (sc *Scan) open(ctx context.Context, info *data.Scan) ([]scan.Sink, error) {
	s := sc.session
	if err := sc.promised(ctx, info); err != nil {
		return nil, err
	}
	watchdogs, err := sc.watchdogs(ctx, info)
	if err != nil {
		return nil, err
	}
	if err := s.describe(ctx, info); err != nil {
		return nil, err
	}
	p, err := s.DB.Publish(ctx, info, store.PublishOptions{
		Lease: s.lease.Check, Asked: sc.over, OnDown: sc.storeDown, OnUp: sc.storeUp, OnLate: sc.storeLate,
	})
	if err != nil {
		return nil, err
	}
	sc.tellComments(info)
	sc.mu.Lock()
	defer sc.mu.Unlock()
	sc.publisher = p
	if sc.begun != nil {
		sc.begun <- nil
	}
	sinks := append([]scan.Sink{p}, watchdogs...)
	return append(sinks, sc.sinks...), nil
}

// storeDown and storeUp tell the user of an outage of the store in mid-scan, and
// storeLate what became of an end that nobody waited for. The publisher does not
// wait for the screen.
func (sc *Scan) storeDown(since time.Time, why error) {
	what := "does not answer"
	if store.Full(why) {
		what = "takes no data"
	}
	go sc.session.options.Warn(fmt.Sprintf("the store %s since %s (%v): the scan waits for it, 10 s at most", what, since.Format("15:04:05"), why))
}

func (sc *Scan) storeUp() {
	text := "the store is back: the scan goes on"
	if sc.isEnding() {
		text = "the store is back: it gets the rest of the scan"
	}
	go sc.session.options.Warn(text)
}

func (sc *Scan) storeLate(err error) {
	text := fmt.Sprintf("the store is back: scan %d is complete there", sc.Info().Number)
	if err != nil {
		text = err.Error()
	}
	go sc.session.options.Warn(text)
}

// isEnding reports whether no more points are taken.
func (sc *Scan) isEnding() bool {
	select {
	case <-sc.over:
		return true
	default:
	}
	return sc.State() >= scan.Stopping
}

// describe fills in what the engine does not know.
func (s *Session) describe(ctx context.Context, info *data.Scan) error {
	n, err := s.settings.nextScanNumber(func(last int) (int, error) { return s.lease.NextNumber(ctx, last) })
	if err != nil {
		return err
	}
	info.Session, info.Number, info.UID = s.Name, n, newUID()
	info.User, info.Host, info.Version = s.holder.User, s.holder.Host, s.options.Version
	info.Saving, info.Meta = s.Saving(), s.Meta()
	return nil
}

// Columns reads all scalar data channels of the scan back from the store, each
// with one value per point. A scan that has not run has none.
func (sc *Scan) Columns(ctx context.Context) (map[string][]float64, error) {
	if sc.State() == scan.Idle {
		return nil, errors.New("the scan has not run yet: there are no data")
	}
	if sc.session.options.Dry != nil {
		return sc.dryColumns(), nil
	}
	return sc.session.DB.Columns(ctx, sc.Info())
}

// reserve takes the axes for this session's process, by hardware address; of
// calculated axes those that they move.
func (s *Session) reserve(ctx context.Context, axes []device.Axis) (release func(), err error) {
	axes = device.Hardware(axes)
	var addresses []string
	for _, a := range axes {
		if m, ok := a.(*device.MotorAxis); ok && m.Quarantined() {
			return nil, fmt.Errorf("%s is quarantined: it did not confirm to be at rest; sta() reads its state", m.Name())
		}
		if x, ok := a.(device.Addressed); ok {
			addresses = append(addresses, x.Address())
		}
	}
	if s.options.Dry != nil {
		s.noteInUse(ctx, axes)
	}
	if len(addresses) == 0 {
		return func() {}, nil
	}
	s.releases.wait(ctx)
	r, err := s.lease.Reserve(ctx, s.holderText(), addresses)
	if err != nil {
		return nil, s.nameReserved(err, axes)
	}
	return func() { s.release(r) }, nil
}

// holderText says who has reserved an axis.
func (s *Session) holderText() string {
	return fmt.Sprintf("session %s (%s on %s, process %d)", s.Name, s.holder.User, s.holder.Host, s.holder.PID)
}

// nameReserved puts the name of the axis in place of its hardware address.
func (s *Session) nameReserved(err error, axes []device.Axis) error {
	var held *store.ReservedError
	if !errors.As(err, &held) {
		return err
	}
	for _, a := range axes {
		if x, ok := a.(device.Addressed); ok && x.Address() == held.Address {
			note := ""
			if held.Holder == s.holderText() {
				note = ": an earlier move or scan of this shell has not ended"
			}
			return fmt.Errorf("%s is in use by %s%s", a.Name(), held.Holder, note)
		}
	}
	return err
}

// positions reads where all axes of the session are, side by side; one that
// does not answer within a second has no position, and is not waited for.
func (s *Session) positions(ctx context.Context) []data.Axis {
	ctx, cancel := context.WithTimeout(ctx, positionTime)
	defer cancel()
	type found struct {
		i  int
		at *float64
	}
	list := make([]data.Axis, len(s.devices.Axes))
	answers := make(chan found, len(list))
	for i, a := range s.devices.Axes {
		list[i] = data.Axis{Name: a.Name(), Unit: a.Unit()}
		go func() {
			f := found{i: i}
			if p, err := a.Position(ctx); err == nil {
				f.at = &p
			}
			answers <- f
		}()
	}
	for range list {
		select {
		case f := <-answers:
			list[f.i].Start = f.at
		case <-ctx.Done():
			return list
		}
	}
	return list
}
