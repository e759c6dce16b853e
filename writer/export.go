package writer

import (
	"context"
	"errors"

	"blissh/data"
	"blissh/data/store"
)

// Export writes one scan that is in the store into files; one that runs is followed
// to its end. It returns the files. Nobody is told that the scan is saved.
func Export(ctx context.Context, db *store.DB, s *data.Scan, o Options) ([]string, error) {
	o.Say = func(string) {}
	s, err := db.AsBegun(ctx, s)
	if err != nil {
		return nil, err
	}
	v := newSaving(&writer{db: db, o: o}, s)
	v.quiet = true
	err = v.open()
	files := v.saved.Files
	if err == nil {
		err = v.all(ctx)
	}
	return files, errors.Join(err, v.close())
}
