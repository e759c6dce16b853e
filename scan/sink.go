package scan

import (
	"context"

	"blissh/data"
)

// Sink receives what a scan says, in order, on the scan's goroutine: one
// NewNode, one Prepared, Rows and Steering, one EndScan. An error of Put fails
// the scan; the sink then still gets EndScan. What Put is given belongs to the
// scan and is valid during the call only. A sink that may be slow queues: the
// scan waits for the store and for a hook in gate mode, for nothing else.
type Sink interface {
	Put(ctx context.Context, e data.Event) error
}

// Ready is implemented by a sink that can hold the scan back: it is asked
// before each move and before each count and returns at once when all is well.
// The publisher waits here while its store is away. An error fails the scan.
type Ready interface {
	Ready(ctx context.Context) error
}

// Finisher is implemented by a sink that may still have a say in the outcome
// once the last point is there: a watchdog looks at its last points and calls
// OnScanEnd. All sinks finish, in order, before any of them is told the end, so
// that all are told the same. s describes the scan with the outcome as it is so
// far; it is valid during the call only. An error fails the scan.
type Finisher interface {
	Finish(ctx context.Context, s *data.Scan) error
}
