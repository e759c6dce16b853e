package store

import (
	"context"
	"encoding/json"
	"fmt"

	"blissh/data"
)

// AsBegun is the description of a scan as it was at its beginning: where the scan
// was to go then. If the store has lost the beginning, it is as it is now.
func (db *DB) AsBegun(ctx context.Context, s *data.Scan) (*data.Scan, error) {
	list, err := db.client.XRangeN(ctx, streamKey(s.Session, s.UID), "0-1", "0-1", 1).Result()
	if err != nil {
		return nil, fmt.Errorf("beginning of scan %d: %w", s.Number, err)
	}
	if len(list) == 0 {
		return s, nil
	}
	return begun(s, texts(list[0])), nil
}

// begun is a description with the path of the first event of its stream.
func begun(s *data.Scan, fields map[string]string) *data.Scan {
	var first data.Scan
	if fields[eventField] != eventNew || json.Unmarshal([]byte(fields[jsonField]), &first) != nil || first.UID != s.UID {
		return s
	}
	d := *s
	d.Planned, d.CountTime, d.Ranges, d.Path = first.Planned, first.CountTime, first.Ranges, first.Path
	d.Shape, d.BackNForth, d.Plan = first.Shape, first.BackNForth, first.Plan
	return &d
}
