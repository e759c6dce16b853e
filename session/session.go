// Package session owns everything with a lifetime: the configuration, the
// devices, the connection to the store, the shared channels, the hooks, the
// running scan.
//
// Open brings them up in order and Close takes them down in reverse. One shell
// runs a session: a lock file keeps a second one on this machine out, the lease
// in the store one on another machine. While the lease is in doubt nothing
// moves.
package session

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"sync"
	"time"

	"blissh/channel"
	"blissh/data/store"
	"blissh/device"
	"blissh/hooks"
	"blissh/scan"
)

// Options says how to open a session. Config, URL and Loader are needed.
type Options struct {
	Config *Config
	URL    string // of the store
	// Loader makes what reads hook scripts: they talk through the session's
	// shared channels.
	Loader func(*Session) hooks.Loader
	// Warn is told, in one line each, what went wrong without ending anything:
	// a hook that does not compile, a device that is disabled, a lost store.
	// It may be called from any goroutine.
	Warn    func(string)
	Version string
	Wait    device.Wait // nil: device.PreciseWait
	// Dry, if not nil, is the time of a dry run, which moves and counts
	// nothing: see dry.go. Reservations is then the store of real runs, which
	// is asked who has reserved an axis; "": nobody is asked.
	Dry          *device.VirtualTime
	Reservations string
	// StartWriter starts what writes the session's scans into files, and returns
	// when it is there; it is called when there is none. nil: nothing is started
	// and nobody is asked.
	StartWriter func(ctx context.Context, db *store.DB, session string) error
}

// Session is an open session. Its methods are safe for concurrent use.
type Session struct {
	Name   string // as in keys: "demo_session"
	Config *Config
	DB     *store.DB
	Bus    *channel.Bus
	Hooks  *hooks.Set

	options  Options
	holder   store.Holder
	lock     *lock
	lease    *store.Session
	settings *settings
	devices  *Devices
	// configured is what the configuration says of each axis, by name.
	configured map[string]device.Config
	groups     []*MeasurementGroup

	closing  chan struct{} // closed by Close
	releases releases
	requests *store.Requests
	trials   scan.Trials
	filing   filing

	mu        sync.Mutex
	tasks     map[task]*working // what runs now
	presets   []scan.Preset     // around every scan
	every     []*every          // hooks that watch every scan
	lingering []*scan.Watchdog  // of scans that are over
	asked     map[string]bool   // hardware addresses that noteInUse has asked for
	behind    *Scan             // runs in the background; nil: none

	active  string // name of the measurement group that was chosen
	display DisplaySettings
	kept    savingSettings // proposal, sample, data set, what goes into the next scan
}

// closeTime bounds the clean-up of a session: longer than one step of a scan's
// own clean-up and a last exchange with the store.
const closeTime = scan.DefaultCleanUp + 10*time.Second

// Open brings a session up. A device or a hook that fails is told to Warn and
// left out; an error means that there is no session, and says why.
func Open(ctx context.Context, o Options) (_ *Session, err error) {
	if o.Wait == nil {
		o.Wait = device.PreciseWait
	}
	if o.Warn == nil {
		o.Warn = func(string) {}
	}
	s := &Session{
		Name: o.Config.Name, Config: o.Config, options: o, holder: thisProcess(),
		tasks: map[task]*working{}, asked: map[string]bool{}, closing: make(chan struct{}),
	}
	defer func() {
		if err != nil {
			s.Close(context.WithoutCancel(ctx))
		}
	}()
	for _, step := range []func(context.Context) error{s.openStore, s.takeLease, s.openRequests, s.openSettings, s.recallDisplay, s.recallSaving, s.openChannels, s.openDevices, s.openHooks, s.openEvery, s.openFiling} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return s, nil
}

func (s *Session) openStore(ctx context.Context) (err error) {
	s.DB, err = store.Open(ctx, s.options.URL)
	if err != nil {
		return err
	}
	if w := s.DB.Warning(ctx); w != "" {
		s.options.Warn(w)
	}
	return nil
}

// takeLease makes this process the one that runs the session. The lock file
// comes first: whoever has it may take over the lease of a dead predecessor on
// the same machine at once.
func (s *Session) takeLease(ctx context.Context) (err error) {
	s.lock, err = lockSession(s.DB.ID(), s.Name)
	var busy *lockedError
	if err != nil && !errors.As(err, &busy) {
		return err
	}
	s.lease, err = s.DB.OpenSession(ctx, s.Name, s.holder, store.SessionOptions{
		Takeover: busy == nil,
		OnLost:   s.leaseLost,
	})
	if err == nil && busy != nil {
		return fmt.Errorf("session %s: %w", s.Name, busy)
	}
	return err
}

