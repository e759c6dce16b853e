package hooks

import (
	"fmt"
	"math/rand"
	"strings"
	"time"

	"blissh/channel"
	"blissh/data"
	"blissh/hooks"
	"blissh/scan"
)

// Meddler asks for anything, and says at the end what it was told.
type Meddler struct {
	hooks.Base
	r       *rand.Rand
	told    *channel.Channel
	control *scan.Control
	ids     []string
	paused  bool
}

// seed is another one in each test.
const seed = 1

func NewMeddler() *Meddler {
	return &Meddler{told: channel.OpenDefault("meddled", "{}")}
}

func (h *Meddler) Mode() scan.Mode { return hooks.Observe }

func (h *Meddler) OnScanNew(s *data.Scan) error {
	h.r = rand.New(rand.NewSource(seed + int64(s.Number)))
	return nil
}

func (h *Meddler) Timeout() time.Duration { return 20 * time.Millisecond }

func (h *Meddler) OnScanData(d *scan.Data) error {
	h.control = d.Scan()
	if len(h.ids) < 100 && h.r.Intn(3) == 0 {
		h.ids = append(h.ids, h.ask())
	}
	return nil
}

// OnTimeout ends its own pause.
func (h *Meddler) OnTimeout() error {
	if h.paused {
		h.paused = false
		h.ids = append(h.ids, h.control.Resume())
	}
	return nil
}

func (h *Meddler) ask() string {
	x := 28*h.r.Float64() - 14
	near := 8*h.r.Float64() - 4
	switch h.r.Intn(12) {
	case 0:
		h.paused = true
		return h.control.Pause("the hook wants to think")
	case 1:
		return h.control.Range(near, x, 50+h.r.Intn(100))
	case 2:
		return h.control.Range(near, -near)
	case 3:
		return h.control.StopAt(x)
	case 4:
		return h.control.Step(0.05 * h.r.Float64())
	case 5:
		return h.control.Points([]float64{near, x, near, -near})
	case 6:
		return h.control.Insert(near, 1, h.r.Intn(5))
	case 7:
		return h.control.SkipTo(near)
	case 8:
		return h.control.Repeat()
	case 9:
		return h.control.CountTime(0.01 * h.r.Float64())
	case 10:
		return h.control.GoOn()
	}
	return h.control.Resume()
}

func (h *Meddler) OnScanEnd(s *data.Scan) error {
	var list []string
	for _, id := range h.ids {
		list = append(list, fmt.Sprintf("%q: %q", id, h.control.Answer(id)))
	}
	return h.told.Set(fmt.Sprintf(`{"uid": %q, "answers": {%s}}`, s.UID, strings.Join(list, ", ")))
}
