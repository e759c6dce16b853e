package scan

import "runtime"

// How the memory of short calls is found: some are weighed, and when the process
// keeps more than the budget, and half of that can be the hook's by what was
// allocated during its calls, it is suspected. Garbage and what others have
// allocated are in that, too; so the next calls are tried one by one. What is in
// use is found before and after each, by a collection of all garbage, and once
// more without a call: the difference that others make.
const (
	weighEvery  = 32
	shortTrials = 8 // at most
)

// scales weigh a hook that takes a little more at each call.
type scales struct {
	calls, weighed, taken uint64 // since live was found
	live                  uint64 // bytes in use when it was first weighed

	tried, kept int   // calls on trial, and those that kept their share
	share       int64 // bytes a call that explain half of the growth
}

// weighed makes a call, and weighs some; over is that the hook takes more memory,
// call by call, than its budget.
func (w *Watchdog) weighed(f func() error) (over bool, err error) {
	s := &w.scales
	s.calls++
	switch {
	case !w.weighs():
	case s.share > 0 && w.o.Trials.short.TryLock():
		defer w.o.Trials.short.Unlock()
		return w.tried(f)
	case s.calls%weighEvery == 0:
		before := metric(heapAllocs)
		err = f()
		s.note(metric(heapAllocs)-before, w.o.memory())
		return false, err
	}
	return false, f()
}

// note adds the weight of a call, and tells whether the hook is to be tried.
func (s *scales) note(taken uint64, budget int64) {
	s.taken += taken
	s.weighed++
	live := metric(heapLive)
	if s.weighed == 1 || live < s.live {
		*s = scales{calls: 1, weighed: 1, taken: taken, live: live} // garbage of others is gone
	}
	grown := int64(live) - int64(s.live)
	if s.share == 0 && grown > budget && int64(s.taken/s.weighed*s.calls) > grown/2 {
		s.share = max(1, grown/2/int64(s.calls))
	}
}

// tried makes a call of a hook that is suspected.
func (w *Watchdog) tried(f func() error) (over bool, err error) {
	s := &w.scales
	before := inUse()
	err = f()
	after := inUse()
	s.tried++
	if own, others := after-before, inUse()-after; own >= s.share && own > 4*others {
		s.kept++
	}
	over = s.kept >= convincing
	if over || s.tried == shortTrials {
		*s = scales{} // what has come together is somebody else's
	}
	return over, err
}

// inUse is what the process keeps, in bytes.
func inUse() int64 {
	runtime.GC()
	return int64(metric(heapLive))
}
