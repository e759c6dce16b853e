package storeserver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/internal/redisconn"
)

const (
	redisServer = "redis-server"
	startBound  = 5 * time.Second // until it answers
	stopBound   = 5 * time.Second // until it is killed
	tries       = 3               // somebody may take a free port before redis-server does
	ownName     = "blissh-store"  // connections of this package, not counted as clients
)

// child is redis-server in a process group of its own.
type child struct {
	at     place
	cmd    *exec.Cmd
	exited chan struct{}
	words  *tail
	client redis.UniversalClient
}

func (o Options) startRedis(ctx context.Context, p place) (e engine, err error) {
	for try := 0; try < tries && ctx.Err() == nil; try++ {
		var c *child
		if c, err = o.startChild(ctx, p); err == nil {
			return c, nil
		}
		if p.addr != o.Addr {
			p.addr = anyPort // the port of a crashed store is worth one try
		}
	}
	return nil, errors.Join(err, ctx.Err())
}

func (o Options) startChild(ctx context.Context, p place) (*child, error) {
	port, err := freePort(p.addr)
	if err != nil {
		return nil, err
	}
	p.addr = port
	c := &child{at: p, exited: make(chan struct{}), words: &tail{to: o.Log}}
	if err := c.exec(o.config(p)); err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	if err := c.await(ctx); err != nil {
		return nil, errors.Join(err, c.stop())
	}
	return c, nil
}

// freePort replaces port 0 by one that is free now.
func freePort(addr string) (string, error) {
	if !strings.HasSuffix(addr, ":0") {
		return addr, nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return "", fmt.Errorf("store: %w", err)
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// config goes to redis-server's standard input: a password on the command line
// could be read by every user of the machine.
func (o Options) config(p place) string {
	host, port, _ := net.SplitHostPort(p.addr)
	return strings.Join([]string{
		"bind " + host, "port " + port, "requirepass " + p.password,
		`save ""`, "appendonly no", "daemonize no", "loglevel warning",
		"maxmemory " + strconv.FormatInt(o.limit(), 10), "maxmemory-policy noeviction",
		"tcp-keepalive 60", "set-proc-title no", "",
	}, "\n")
}

// exec starts the process and the goroutine that waits for it. The kernel ends
// the child when the thread that started it ends, so that goroutine keeps its
// thread.
func (c *child) exec(config string) error {
	c.cmd = exec.Command(redisServer, "-")
	c.cmd.Dir = os.TempDir()
	c.cmd.Stdin = strings.NewReader(config)
	c.cmd.Stdout, c.cmd.Stderr = c.words, c.words
	c.cmd.SysProcAttr = childAttributes()
	started := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with us
		err := c.cmd.Start()
		started <- err
		if err == nil {
			c.cmd.Wait()
		}
		close(c.exited)
	}()
	return <-started
}

// await returns when the server answers.
func (c *child) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startBound)
	defer cancel()
	if err := c.listening(ctx); err != nil {
		return err
	}
	var err error
	if c.client, err = ownClient(c.at.url()); err != nil {
		return err
	}
	info, err := c.client.Info(ctx, "server").Result()
	if err != nil {
		return fmt.Errorf("redis-server: %w", err)
	}
	if v := field(info, "redis_version"); redisconn.TooOld(v) {
		return fmt.Errorf("redis-server %s: 6.2 or newer is needed", v)
	}
	return nil
}

// listening dials until it is let in; the pool of a client would wait a second
// after a few refusals.
func (c *child) listening(ctx context.Context) error {
	var d net.Dialer
	for {
		conn, err := d.DialContext(ctx, "tcp", c.at.addr)
		if err == nil {
			return conn.Close()
		}
		select {
		case <-c.exited:
			return fmt.Errorf("redis-server ended at once: %s", c.words.last())
		case <-ctx.Done():
			return fmt.Errorf("redis-server does not listen: %w: %s", err, c.words.last())
		case <-time.After(2 * time.Millisecond):
		}
	}
}

// ownClient makes a connection that does not count as a client.
func ownClient(url string) (redis.UniversalClient, error) {
	return redisconn.New(url, func(o *redis.UniversalOptions) {
		o.ClientName, o.PoolSize, o.MaxRetries = ownName, 1, -1
		o.DialTimeout = time.Second
	})
}

func (c *child) name() string           { return Redis }
func (c *child) where() place           { return c.at }
func (c *child) ended() <-chan struct{} { return c.exited }

func (c *child) clients(ctx context.Context) (now int, ever int64, err error) {
	info, err := c.client.Info(ctx, "stats").Result()
	if err != nil {
		return 0, 0, err
	}
	now, err = foreign(ctx, c.client)
	ever, _ = strconv.ParseInt(field(info, "total_connections_received"), 10, 64)
	return now, ever, err
}

// foreign counts the connections that are not of this package.
func foreign(ctx context.Context, c redis.UniversalClient) (int, error) {
	list, err := c.ClientList(ctx).Result()
	n := 0
	for line := range strings.Lines(list) {
		if !strings.Contains(line, " name="+ownName+" ") {
			n++
		}
	}
	return n, err
}

// field finds a line "name:value" of INFO.
func field(info, name string) string {
	for line := range strings.Lines(info) {
		if v, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// stop ends the process, with force if it must, and returns when it is gone.
func (c *child) stop() error {
	if c.client != nil {
		c.client.Close()
	}
	c.signal(syscall.SIGTERM)
	select {
	case <-c.exited:
		return nil
	case <-time.After(stopBound):
	}
	c.signal(syscall.SIGKILL)
	<-c.exited
	return errors.New("redis-server did not end in time and was killed")
}

func (c *child) signal(s syscall.Signal) {
	select {
	case <-c.exited: // its process ID may be another's by now
	default:
		syscall.Kill(-c.cmd.Process.Pid, s)
	}
}

// tail passes on what is written and remembers the end of it.
type tail struct {
	to  io.Writer
	mu  sync.Mutex
	end []byte
}

const tailLength = 2048

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.to != nil {
		t.to.Write(p)
	}
	t.end = append(t.end, p...)
	t.end = t.end[max(0, len(t.end)-tailLength):]
	return len(p), nil
}

// last is the last line written.
func (t *tail) last() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	lines := bytes.Split(bytes.TrimSpace(t.end), []byte("\n"))
	return string(lines[len(lines)-1])
}
