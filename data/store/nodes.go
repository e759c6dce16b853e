package store

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"blissh/data"
)

// Node finds a node by its address: "demo_session", "demo_session:12_ascan" or
// "demo_session:12_ascan:sim_ct_gauss". The error wraps ErrNotFound if there is
// none; data.SessionNode is that of a session which may come later.
func (db *DB) Node(ctx context.Context, dbName string) (data.Node, error) {
	session, below, ok := strings.Cut(dbName, ":")
	if !data.ValidName(session) {
		return data.Node{}, fmt.Errorf("node %q: want SESSION, SESSION:NUMBER_NAME or SESSION:NUMBER_NAME:CHANNEL", dbName)
	}
	if !ok {
		return db.session(ctx, session)
	}
	list, err := db.Scans(ctx, session)
	if err != nil {
		return data.Node{}, err
	}
	for _, s := range slices.Backward(list) {
		for _, n := range nodes(s) {
			if n.DBName == session+":"+below {
				return n, nil
			}
		}
	}
	return data.Node{}, fmt.Errorf("node %s: %w", dbName, ErrNotFound)
}

func (db *DB) session(ctx context.Context, name string) (data.Node, error) {
	there, err := db.client.SIsMember(ctx, sessionsKey, name).Result()
	if err == nil && !there {
		err = ErrNotFound
	}
	if err != nil {
		return data.Node{}, fmt.Errorf("session %s: %w", name, err)
	}
	return data.SessionNode(name), nil
}

// Children are the nodes directly below one: the scans of a session, in the
// order of Scans, the data channels of a scan, nothing for a data channel.
func (db *DB) Children(ctx context.Context, n data.Node) ([]data.Node, error) {
	switch n.Kind {
	case data.KindScan:
		return nodes(n.Scan)[1:], nil
	case data.KindSession:
	default:
		return nil, nil
	}
	list, err := db.Scans(ctx, n.Name)
	if err != nil {
		return nil, err
	}
	children := make([]data.Node, len(list))
	for i, s := range list {
		children[i] = data.ScanNode(s)
	}
	return children, nil
}

// nodes are a scan and its data channels.
func nodes(s *data.Scan) []data.Node {
	list := []data.Node{data.ScanNode(s)}
	for _, c := range s.Channels {
		list = append(list, data.ChannelNode(s, c))
	}
	return list
}
