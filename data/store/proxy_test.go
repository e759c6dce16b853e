package store

import (
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// proxy passes bytes on until told otherwise.
type proxy struct {
	listener net.Listener
	work     sync.WaitGroup

	mu      sync.Mutex
	to      string
	conns   map[net.Conn]bool
	refuse  bool
	cutWhen string // cut the connection that sends this, once
	always  bool   // not once
	after   bool   // after it was passed on, before the answer
}

func newProxy(t *testing.T, to string) *proxy {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &proxy{listener: l, to: to, conns: map[net.Conn]bool{}}
	p.work.Go(p.accept)
	t.Cleanup(func() { l.Close(); p.cut(); p.work.Wait() })
	return p
}

func (p *proxy) addr() string { return p.listener.Addr().String() }

func (p *proxy) target() string { p.mu.Lock(); defer p.mu.Unlock(); return p.to }

func (p *proxy) setTarget(to string) { p.mu.Lock(); defer p.mu.Unlock(); p.to = to }

func (p *proxy) setRefuse(on bool) { p.mu.Lock(); defer p.mu.Unlock(); p.refuse = on }

// cutOn cuts the connection that sends what, before or after it is passed on.
func (p *proxy) cutOn(what string, after bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutWhen, p.after = what, after
}

// cutAlways cuts each connection that sends what, before it is passed on.
func (p *proxy) cutAlways(what string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cutWhen, p.after, p.always = what, false, true
}

// cut cuts all connections.
func (p *proxy) cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.conns {
		c.Close()
		delete(p.conns, c)
	}
}

func (p *proxy) count() int { p.mu.Lock(); defer p.mu.Unlock(); return len(p.conns) / 2 }

func (p *proxy) accept() {
	for {
		c, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.mu.Lock()
		to, refuse := p.to, p.refuse
		p.mu.Unlock()
		s, err := net.Dial("tcp", to)
		if err != nil || refuse {
			if err == nil {
				s.Close()
			}
			c.Close()
			continue
		}
		p.mu.Lock()
		p.conns[c], p.conns[s] = true, true
		p.mu.Unlock()
		p.work.Go(func() { p.pass(c, s, true) })
		p.work.Go(func() { p.pass(s, c, false) })
	}
}

func (p *proxy) pass(from, to net.Conn, forward bool) {
	defer func() {
		from.Close()
		to.Close()
		p.mu.Lock()
		delete(p.conns, from)
		delete(p.conns, to)
		p.mu.Unlock()
	}()
	b := make([]byte, 1<<16)
	for {
		n, err := from.Read(b)
		if err != nil {
			return
		}
		cut, after := p.matches(forward, b[:n])
		if cut && !after {
			return
		}
		if _, err := to.Write(b[:n]); err != nil {
			return
		}
		if cut {
			// The answer must not get through, and the command must be done.
			from.(*net.TCPConn).SetLinger(0)
			from.Close()
			time.Sleep(20 * time.Millisecond)
			return
		}
	}
}

// matches reports whether to cut here, and whether after passing b on.
func (p *proxy) matches(forward bool, b []byte) (cut, after bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !forward || p.cutWhen == "" || !strings.Contains(string(b), p.cutWhen) {
		return false, false
	}
	if !p.always {
		p.cutWhen = ""
	}
	return true, p.after
}
