package store

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
)

// tail is how far a reader has come in one scan.
type tail struct {
	scan     *data.Scan
	layout   layout
	keys     []string
	node     data.Node
	channels []data.Node // in the order of scan.Channels
	pos      id          // last entry read
	k        int64       // points seen
	told     bool        // NewNode has been given
	done     bool

	silent  time.Duration // without a heartbeat or data
	lost    bool          // Lost has been given
	idle    bool          // nothing came since the last look
	missing time.Time     // since when the stream is not there
	store   string        // id of the store in which it was seen last
}

func newTail(s *data.Scan) (*tail, error) {
	l, err := newLayout(s)
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", s.DBName(), ErrMalformed, err)
	}
	t := &tail{scan: s, layout: l, keys: ownKeys(s), node: data.ScanNode(s)}
	for _, c := range s.Channels {
		t.channels = append(t.channels, data.ChannelNode(s, c))
	}
	return t, nil
}

// entry turns an entry of the scan's stream into events. arrays are the blocks
// that belong to it, in the order of layout.arrays; nil if they are not wanted.
func (t *tail) entry(m redis.XMessage, arrays []block) ([]data.Event, error) {
	at, err := parseID(m.ID)
	if err != nil {
		return nil, err
	}
	t.pos, t.silent, t.lost, t.idle = at, 0, false, false
	fields := texts(m)
	if !t.told {
		t.beginning(fields)
	}
	list := t.tell()
	switch {
	case at == endID:
		return t.end(list, fields), nil
	case at.k >= foreignPoints:
		return append(list, t.foreign(m.ID, "it has no place in a scan")), nil
	case at.seq == 0:
		return t.block(list, at.k, fields, arrays), nil
	}
	return t.event(list, at.k, fields), nil
}

// tell introduces the scan and its data channels, once.
func (t *tail) tell() []data.Event {
	if t.told {
		return nil
	}
	t.told = true
	list := []data.Event{&data.NewNode{Node: t.node}}
	for _, n := range t.channels {
		list = append(list, &data.NewNode{Node: n})
	}
	return list
}

// beginning takes from the first event where the scan was to go then; the hash
// says where it has gone.
func (t *tail) beginning(fields map[string]string) {
	t.scan = begun(t.scan, fields)
	t.node = data.ScanNode(t.scan)
	for i, c := range t.scan.Channels {
		t.channels[i] = data.ChannelNode(t.scan, c)
	}
}

// block turns a block of points into events, one for each data channel. Points
// that are not where they should be were deleted.
func (t *tail) block(list []data.Event, k int64, fields map[string]string, arrays []block) []data.Event {
	n, err := t.layout.points(fields)
	first := k - int64(n)
	switch {
	case err != nil:
		return append(list, t.foreign(id{k: k}.String(), err.Error()))
	case first < t.k:
		return append(list, t.foreign(id{k: k}.String(), fmt.Sprintf("%d points end at %d, %d were there", n, k, t.k)))
	case first > t.k:
		list = append(list, &data.Deleted{Node: t.node, First: int(first)})
	}
	t.k = k
	a := 0
	for _, node := range t.channels {
		e := &data.NewData{Node: node, First: int(first)}
		if c := *node.Channel; c.Scalar() {
			e.Bytes = []byte(fields[c.Name])
			e.Values, err = data.Decode(make([]float64, 0, n), c.DType, e.Bytes)
		} else if arrays != nil {
			b := arrays[a]
			if a++; b == (block{}) {
				list = append(list, &data.Deleted{Node: node, First: int(k)})
				continue
			}
			if err = b.err; err == nil {
				e.Arrays, err = cutArrays(c, b.data, n)
			}
		}
		if err != nil {
			list = append(list, t.foreign(id{k: k}.String(), err.Error()))
		} else if e.Len() > 0 {
			list = append(list, e)
		}
	}
	return list
}

// event turns an event of the stream into one for the reader's user.
func (t *tail) event(list []data.Event, k int64, fields map[string]string) []data.Event {
	switch name := fields[eventField]; name {
	case eventNew:
		return list
	case eventPrepared:
		return append(list, &data.Prepared{Node: t.node})
	case eventSteering:
		var s steering
		if json.Unmarshal([]byte(fields[jsonField]), &s) == nil {
			t.turn(int(k), s.Way)
			return append(list, &data.Steering{Node: t.node, Points: int(k), Time: s.Time, What: s.What, Text: s.Text, Request: s.Request, Answer: s.Answer, Way: s.Way})
		}
		fallthrough
	default:
		return append(list, &data.Steering{Node: t.node, Points: int(k), What: name, Text: fields[jsonField]})
	}
}

// turn notes that the scan goes another way; others may be reading the old
// description.
func (t *tail) turn(k int, w *data.Way) {
	if w == nil {
		return
	}
	s := *t.scan
	s.Turn(k, w)
	t.scan = &s
	t.node = data.ScanNode(&s)
}

// end turns the end into an event; the description that goes with it is a
// copy, for others may be reading the first one. Nothing can follow it, so one
// that is not understood is an end, too.
func (t *tail) end(list []data.Event, fields map[string]string) []data.Event {
	var e ending
	if err := json.Unmarshal([]byte(fields[jsonField]), &e); err != nil || e.Points < 0 {
		list = append(list, t.foreign(endID.String(), "the end is not understood"))
		e = ending{Outcome: data.Failed, Reason: "the end is not understood", Points: int(t.k)}
	}
	s := *t.scan
	e.set(&s)
	t.done = true
	return append(list, &data.EndScan{Node: data.ScanNode(&s), Outcome: e.Outcome, Reason: e.Reason, Points: e.Points})
}

// foreign says that somebody else has written into the scan.
func (t *tail) foreign(at, why string) data.Event {
	return &data.Steering{Node: t.node, Points: int(t.k), What: "foreign", Text: fmt.Sprintf("entry %s is not the scan's: %s", at, why)}
}
