package store

import (
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"

	"blissh/data"
)

// The keys of the store; S is the session, U the scan's uid. The braces keep a
// session in one slot of a Redis Cluster.
//
//	blissh:store                    random id of the store
//	blissh:sessions                 set of names
//	blissh:retention                hash: what the store keeps
//	blissh:lease                    who may delete other sessions' scans
//	blissh:{S}                      hash: who runs the session, heartbeat
//	blissh:{S}:lease                token of whoever runs it
//	blissh:{S}:events               stream: scan new, ended, deleted
//	blissh:{S}:scans                sorted set: uids by end time, +inf while running
//	blissh:{S}:number               last scan number
//	blissh:{S}:scan:U               hash: description
//	blissh:{S}:scan:U:stream        stream: the scan, in total order
//	blissh:{S}:scan:U:array:NAME    stream: blocks of a spectrum or image
//	blissh:{S}:scan:U:requests      stream: steering
//	blissh:{S}:scan:U:saved         how far it is in files; saved.go
//	blissh:{S}:writer               who writes them
//	blissh:{S}:scan:U:answer:ID     list: the answer to one request
//	blissh:axis:SHA1                reservation of an axis
const (
	storeKey    = "blissh:store"
	sessionsKey = "blissh:sessions"

	retentionKey  = "blissh:retention"
	storeLeaseKey = "blissh:lease"
)

func sessionKey(session string) string { return "blissh:{" + session + "}" }
func leaseKey(session string) string   { return sessionKey(session) + ":lease" }
func eventsKey(session string) string  { return sessionKey(session) + ":events" }
func scansKey(session string) string   { return sessionKey(session) + ":scans" }
func numberKey(session string) string  { return sessionKey(session) + ":number" }

// scanPrefix precedes a scan's uid.
func scanPrefix(session string) string { return sessionKey(session) + ":scan:" }

func scanKey(session, uid string) string        { return scanPrefix(session) + uid }
func streamKey(session, uid string) string      { return scanKey(session, uid) + ":stream" }
func arrayKey(session, uid, name string) string { return scanKey(session, uid) + ":array:" + name }
func requestsKey(session, uid string) string    { return scanKey(session, uid) + ":requests" }

// answerKey is where the sender of a request finds its answer.
func answerKey(session, uid, request string) string {
	return scanKey(session, uid) + ":answer:" + request
}

// answeredKey says that the request of an entry has its answer.
func answeredKey(session, uid, entry string) string {
	return scanKey(session, uid) + ":answered:" + entry
}

// sentKey says that a request is in the store, so that it is not written twice.
func sentKey(session, uid, token string) string {
	return scanKey(session, uid) + ":sent:" + token
}

// axisKey is where an axis is reserved, by its hardware address.
func axisKey(address string) string {
	sum := sha1.Sum([]byte(address))
	return "blissh:axis:" + hex.EncodeToString(sum[:])
}

// ownKeys are all keys of one scan, its stream first and its hash second.
func ownKeys(s *data.Scan) []string {
	keys := []string{streamKey(s.Session, s.UID), scanKey(s.Session, s.UID), requestsKey(s.Session, s.UID)}
	for _, c := range s.Channels {
		if !c.Scalar() {
			keys = append(keys, arrayKey(s.Session, s.UID, c.Name))
		}
	}
	return keys
}

// id is the ID of an entry of a scan's stream: points taken, and 0 for a block
// or the number of the event after that point.
type id struct{ k, seq int64 }

// endID is the ID of every scan's end; 2^53-1 is the largest number that every
// language reads exactly.
var endID = id{9007199254740991, 1}

// foreignPoints is more points than a scan can have; an ID from there on that
// is not the end was made from a clock, so by somebody else.
const foreignPoints = 1_000_000_000_000

func (i id) String() string {
	return strconv.FormatInt(i.k, 10) + "-" + strconv.FormatInt(i.seq, 10)
}

// append is String without an allocation.
func (i id) append(b []byte) []byte {
	b = strconv.AppendInt(b, i.k, 10)
	return strconv.AppendInt(append(b, '-'), i.seq, 10)
}

func (i id) zero() bool { return i == id{} }

func (i id) less(j id) bool { return i.k < j.k || i.k == j.k && i.seq < j.seq }

// parseID reads an ID as Redis writes it.
func parseID(s string) (id, error) {
	a, b, _ := strings.Cut(s, "-")
	k, err1 := strconv.ParseUint(a, 10, 64)
	seq, err2 := strconv.ParseUint(b, 10, 64)
	if err1 != nil || err2 != nil {
		return id{}, fmt.Errorf("%q is not the ID of an entry", s)
	}
	return id{int64(min(k, 1<<63-1)), int64(min(seq, 1<<63-1))}, nil
}
