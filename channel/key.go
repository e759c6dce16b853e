package channel

import (
	"fmt"
	"time"
)

// A shared channel is a stream of length 1:
//
//	blissh:channel:{NAME}            of the store
//	blissh:{SESSION}:channel:NAME    of a session
//	    <id>  v JSON                 id: the revision; v: the value
//
// An event channel is a stream of its last events:
//
//	blissh:channel:{NAME}:events
//	    <id>  v JSON                 one entry per event
//
// The braces keep what belongs together on one server of a Redis Cluster.
const (
	field     = "v"
	maxEvents = 1000
)

// A key lives as long as somebody holds it: renewal costs one command in 20 s,
// and two of them may be lost.
const (
	life    = 60 * time.Second
	renewal = 20 * time.Second
)

func channelKey(session, name string) string {
	if session == "" {
		return "blissh:channel:{" + name + "}"
	}
	return "blissh:{" + session + "}:channel:" + name
}

func eventsKey(name string) string { return channelKey("", name) + ":events" }

const maxName = 64

// checkName allows what neither Redis Cluster nor a shell reads as more than a
// name.
func checkName(what, s string) error {
	if s == "" || len(s) > maxName {
		return fmt.Errorf("%s %q: want 1 to %d characters", what, s, maxName)
	}
	for _, r := range s {
		if !letter(r) {
			return fmt.Errorf("%s %q: %q is not allowed, only letters, digits and _ . -", what, s, r)
		}
	}
	return nil
}

func letter(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '.' || r == '-'
}
