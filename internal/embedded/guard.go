package embedded

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"path"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"
)

// guard stands before every command: it answers what miniredis does not know,
// refuses what would not fit, and keeps a panic from ending the process.
type guard struct {
	data     *miniredis.Miniredis
	engine   *server.Server
	clients  func() int
	maxBytes int64
	used     atomic.Int64 // live heap, bytes; set by the clock
	full     atomic.Bool
}

// dispatch runs one command; it has the shape of a hook of the front server.
func (g *guard) dispatch(p *server.Peer, name string, args ...string) bool {
	defer g.recovered(p, name)
	switch {
	case g.full.Load() && grows(name):
		g.spoil(p)
		p.WriteError("OOM command not allowed when used memory > 'maxmemory'.")
	case g.answer(p, name, args):
	default:
		g.engine.Dispatch(p, append([]string{name}, args...))
	}
	return true
}

// spoil makes the EXEC of an open transaction fail, as Redis does after it has
// refused one of its commands. miniredis does so after a malformed one.
func (g *guard) spoil(p *server.Peer) {
	probe := server.NewPeer(bufio.NewWriter(io.Discard))
	probe.Ctx = p.Ctx
	g.engine.Dispatch(probe, []string{"GET"})
}

// recovered is deferred: it turns a panic into an error reply and the end of
// this connection. Commands run with the lock of miniredis held and without a
// deferred unlock, in a function called withTx; if that is where the panic
// came from, the lock is ours to release.
func (g *guard) recovered(p *server.Peer, name string) {
	fault := recover()
	if fault == nil {
		return
	}
	if holdsLock() {
		g.data.Unlock()
	}
	p.WriteError(fmt.Sprintf("ERR embedded store: %s failed: %v", name, fault))
	p.Close()
}

func holdsLock() bool {
	pcs := make([]uintptr, 64)
	frames := runtime.CallersFrames(pcs[:runtime.Callers(1, pcs)])
	for {
		f, more := frames.Next()
		if strings.HasSuffix(f.Function, "miniredis/v2.withTx") {
			return true
		}
		if !more {
			return false
		}
	}
}

// grows says whether a command may need memory; deletion, expiry and trimming
// pass, so that there is a way out.
func grows(name string) bool {
	switch name {
	case "XADD", "SET", "SETEX", "PSETEX", "SETNX", "MSET", "APPEND", "SETRANGE",
		"HSET", "HSETNX", "HMSET", "SADD", "ZADD", "LPUSH", "RPUSH", "COPY":
		return true
	}
	return false
}

// answer handles the few commands that clients ask for and miniredis lacks.
func (g *guard) answer(p *server.Peer, name string, args []string) bool {
	sub := ""
	if len(args) > 0 {
		sub = strings.ToUpper(args[0])
	}
	switch {
	case name == "INFO":
		g.ifAllowed(p, func() { p.WriteBulk(g.info()) })
	case name == "CONFIG" && sub == "GET" && len(args) == 2:
		g.ifAllowed(p, func() { g.config(p, args[1]) })
	case name == "CLIENT" && sub == "SETINFO":
		g.ifAllowed(p, p.WriteOK)
	default:
		return false
	}
	return true
}

// ifAllowed asks miniredis whether the connection is authenticated, with a
// command that changes nothing, not even an open transaction.
func (g *guard) ifAllowed(p *server.Peer, f func()) {
	var reply bytes.Buffer
	probe := server.NewPeer(bufio.NewWriter(&reply))
	probe.Ctx = p.Ctx
	g.engine.Dispatch(probe, []string{"INFO"})
	probe.Flush()
	if bytes.HasPrefix(reply.Bytes(), []byte("-")) {
		p.WriteError(strings.TrimSpace(reply.String()[1:]))
		return
	}
	f()
}

func (g *guard) info() string {
	return fmt.Sprintf("# Server\r\nredis_version:7.0.0\r\nredis_mode:standalone\r\nblissh_engine:embedded\r\n"+
		"# Clients\r\nconnected_clients:%d\r\n"+
		"# Memory\r\nused_memory:%d\r\nmaxmemory:%d\r\nmaxmemory_policy:noeviction\r\n",
		g.clients(), g.used.Load(), g.maxBytes)
}

func (g *guard) config(p *server.Peer, pattern string) {
	settings := [][2]string{{"maxmemory", strconv.FormatInt(g.maxBytes, 10)}, {"maxmemory-policy", "noeviction"}}
	var found []string
	for _, s := range settings {
		if ok, err := path.Match(pattern, s[0]); ok && err == nil {
			found = append(found, s[0], s[1])
		}
	}
	p.Block(func(w *server.Writer) {
		w.WriteMapLen(len(found) / 2)
		for _, s := range found {
			w.WriteBulk(s)
		}
	})
}
