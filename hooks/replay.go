package hooks

import (
	"errors"
	"slices"

	"blissh/data"
	"blissh/scan"
)

// around is a hook in a replay whose calls as a preset are made with those as a
// watchdog, in the order in which a scan makes them.
type around struct {
	WatchdogCallback
	PresetCallback
	begun bool
}

func (a *around) OnScanNew(s *data.Scan) error {
	if err := a.WatchdogCallback.OnScanNew(s); err != nil {
		return err
	}
	if err := a.OnPrepare(s); err != nil {
		return err
	}
	return a.OnChainPrepare(controllers(s))
}

func (a *around) OnScanData(d *scan.Data) error {
	if err := a.point(d); err != nil {
		return err
	}
	return a.WatchdogCallback.OnScanData(d)
}

// point makes the calls around one point, before the first one those of the start.
func (a *around) point(d *scan.Data) error {
	if err := a.OnPointPrepare(d.Index()); err != nil {
		return err
	}
	if !a.begun {
		a.begun = true
		if err := errors.Join(a.OnStart(d.Info()), a.OnChainStart()); err != nil {
			return err
		}
	}
	return errors.Join(a.OnPointStart(d.Index()), a.OnPointStop(d.Index()))
}

func (a *around) OnScanEnd(s *data.Scan) error {
	return errors.Join(a.OnChainStop(), a.OnStop(s), a.WatchdogCallback.OnScanEnd(s))
}

// controllers are those of a scan's counters.
func controllers(s *data.Scan) (names []string) {
	for _, c := range s.Channels {
		if c.Controller != "" && !slices.Contains(names, c.Controller) {
			names = append(names, c.Controller)
		}
	}
	return names
}
