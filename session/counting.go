package session

import "blissh/device"

// DefaultCounters are those that a scan counts when it is given none, and in
// words what they are: those of the active measurement group that are enabled.
// In a session without groups they are all counters of controllers that give
// a number.
func (s *Session) DefaultCounters() (counters []*device.Counter, what string) {
	if g := s.ActiveGroup(); g != nil {
		return g.Counters(), "measurement group " + g.Name()
	}
	for _, c := range s.Counters() {
		if len(c.Shape) == 0 {
			counters = append(counters, c)
		}
	}
	return counters, "all scalar counters"
}
