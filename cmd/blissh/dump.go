package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"blissh/data"
	"blissh/data/store"

	"github.com/spf13/cobra"
)

const dumpLong = `Writes the points of a scan to standard output, as CSV or with --json as one JSON
object a line (types scan, point, end). SCAN is a number, "last" or a uid; of a scan
that runs it is what is there so far, with --follow everything until its end.

CSV: the first line names the columns, each with its unit in brackets; each other
line is one whole point, its index first. Numbers are written in full: reading them
gives the same values. What is no number is NaN, Inf or -Inf (null in JSON).
The values of a spectrum or an image are one column: blanks between the values,
semicolons between the rows of an image (in JSON, nested lists); an empty one is no
longer in the store. --no-arrays leaves them out.

Exit status: 0 written, 1 not there or not all of it, 2 usage, 130 interrupted.`

func dumpCommand(f *flags) *cobra.Command {
	var d dump
	c := &cobra.Command{
		Use:   "dump SESSION SCAN",
		Short: "Write a scan as CSV or JSON to standard output",
		Long:  dumpLong,
		Args:  usageArgs(cobra.ExactArgs(2)),
		RunE: func(_ *cobra.Command, args []string) error {
			return withStore(f, func(ctx context.Context, db *store.DB) error {
				return d.run(ctx, db, strings.ToLower(args[0]), args[1])
			})
		},
	}
	c.Flags().BoolVar(&d.json, "json", false, "one JSON object a line")
	c.Flags().BoolVar(&d.followed, "follow", false, "of a scan that runs, wait for its end")
	c.Flags().BoolVar(&d.noArrays, "no-arrays", false, "leave out spectra and images")
	return c
}

// withStore runs f with an open store, until a signal.
func withStore(f *flags, run func(context.Context, *store.DB) error) error {
	ctx, cancel := signalContext()
	defer cancel()
	chosen, err := chooseStore(ctx, f.store)
	if err != nil {
		return err
	}
	defer chosen.close()
	db, err := store.Open(ctx, chosen.url)
	if err != nil {
		return err
	}
	defer db.Close()
	return run(ctx, db)
}

// dump writes one scan.
type dump struct {
	json, followed, noArrays bool

	rows   *rowBuilder
	format dumpFormat
	faults int
}

// dumpFormat is CSV or JSON.
type dumpFormat interface {
	begin(s *data.Scan, columns []data.Channel) error
	row(index int, cells []cell) error
	steering(s *data.Steering) error
	end(e *data.EndScan) error
}

func (d *dump) run(ctx context.Context, db *store.DB, session, scan string) error {
	s, err := findScan(ctx, db, session, scan)
	if err != nil {
		return err
	}
	r, err := db.Follow(ctx, session, store.FollowOptions{Scan: s.UID, NoWait: !d.followed, NoArrays: d.noArrays})
	if err != nil {
		return err
	}
	defer r.Close()
	out := bufio.NewWriterSize(os.Stdout, 1<<16)
	d.begin(out, s)
	if err := d.format.begin(s, d.rows.columns); err != nil {
		return err
	}
	err = d.copy(ctx, r, out.Flush)
	switch {
	case ctx.Err() != nil:
		return printed{context.Cause(ctx)}
	case err == nil && d.faults > 0:
		return fmt.Errorf("%s is not complete: see above", s.DBName())
	}
	return err
}

func (d *dump) begin(out io.Writer, s *data.Scan) {
	d.rows = newRowBuilder(s, d.noArrays)
	if d.json {
		d.format = newJSONDump(out)
	} else {
		d.format = newCSVDump(out)
	}
}

// findScan finds a scan by what was typed.
func findScan(ctx context.Context, db *store.DB, session, text string) (*data.Scan, error) {
	if !data.ValidName(session) {
		return nil, usagef("%q is no name of a session: letters, digits, _ . - expected, 64 at most", session)
	}
	if n, err := strconv.Atoi(text); err == nil {
		return db.Scan(ctx, session, n)
	}
	if text != "last" {
		if !data.ValidName(text) {
			return nil, usagef("%q is no scan: a number, last or a uid expected", text)
		}
		return db.ScanByUID(ctx, session, text)
	}
	list, err := db.Scans(ctx, session)
	if err == nil && len(list) == 0 {
		err = fmt.Errorf("a scan of %s: %w", session, store.ErrNotFound)
	}
	if err != nil {
		return nil, err
	}
	return list[len(list)-1], nil
}

// copy writes what the reader brings. With --follow it is seen at once.
func (d *dump) copy(ctx context.Context, r *store.Reader, flush func() error) error {
	for {
		e, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			err = d.write(nil)
			return errors.Join(err, flush())
		}
		if err == nil {
			err = d.write(e)
		}
		if err == nil && d.followed {
			err = flush()
		}
		if err != nil {
			return errors.Join(err, flush())
		}
	}
}

// write writes one event; nil says that no more will come.
func (d *dump) write(e data.Event) error {
	if err := d.rows.add(e, d.format.row); err != nil {
		return err
	}
	switch e := e.(type) {
	case *data.Steering:
		if e.What == "foreign" {
			d.complain("at point %d: %s", e.Points, e.Text)
		}
		return d.format.steering(e)
	case *data.Deleted:
		d.deleted(e)
	case *data.Lost:
		fmt.Fprintf(os.Stderr, "blissh: no sign of life of %s for %s; waiting\n", e.Node.DBName, seconds(e.Silent))
	case *data.EndScan:
		return d.format.end(e)
	}
	return nil
}

func (d *dump) deleted(e *data.Deleted) {
	switch {
	case e.Node.Kind == data.KindChannel:
		d.complain("%s: arrays before point %d are no longer in the store", e.Node.DBName, e.First)
	case e.First < 0:
		d.complain("%s has been deleted from the store", e.Node.DBName)
	default:
		d.complain("%s: points before %d are no longer in the store", e.Node.DBName, e.First)
	}
}

// complain names something that is missing.
func (d *dump) complain(format string, args ...any) {
	d.faults++
	fmt.Fprintf(os.Stderr, "blissh: "+format+"\n", args...)
}
