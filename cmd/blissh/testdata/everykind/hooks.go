package hooks

import (
	"blissh/data"
	"blissh/hooks"
	"blissh/scan"
)

// NotAtAll ends a scan before its first point.
type NotAtAll struct{ hooks.Base }

func (h *NotAtAll) Mode() scan.Mode { return hooks.Gate }

func (h *NotAtAll) OnScanNew(s *data.Scan) error { return scan.StopIteration }

// Seven ends a scan after seven points.
type Seven struct{ hooks.Base }

func (h *Seven) Mode() scan.Mode { return hooks.Gate }

func (h *Seven) OnScanData(d *scan.Data) error {
	if d.Index() >= 6 {
		return scan.StopIteration
	}
	return nil
}

// Repeats takes the fifth point again, and then a shorter way.
type Repeats struct{ hooks.Base }

func (h *Repeats) Mode() scan.Mode { return hooks.Gate }

func (h *Repeats) OnScanData(d *scan.Data) error {
	switch d.Index() {
	case 4:
		return scan.AskRepeat()
	case 6:
		return scan.AskSkipTo(1)
	case 7:
		return scan.AskRange(-1, 1, 3)
	}
	return nil
}

// Elsewhere changes the range of a scan in the middle.
type Elsewhere struct{ hooks.Base }

func (h *Elsewhere) Mode() scan.Mode { return hooks.Gate }

func (h *Elsewhere) OnScanData(d *scan.Data) error {
	if d.Index() == 4 {
		return scan.AskRange(15, 16, 4)
	}
	return nil
}
