package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"blissh/data"
	"blissh/data/store"

	"github.com/spf13/cobra"
)

const listenLong = `Follows a session, which need not exist yet, or without SESSION all of them: scans
started and ended, with --data every point. A scan that runs is followed from its first
point. Ctrl-C ends it.

--replay begins with the scans that have ended and are still in the store; --scan shows
one scan, from its beginning to its end, whether it has ended or not.`

func listenCommand(f *flags) *cobra.Command {
	var l listener
	c := &cobra.Command{
		Use:   "listen [SESSION]",
		Short: "Follow a session, or all, from any terminal",
		Long:  listenLong,
		Args:  usageArgs(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			l.out, l.json = os.Stdout, f.json
			if err := l.check(args); err != nil {
				return err
			}
			return withStore(f, func(ctx context.Context, db *store.DB) error {
				if len(args) == 0 {
					return l.everything(ctx, db)
				}
				return l.session(ctx, db, strings.ToLower(args[0]))
			})
		},
	}
	c.Flags().BoolVar(&f.json, "json", false, "one JSON object a line")
	c.Flags().StringVar(&l.filter, "filter", "", "only nodes of one `KIND`: scan or channel")
	c.Flags().BoolVar(&l.data, "data", false, "print the points, too")
	c.Flags().BoolVar(&l.ended, "replay", false, "begin with the scans that have ended already")
	c.Flags().StringVar(&l.scan, "scan", "", "only this `SCAN`, to its end: a number, last or a uid")
	return c
}

// listener prints the events of a session.
type listener struct {
	out    io.Writer
	filter string
	scan   string
	data   bool
	ended  bool
	json   bool
}

func (l *listener) check(args []string) error {
	switch {
	case l.filter != "" && l.filter != "scan" && l.filter != "channel":
		return usagef("--filter %s: scan or channel expected", l.filter)
	case l.scan != "" && len(args) == 0:
		return usagef("--scan %s: of which session? SESSION expected", l.scan)
	case len(args) > 0 && !data.ValidName(strings.ToLower(args[0])):
		return usagef("%q is no name of a session: letters, digits, _ . - expected, 64 at most", args[0])
	}
	return nil
}

// session follows one session.
func (l *listener) session(ctx context.Context, db *store.DB, name string) error {
	o := store.FollowOptions{Ended: l.ended, NoArrays: !l.data}
	if l.scan != "" {
		s, err := findScan(ctx, db, name, l.scan)
		if err != nil {
			return err
		}
		o.Scan = s.UID
	}
	r, err := db.Follow(ctx, name, o)
	if err != nil {
		return err
	}
	defer r.Close()
	return l.follow(ctx, r)
}

// follow prints events until ctx ends, which is the way to leave, or the only
// scan does. What nobody understands is named, and passed over.
func (l *listener) follow(ctx context.Context, r *store.Reader) error {
	for {
		e, err := r.Next(ctx)
		switch {
		case ctx.Err() != nil:
			return printed{context.Cause(ctx)}
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, store.ErrMalformed):
			fmt.Fprintln(os.Stderr, "blissh:", oneLine(err))
			select { // it may be there for long
			case <-ctx.Done():
			case <-time.After(200 * time.Millisecond):
			}
			continue
		case err != nil:
			return err
		}
		if err := l.print(e); err != nil {
			return err
		}
	}
}

func (l *listener) print(e data.Event) error {
	v := l.record(e)
	if v == nil || l.filter != "" && l.filter != v.Kind {
		return nil
	}
	if l.json {
		return json.NewEncoder(l.out).Encode(v)
	}
	_, err := fmt.Fprintln(l.out, v.text)
	return err
}

// record is one line of output, as JSON or as text.
type record struct {
	Event   string       `json:"event"`
	Kind    string       `json:"kind"`
	Node    string       `json:"node"`
	First   *int         `json:"first,omitempty"`
	Values  []any        `json:"values,omitempty"`
	Arrays  []any        `json:"arrays,omitempty"` // lists as deep as the shape
	Outcome data.Outcome `json:"outcome,omitempty"`
	Reason  string       `json:"reason,omitempty"`
	Points  *int         `json:"points,omitempty"`
	Title   string       `json:"title,omitempty"`
	text    string
}

// record turns an event into a line, nil when it is not asked for.
func (l *listener) record(e data.Event) *record {
	switch e := e.(type) {
	case *data.NewNode:
		return l.newNode(e)
	case *data.Prepared:
		return named("prepared", e.Node, "Scan "+e.Node.DBName+" prepared")
	case *data.NewData:
		if !l.data {
			return nil
		}
		v := named("data", e.Node, fmt.Sprintf("%s %d: %s", e.Node.DBName, e.First, valuesText(e)))
		v.First, v.Values, v.Arrays = &e.First, jsonNumbers(e.Values), jsonArrays(e)
		return v
	case *data.Steering:
		return named("steering", e.Node, fmt.Sprintf("Scan %s at point %d: %s", e.Node.DBName, e.Points, e.Text))
	case *data.EndScan:
		v := named("end", e.Node, fmt.Sprintf("Scan %s ends: %s, %d points%s", e.Node.DBName, e.Outcome, e.Points, because(e.Reason)))
		v.Outcome, v.Reason, v.Points = e.Outcome, e.Reason, &e.Points
		return v
	case *data.Lost:
		return named("lost", e.Node, fmt.Sprintf("Scan %s lost: no sign of life for %s", e.Node.DBName, seconds(e.Silent)))
	case *data.Deleted:
		return named("deleted", e.Node, fmt.Sprintf("Scan %s: data are no longer in the store", e.Node.DBName))
	}
	return nil
}

func (l *listener) newNode(e *data.NewNode) *record {
	n := e.Node
	if n.Kind == data.KindScan {
		v := named("new", n, "Scan "+n.DBName+" started")
		v.Title = n.Scan.Title
		return v
	}
	if l.filter == "" && !l.data && !l.json {
		return nil // plain listening is about scans
	}
	return named("new", n, "data channel "+n.DBName)
}

func named(event string, n data.Node, text string) *record {
	return &record{Event: event, Kind: string(n.Kind), Node: n.DBName, text: text}
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return " (" + reason + ")"
}

func valuesText(e *data.NewData) string {
	if len(e.Arrays) > 0 {
		return fmt.Sprintf("%d arrays of shape %v", len(e.Arrays), e.Arrays[0].Shape)
	}
	var list []string
	for _, x := range e.Values {
		list = append(list, fmt.Sprintf("%.10g", x))
	}
	return strings.Join(list, " ")
}

// jsonNumbers writes what JSON cannot say as null.
func jsonNumbers(values []float64) []any {
	list := make([]any, len(values))
	for i, x := range values {
		if x-x == 0 { // neither NaN nor infinite
			list[i] = x
		}
	}
	return list
}

func jsonArrays(e *data.NewData) []any {
	list := make([]any, len(e.Arrays))
	for i, a := range e.Arrays {
		list[i] = cell{*e.Node.Channel, a.Bytes}.value(a.Shape, a.Bytes)
	}
	return list
}
