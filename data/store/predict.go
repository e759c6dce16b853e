package store

import "blissh/data"

// Predict is the room that a scan takes in a store, with every point in an entry
// of its own; of an open-ended one, that of a single point.
func Predict(s *data.Scan) (bytes int64, err error) {
	l, err := newLayout(s)
	if err != nil {
		return 0, err
	}
	return l.predict(max(1, s.Planned)), nil
}
