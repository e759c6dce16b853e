package channel

import "time"

// RenewEvery replaces the 20 s of a bus; before anything is opened.
func (b *Bus) RenewEvery(d time.Duration) { b.renew = d }
