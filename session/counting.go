package session

import "blissh/device"

// DefaultCounters are those that a scan counts when it is given none, and in
// words what they are: all counters that give a number, in the order of the
// configuration.
func (s *Session) DefaultCounters() (counters []*device.Counter, what string) {
	for _, c := range s.Counters() {
		if len(c.Shape) == 0 {
			counters = append(counters, c)
		}
	}
	return counters, "all scalar counters"
}
