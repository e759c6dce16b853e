package data

// The functions of this file make requests; package store sends them.

// AskStop ends the scan after the point in progress.
func AskStop(reason string) Request { return Request{Do: DoStop, Reason: reason} }

// AskPause lets the scan wait after the point in progress.
func AskPause(reason string) Request { return Request{Do: DoPause, Reason: reason} }

// AskResume ends the pause that the same sender has asked for.
func AskResume() Request { return Request{Do: DoResume} }

// AskGoOn asks for no change, of a scan that waits for advice.
func AskGoOn() Request { return Request{Do: DoGoOn} }

// AskRange goes from start to stop from now on, in so many intervals, or with
// the step that the scan has.
func AskRange(start, stop float64, intervals ...int) Request {
	q := Request{Do: DoRange, Start: &start, Stop: &stop}
	if len(intervals) > 0 {
		q.Intervals = &intervals[0]
	}
	return q
}

// AskStopAt goes on as before, until the axis is at a position.
func AskStopAt(position float64) Request { return Request{Do: DoStopAt, Position: &position} }

// AskStep goes on to the same end in steps of another length.
func AskStep(step float64) Request { return Request{Do: DoStep, Step: &step} }

// AskPoints goes to these points from now on, of a scan of one axis. With
// several axes, Request.Points has a position for each.
func AskPoints(list []float64) Request {
	q := Request{Do: DoPoints, Points: []Position{}}
	for _, x := range list {
		q.Points = append(q.Points, Position{x})
	}
	return q
}

// AskInsert takes n points around a position first and then goes on as planned.
func AskInsert(around, width float64, n int) Request {
	return Request{Do: DoInsert, Around: &around, Width: &width, N: &n}
}

// AskSkipTo leaves out the points before a position.
func AskSkipTo(position float64) Request { return Request{Do: DoSkipTo, Position: &position} }

// AskRepeat takes the last point again.
func AskRepeat() Request { return Request{Do: DoRepeat} }

// AskCountTime counts for that many s from the next point on.
func AskCountTime(seconds float64) Request { return Request{Do: DoCountTime, CountTime: &seconds} }

// AskComment puts a text into the scan's record. It is taken from a scan that is
// about to end, too.
func AskComment(text string) Request { return Request{Do: DoComment, Text: text}.tidy() }
