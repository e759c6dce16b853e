package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"

	"blissh/data"
)

// WalkOptions says what a walk shows; the zero value shows everything and then
// waits for more.
type WalkOptions struct {
	// Include says of which nodes something is shown; nil means of all.
	Include func(data.Node) bool
	// ExcludeChildren leaves out everything below the nodes that it is true
	// of: the data channels of a scan, the scans of a session.
	ExcludeChildren func(data.Node) bool
	// NoWait ends the walk, with io.EOF, when what is there has been shown.
	NoWait bool
	// NoArrays leaves out the values of spectra and images.
	NoArrays bool
	// SkipLast makes WalkFromLast begin behind the last node.
	SkipLast bool
}

// OfKind is a filter: nodes of one of these kinds.
func OfKind(kinds ...data.Kind) func(data.Node) bool {
	return func(n data.Node) bool { return slices.Contains(kinds, n.Kind) }
}

// Walk visits nodes: the scans below n in the order of their ends, those that
// run at last, each followed by its data channels, then what comes into being.
// n is a session, which need not exist yet, or a scan, which comes first, or a
// data channel, which is the only one. Whoever walks has begun to listen when
// Walk returns, and closes the Walker.
func (db *DB) Walk(ctx context.Context, n data.Node, o WalkOptions) (*Walker, error) {
	return db.walk(ctx, n, o, FollowOptions{Ended: true, nodes: true})
}

// WalkEvents gives everything that was said and will be said by the scans below
// n: an ended scan whole, one after the other, then those that run from their
// beginning, then new ones.
func (db *DB) WalkEvents(ctx context.Context, n data.Node, o WalkOptions) (*Walker, error) {
	return db.walk(ctx, n, o, FollowOptions{Ended: true})
}

// WalkOnNewEvents is WalkEvents without the scans that have ended. Who comes
// late gets a running scan from its first point: what it says now can be
// understood only so.
func (db *DB) WalkOnNewEvents(ctx context.Context, n data.Node, o WalkOptions) (*Walker, error) {
	return db.walk(ctx, n, o, FollowOptions{})
}

// WalkFromLast visits the last of the nodes that Walk would visit now, and then
// those that come into being.
func (db *DB) WalkFromLast(ctx context.Context, n data.Node, o WalkOptions) (*Walker, error) {
	w, err := db.walk(ctx, n, o, FollowOptions{news: true, nodes: true})
	if err != nil {
		return nil, err
	}
	if err := w.seek(ctx); err != nil {
		w.Close()
		return nil, fmt.Errorf("walk from the last node of %s: %w", n.DBName, err)
	}
	return w, nil
}

func (db *DB) walk(ctx context.Context, n data.Node, o WalkOptions, f FollowOptions) (*Walker, error) {
	w := &Walker{db: db, o: o}
	session := n.Name
	switch n.Kind {
	case data.KindScan, data.KindChannel:
		if n.Scan == nil {
			return nil, fmt.Errorf("walk: %q: a node with its scan expected, as from Node", n.DBName)
		}
		session, f.Scan = n.Scan.Session, n.Scan.UID
		if n.Kind == data.KindChannel {
			w.only = n.DBName
		}
	case data.KindSession:
	default:
		return nil, fmt.Errorf("walk: %q is no node: a session, a scan or a data channel expected", n.DBName)
	}
	f.NoWait, f.NoArrays, f.wants = o.NoWait, o.NoArrays, w.shows
	var err error
	w.r, err = db.Follow(ctx, session, f)
	return w, err
}

// Walker is a walk through nodes or events. Next, NextNode, Events and Nodes
// belong to one goroutine; Close may be called from any, and ends them.
type Walker struct {
	db   *DB
	r    *Reader
	o    WalkOptions
	only string       // DBName of the only node to be shown; "" for all
	last []data.Event // where WalkFromLast begins
}

// Next waits for the next event, as Reader.Next does.
func (w *Walker) Next(ctx context.Context) (data.Event, error) {
	if len(w.last) > 0 {
		e := w.last[0]
		w.last = w.last[1:]
		return e, nil
	}
	for {
		e, err := w.r.Next(ctx)
		if err != nil || w.shows(node(e)) {
			return e, err
		}
	}
}

// NextNode waits for the next node that the walk has not visited.
func (w *Walker) NextNode(ctx context.Context) (data.Node, error) {
	for {
		e, err := w.Next(ctx)
		if err != nil {
			return data.Node{}, err
		}
		if e, ok := e.(*data.NewNode); ok {
			return e.Node, nil
		}
	}
}

// Events are the events as Next returns them, ending as Reader.Events do.
func (w *Walker) Events(ctx context.Context) iter.Seq2[data.Event, error] {
	return sequence(ctx, w.Next)
}

// Nodes are the nodes as NextNode returns them, ending as Reader.Events do.
func (w *Walker) Nodes(ctx context.Context) iter.Seq2[data.Node, error] {
	return sequence(ctx, w.NextNode)
}

// Close ends the walk, from wherever it is called: a Next that waits returns
// ErrClosed, a loop over Events or Nodes ends.
func (w *Walker) Close() error { return w.r.Close() }

// sequence calls next until its first error, which is left out if it is io.EOF
// or ErrClosed.
func sequence[T any](ctx context.Context, next func(context.Context) (T, error)) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		for {
			v, err := next(ctx)
			if errors.Is(err, io.EOF) || errors.Is(err, ErrClosed) {
				return
			}
			if !yield(v, err) || err != nil {
				return
			}
		}
	}
}

// shows applies the filters to a node.
func (w *Walker) shows(n data.Node) bool {
	if w.only != "" && n.DBName != w.only || w.o.Include != nil && !w.o.Include(n) {
		return false
	}
	return w.o.ExcludeChildren == nil || !slices.ContainsFunc(above(n), w.o.ExcludeChildren)
}

// above are the nodes of which n is below.
func above(n data.Node) []data.Node {
	switch n.Kind {
	case data.KindScan:
		return []data.Node{data.SessionNode(n.Scan.Session)}
	case data.KindChannel:
		return []data.Node{data.SessionNode(n.Scan.Session), data.ScanNode(n.Scan)}
	}
	return nil
}

// node is the node that an event of a reader is about.
func node(e data.Event) data.Node {
	switch e := e.(type) {
	case *data.NewNode:
		return e.Node
	case *data.Prepared:
		return e.Node
	case *data.NewData:
		return e.Node
	case *data.Steering:
		return e.Node
	case *data.EndScan:
		return e.Node
	case *data.Lost:
		return e.Node
	case *data.Deleted:
		return e.Node
	}
	return data.Node{}
}

// seek finds the last node that is there.
func (w *Walker) seek(ctx context.Context) error {
	if w.o.SkipLast {
		w.r.backlog = nil // of a walk through one scan
		return nil
	}
	for _, uid := range slices.Backward(append(w.r.before, w.r.backlog...)) {
		s, err := w.db.ScanByUID(ctx, w.r.session, uid)
		if errors.Is(err, ErrNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		for _, n := range slices.Backward(nodes(s)) {
			if w.shows(n) {
				w.last, w.r.backlog = []data.Event{&data.NewNode{Node: n}}, nil
				return nil
			}
		}
	}
	return nil
}
