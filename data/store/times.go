package store

import "time"

// times are the delays of the contract, stated once. Tests shorten them.
type times struct {
	block    time.Duration // longest XREAD of a reader; then it looks around
	patience time.Duration // without a heartbeat until Lost
	grace    time.Duration // for a scan to be published again into an empty store

	slow   time.Duration // age of a flush at which the store counts as lost
	giveUp time.Duration // how long the store may be away before the scan fails
	ending time.Duration // for the end to be written
	asked  time.Duration // the same, while somebody waits who has pressed Ctrl-C
	late   time.Duration // the same, once the store was away for giveUp
	window time.Duration // acknowledged blocks kept to be sent again
	retry  time.Duration // between attempts to connect
	idle   time.Duration // between looks whether a scan that has nothing to say is still there

	lease time.Duration // life of a lease
	guard time.Duration // without renewal until nothing may move
	beat  time.Duration // between heartbeats
	axis  time.Duration // life of a reservation
}

func realTimes() times {
	return times{
		block: 2 * time.Second, patience: 30 * time.Second, grace: 12 * time.Second,
		slow: 500 * time.Millisecond, giveUp: 10 * time.Second, ending: 15 * time.Second, asked: 1500 * time.Millisecond, late: 3 * time.Second,
		window: 10 * time.Second, retry: 100 * time.Millisecond, idle: 2 * time.Second,
		lease: 20 * time.Second, guard: 10 * time.Second, beat: 2 * time.Second, axis: 20 * time.Second,
	}
}