func (s *Session) openSettings(context.Context) (err error) {
	if s.options.Dry != nil {
		s.settings, err = openDrySettings(s.Name, s.options.Warn)
		return err
	}
	s.settings, err = openSettings(s.Name, s.options.Warn)
	return err
}

func (s *Session) openChannels(ctx context.Context) (err error) {
	s.Bus, err = channel.Connect(ctx, s.options.URL)
	if err == nil {
		s.Bus.Report(func(err error) { s.options.Warn(err.Error()) })
	}
	return err
}

func (s *Session) openDevices(ctx context.Context) error {
	s.devices = BuildDevices(s.Config, s.options.Wait)
	for _, p := range s.devices.Problems {
		s.options.Warn(p.Error())
	}
	if err := s.standIn(ctx); err != nil {
		return err
	}
	s.configured = map[string]device.Config{}
	for _, a := range s.devices.Axes {
		a.SetGuard(s.guard)
		s.configured[a.Name()] = a.Config()
	}
	s.restoreAxes(ctx)
	for _, a := range s.devices.Axes {
		if a.Parts() != nil {
			_, _ = a.Position(ctx) // it depends on the settings of its parts
		}
	}
	if err := s.restoreCounters(); err != nil {
		return err
	}
	return s.openGroups()
}

func (s *Session) openHooks(context.Context) error {
	s.Hooks = hooks.NewSet(s.options.Loader(s), s.Config.Hooks)
	_, problems := s.Hooks.Reload()
	for _, p := range problems {
		s.options.Warn(p.Error())
	}
	return nil
}

// ReloadHooks looks for edited, new and removed hook scripts. It tells Warn what
// has changed and what is wrong, and reports whether anything has changed.
func (s *Session) ReloadHooks() bool {
	changed, problems := s.Hooks.Reload()
	for _, p := range problems {
		s.options.Warn(p.Error())
	}
	for _, c := range changed {
		s.options.Warn(c)
	}
	return len(changed) > 0
}

// Close stops the running scan, waits until everything is at rest and gives
// back what Open took, in reverse order.
func (s *Session) Close(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, closeTime)
	defer cancel()
	var errs []error
	s.Stop(errClosing)
	s.drain(ctx)
	s.closeEvery(ctx)
	s.endReleases(ctx)
	if s.devices != nil {
		errs = append(errs, s.haltAtLast(ctx))
	}
	s.closeFiling()
	if s.requests != nil {
		errs = append(errs, s.requests.Close())
	}
	if s.Bus != nil {
		errs = append(errs, s.Bus.Close())
	}
	if s.lease != nil {
		errs = append(errs, s.lease.Close(ctx))
	}
	if s.DB != nil {
		errs = append(errs, s.DB.Close())
	}
	if s.lock != nil {
		errs = append(errs, s.lock.release())
	}
	if s.options.Dry != nil && s.settings != nil {
		errs = append(errs, os.RemoveAll(s.settings.dir))
	}
	return errors.Join(errs...)
}

// haltTime is how long axes that did not confirm their stop get once more.
const haltTime = 5 * time.Second

func (s *Session) haltAtLast(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), haltTime)
	defer cancel()
	return s.Halt(ctx, errClosing)
}

// errClosing ends what still runs as an interruption does.
var errClosing = fmt.Errorf("%w: the session is being closed", scan.ErrInterrupted)

// guard is asked before every move and every count.
func (s *Session) guard(context.Context) error { return s.lease.Check() }

// leaseLost stops everything: another shell may run the session by now.
func (s *Session) leaseLost(err error) {
	s.Stop(err)
	var taken *store.ReservedError
	if errors.As(err, &taken) {
		s.options.Warn(fmt.Sprintf("%v: everything is stopped", s.nameReserved(err, s.deviceAxes())))
		return
	}
	s.options.Warn(fmt.Sprintf("%v: everything is stopped and nothing moves until the lease is held again", err))
}

func (s *Session) deviceAxes() (list []device.Axis) {
	for _, a := range s.Axes() {
		list = append(list, a)
	}
	return list
}

// Axes are the session's axes, in the order of the configuration.
func (s *Session) Axes() []*device.MotorAxis { return s.devices.Axes }

// Counters are the session's counters, in the order of the configuration.
func (s *Session) Counters() []*device.Counter { return s.devices.Counters }

// Version is the program's, as kept with each scan.
func (s *Session) Version() string { return s.options.Version }

// thisProcess names host, process and user.
func thisProcess() store.Holder {
	h := store.Holder{PID: os.Getpid()}
	h.Host, _ = os.Hostname()
	if u, err := user.Current(); err == nil {
		h.User = u.Username
	}
	return h
}
