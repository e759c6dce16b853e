package embedded_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"github.com/redis/go-redis/v9/logging"
	"go.uber.org/goleak"

	"blissh/internal/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func start(t *testing.T, o embedded.Options) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// patience bounds what a test waits for: generous, for the machine may be busy.
const patience = time.Minute

func client(t *testing.T, s *embedded.Server) *redis.Client {
	t.Helper()
	o, err := redis.ParseURL(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	o.DisableIdentity, o.MaxRetries, o.ReadTimeout = true, -1, patience
	logging.Disable()
	c := redis.NewClient(o)
	t.Cleanup(func() { c.Close() })
	return c
}

func dial(t *testing.T, s *embedded.Server) net.Conn {
	t.Helper()
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// ping fails the test if the server does not answer: a stall would be for ever.
func ping(t *testing.T, c *redis.Client) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Ping(ctx).Err(); err != nil {
		t.Fatalf("server does not answer: %v", err)
	}
}

func TestPasswordIsAskedFor(t *testing.T) {
	s := start(t, embedded.Options{Password: "p@ss/word"})
	ping(t, client(t, s))
	u, err := url.Parse(s.URL())
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(&redis.Options{Addr: u.Host, DisableIdentity: true})
	defer c.Close()
	for _, cmd := range [][]any{{"PING"}, {"INFO"}, {"CONFIG", "GET", "maxmemory"}, {"SET", "a", "b"}} {
		if err := c.Do(t.Context(), cmd...).Err(); err == nil || !strings.HasPrefix(err.Error(), "NOAUTH") {
			t.Errorf("%v without a password: %v", cmd, err)
		}
	}
}

func TestMalformedRequestsEndNothing(t *testing.T) {
	s := start(t, embedded.Options{})
	c := client(t, s)
	for _, bad := range []string{
		"*0\r\n", "*-1\r\n", "\r\n", "x", "PING\r\n", "*1\r\n$-1\r\n", "*1\r\n:5\r\n",
		"*1\r\n$9223372036854775807\r\n", "*1\r\n$99999999999\r\n", "*99999999999\r\n", "*1000000000\r\n",
		"*2\r\n$4\r\nECHO\r\n*0\r\n", "*1\r\n$0\r\n\r\n", strings.Repeat("y", 100_000), "*1\n$4\nPING\n",
	} {
		nc := dial(t, s)
		fmt.Fprint(nc, bad)
		nc.SetReadDeadline(time.Now().Add(20 * time.Millisecond))
		nc.Read(make([]byte, 100))
		nc.Close()
		ping(t, c)
	}
}

func TestEmptyRequestsAreIgnored(t *testing.T) {
	nc := dial(t, start(t, embedded.Options{}))
	fmt.Fprint(nc, "*0\r\n*-1\r\n*1\r\n$4\r\nPING\r\n")
	line, err := bufio.NewReader(nc).ReadString('\n')
	if err != nil || line != "+PONG\r\n" {
		t.Errorf("%q, %v", line, err)
	}
}

// These make miniredis itself panic, most of them with its lock held.
func TestPanicsAreErrorsOfOneClient(t *testing.T) {
	s := start(t, embedded.Options{})
	other := client(t, s)
	panicked := 0
	for _, cmd := range [][]any{
		{"XADD", "k", "NOMKSTREAM", "MAXLEN", "~"},
		{"XADD", "k", "MAXLEN", "=", "MAXLEN"},
		{"XADD", "k", "NOMKSTREAM", "MINID", "="},
		{"XREAD", "STREAMS", "k", "1", "2", "3"},
		{"EVAL", "return redis.call('XADD', 'k', 'NOMKSTREAM', 'MAXLEN', '~')", "0"},
	} {
		c := client(t, s)
		err := c.Do(t.Context(), cmd...).Err()
		if err == nil {
			t.Errorf("%v: no error", cmd)
			continue
		}
		if strings.Contains(err.Error(), "embedded store") {
			panicked++
		}
		ping(t, other)
		if err := other.Set(t.Context(), "a", "b", 0).Err(); err != nil {
			t.Fatalf("after %v: %v", cmd, err)
		}
	}
	if panicked < 2 {
		t.Errorf("%d commands panicked; the test no longer tests the recovery", panicked)
	}
}

func TestClientThatNeverReadsStallsNobody(t *testing.T) {
	s := start(t, embedded.Options{})
	c := client(t, s)
	if err := c.Set(t.Context(), "big", strings.Repeat("x", 10<<20), 0).Err(); err != nil {
		t.Fatal(err)
	}
	greedy := dial(t, s)
	for range 10 {
		fmt.Fprint(greedy, "*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n")
	}
	for range 50 {
		ping(t, c)
		time.Sleep(2 * time.Millisecond)
	}
}

func TestSubscriberThatNeverReadsStallsNobody(t *testing.T) {
	s := start(t, embedded.Options{})
	c := client(t, s)
	deaf := dial(t, s)
	fmt.Fprint(deaf, "*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nc\r\n")
	if _, err := bufio.NewReader(deaf).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	message := strings.Repeat("m", 100_000)
	for range 500 {
		if err := c.Publish(ctx, "c", message).Err(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestTooSlowClientIsCut(t *testing.T) {
	s := start(t, embedded.Options{Backlog: 1 << 20})
	c := client(t, s)
	if err := c.Set(t.Context(), "k", strings.Repeat("x", 500<<10), 0).Err(); err != nil {
		t.Fatal(err)
	}
	greedy := dial(t, s)
	for range 100 { // beyond what the sockets hold, too
		fmt.Fprint(greedy, "*2\r\n$3\r\nGET\r\n$1\r\nk\r\n")
	}
	waitFor(t, "the slow client to be cut", func() bool { return s.Clients() == 1 })
	ping(t, c)
}

func TestLargeRepliesArriveWhole(t *testing.T) {
	s := start(t, embedded.Options{})
	c := client(t, s)
	want := strings.Repeat("0123456789abcdef", 4<<20/16)
	for i := range 5 {
		if err := c.Set(t.Context(), fmt.Sprint(i), want+fmt.Sprint(i), 0).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 5 {
		if got, err := c.Get(t.Context(), fmt.Sprint(i)).Result(); err != nil || got != want+fmt.Sprint(i) {
			t.Fatalf("%d: %d bytes, %v", i, len(got), err)
		}
	}
}

func TestTwoThousandBlockedReadersCutAtOnce(t *testing.T) {
	s := start(t, embedded.Options{})
	c := client(t, s)
	readers := make([]*net.TCPConn, 2000)
	for i := range readers {
		readers[i] = dial(t, s).(*net.TCPConn)
		fmt.Fprint(readers[i], "*6\r\n$5\r\nXREAD\r\n$5\r\nBLOCK\r\n$1\r\n0\r\n$7\r\nSTREAMS\r\n$1\r\nk\r\n$3\r\n0-0\r\n")
	}
	ping(t, c)
	waitFor(t, "2000 readers", func() bool { return s.Clients() == 2001 })
	for _, r := range readers {
		r.SetLinger(0) // a reset, not a goodbye
		r.Close()
	}
	ping(t, c)
	waitFor(t, "the readers to be gone", func() bool { return s.Clients() == 1 })
}

// Every beginning of a command, from clients that wait and from clients that are
// cut, costs nobody else anything.
func TestHalfCommandsHoldNobodyUp(t *testing.T) {
	s := start(t, embedded.Options{})
	c := client(t, s)
	const whole = "*5\r\n$4\r\nXADD\r\n$1\r\nk\r\n$1\r\n*\r\n$1\r\nv\r\n$1\r\nx\r\n"
	for n := range len(whole) {
		waiting := dial(t, s)
		fmt.Fprint(waiting, whole[:n])
		cut := dial(t, s).(*net.TCPConn)
		fmt.Fprint(cut, "*1\r\n$5\r\nMULTI\r\n", whole, whole[:n])
		cut.SetLinger(0)
		cut.Close()
	}
	slow := dial(t, s)
	for i := range len(whole) {
		fmt.Fprint(slow, whole[i:i+1])
		ping(t, c)
	}
	if line, err := bufio.NewReader(slow).ReadString('\n'); err != nil || !strings.HasPrefix(line, "$") {
		t.Errorf("a command that came byte by byte: %q, %v", line, err)
	}
	if n := c.XLen(t.Context(), "k").Val(); n != 1 {
		t.Errorf("%d entries, 1 was sent whole", n)
	}
	waitFor(t, "those that were cut to be gone", func() bool { return s.Clients() == len(whole)+2 })
}

// Whatever they were doing.
func TestTwoThousandClientsCutAtOnce(t *testing.T) {
	s := start(t, embedded.Options{Password: "secret"})
	c := client(t, s)
	if err := c.Set(t.Context(), "big", strings.Repeat("x", 1<<20), 0).Err(); err != nil {
		t.Fatal(err)
	}
	const auth = "*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n"
	doing := []string{
		"", "*1\r\n$4", "*2\r\n$4\r\nAUTH\r\n$6\r\nsec", auth, auth + "*1\r\n$5\r\nMULTI\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n",
		auth + "*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nc\r\n", auth + "*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n",
		auth + "*6\r\n$5\r\nXREAD\r\n$5\r\nBLOCK\r\n$1\r\n0\r\n$7\r\nSTREAMS\r\n$1\r\nk\r\n$3\r\n0-0\r\n",
		auth + "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000000\r\nxxx",
	}
	clients := make([]*net.TCPConn, 2000)
	for i := range clients {
		clients[i] = dial(t, s).(*net.TCPConn)
		fmt.Fprint(clients[i], doing[i%len(doing)])
	}
	waitFor(t, "2000 clients", func() bool { return s.Clients() == 2001 })
	for _, nc := range clients {
		nc.SetLinger(0)
		nc.Close()
	}
	waitFor(t, "the clients to be gone", func() bool { return s.Clients() == 1 })
	ping(t, c)
	if err := c.Set(t.Context(), "a", "b", 0).Err(); err != nil {
		t.Error(err)
	}
}

// Without the password nobody takes more than a little memory.
func TestStrangersMaySendLittle(t *testing.T) {
	s := start(t, embedded.Options{Password: "secret"})
	const large = "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n"
	value := strings.Repeat("x", 1_000_000) + "\r\n"
	for _, before := range []string{"", "*2\r\n$4\r\nAUTH\r\n$5\r\nwrong\r\n", "*1\r\n$4\r\nPING\r\n", "*4\r\n$6\r\nCLIENT\r\n$7\r\nSETINFO\r\n$8\r\nLIB-NAME\r\n$1\r\nx\r\n"} {
		nc := dial(t, s)
		r := bufio.NewReader(nc)
		if fmt.Fprint(nc, before); before != "" {
			if line, err := r.ReadString('\n'); err != nil || line[0] != '-' {
				t.Errorf("%q: %q, %v", before, line, err)
			}
		}
		fmt.Fprint(nc, large) // and not a byte more
		if line, err := r.ReadString('\n'); err == nil {
			t.Errorf("%q: %q", before, line)
		}
	}
	nc := dial(t, s)
	r := bufio.NewReader(nc)
	for _, words := range []string{"*2\r\n$4\r\nAUTH\r\n$6\r\nsecret\r\n", large + value} {
		fmt.Fprint(nc, words)
		if line, err := r.ReadString('\n'); err != nil || line != "+OK\r\n" {
			t.Errorf("%.20q: %q, %v", words, line, err)
		}
	}
}

// What a client claims to send takes no memory before it comes.
func TestAClaimTakesNoMemory(t *testing.T) {
	s := start(t, embedded.Options{})
	c := client(t, s)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range 20 {
		fmt.Fprint(dial(t, s), "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000000\r\n", strings.Repeat("x", 10_000))
	}
	waitFor(t, "20 clients", func() bool { return s.Clients() >= 20 })
	for range 20 {
		ping(t, c)
		time.Sleep(5 * time.Millisecond)
	}
	runtime.ReadMemStats(&after)
	if n := int64(after.HeapAlloc) - int64(before.HeapAlloc); n > 100<<20 {
		t.Errorf("%d MB are in use for 200 kB that came", n>>20)
	}
}

func TestQuitIsAnswered(t *testing.T) {
	nc := dial(t, start(t, embedded.Options{}))
	fmt.Fprint(nc, "*1\r\n$4\r\nQUIT\r\n")
	line, err := bufio.NewReader(nc).ReadString('\n')
	if err != nil || line != "+OK\r\n" {
		t.Errorf("%q, %v", line, err)
	}
}

func TestTimePasses(t *testing.T) {
	c := client(t, start(t, embedded.Options{}))
	begin := time.Now()
	if err := c.Set(t.Context(), "k", "v", time.Second).Err(); err != nil {
		t.Fatal(err)
	}
	time.Sleep(750 * time.Millisecond)
	if err := c.Get(t.Context(), "k").Err(); err != nil && time.Since(begin) < 850*time.Millisecond {
		t.Errorf("after 0.75 s of 1 s: %v", err)
	}
	waitFor(t, "the key to expire", func() bool { return errors.Is(c.Get(t.Context(), "k").Err(), redis.Nil) })
}

func TestFullStoreRefusesGrowthAndAllowsDeletion(t *testing.T) {
	s := start(t, embedded.Options{MaxBytes: 64 << 20})
	c := client(t, s)
	add := func(i int) error {
		return c.XAdd(t.Context(), &redis.XAddArgs{Stream: fmt.Sprint("s", i), Values: []string{"v", strings.Repeat("x", 8<<20)}}).Err()
	}
	refused := false
	for i := 0; i < 60 && !refused; i++ {
		err := add(i)
		refused = err != nil && strings.HasPrefix(err.Error(), "OOM")
		time.Sleep(100 * time.Millisecond)
	}
	if !refused {
		t.Fatal("480 MB went into a store of 64 MB")
	}
	done := int64(0) // the clock may find room for a moment
	waitFor(t, "a transaction to be refused", func() bool {
		cmds, err := c.TxPipelined(t.Context(), func(p redis.Pipeliner) error {
			p.Set(t.Context(), "a", "b", 0)
			p.Incr(t.Context(), "n")
			return nil
		})
		if err != nil && !strings.HasPrefix(err.Error(), "EXECABORT") {
			t.Errorf("%v answered with %v", cmds, err)
		}
		if err == nil {
			done++
		}
		return err != nil
	})
	if n, _ := c.Get(t.Context(), "n").Int64(); n != done {
		t.Error("a part of the transaction was done")
	}
	if _, err := c.TxPipelined(t.Context(), func(p redis.Pipeliner) error { p.Get(t.Context(), "s"); return nil }); !errors.Is(err, redis.Nil) {
		t.Errorf("a transaction that only reads: %v", err)
	}
	for i := range 60 { // how many went in depends on how soon the limit was noticed
		if err := c.Del(t.Context(), fmt.Sprint("s", i)).Err(); err != nil {
			t.Fatal(err)
		}
	}
	waitFor(t, "room after deletion", func() bool { return add(99) == nil })
}

func TestCloseWithBlockedReaders(t *testing.T) {
	for range 20 {
		s, err := embedded.Start(embedded.Options{})
		if err != nil {
			t.Fatal(err)
		}
		for range 5 {
			fmt.Fprint(dial(t, s), "*6\r\n$5\r\nXREAD\r\n$5\r\nBLOCK\r\n$1\r\n0\r\n$7\r\nSTREAMS\r\n$1\r\nk\r\n$3\r\n0-0\r\n")
		}
		begin := time.Now()
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
		if d := time.Since(begin); d > patience/3 {
			t.Errorf("closing took %v", d)
		}
	}
}

func TestInfoAndConfig(t *testing.T) {
	c := client(t, start(t, embedded.Options{Password: "x", MaxBytes: 1 << 30}))
	info, err := c.Info(t.Context(), "memory").Result()
	if err != nil || !strings.Contains(info, "blissh_engine:embedded\r\n") || !strings.Contains(info, "connected_clients:1\r\n") {
		t.Errorf("%q, %v", info, err)
	}
	got, err := c.ConfigGet(t.Context(), "maxmemory*").Result()
	if err != nil || got["maxmemory"] != "1073741824" || got["maxmemory-policy"] != "noeviction" {
		t.Errorf("%v, %v", got, err)
	}
}

func waitFor(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("waited %v for %s", patience, what)
}
