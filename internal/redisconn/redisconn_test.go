package redisconn

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

func TestAddresses(t *testing.T) {
	for address, want := range map[string]redis.UniversalOptions{
		"redis://h":                    {Addrs: []string{"h:6379"}},
		"redis://:pw@h:7/2":            {Addrs: []string{"h:7"}, Password: "pw", DB: 2},
		"redis://u:p%2Fw@[::1]:7":      {Addrs: []string{"[::1]:7"}, Username: "u", Password: "p/w"},
		"unix:///run/r.sock":           {Addrs: []string{"/run/r.sock"}},
		"unix://:pw@/run/r.sock?db=3":  {Addrs: []string{"/run/r.sock"}, Password: "pw", DB: 3},
		"redis://:pw@a:1,b:2,c":        {Addrs: []string{"a:1", "b:2", "c:6379"}, Password: "pw"},
		"redis://a:1,b:2?master=mine":  {Addrs: []string{"a:1", "b:2"}, MasterName: "mine"},
		"redis://:pw@a:1?cluster=true": {Addrs: []string{"a:1"}, Password: "pw", IsClusterMode: true},
		"redis://default:a@b@h:7":      {Addrs: []string{"h:7"}, Username: "default", Password: "a@b"},
	} {
		got, err := Options(address)
		if err != nil {
			t.Errorf("%s: %v", address, err)
		} else if !reflect.DeepEqual(*got, want) {
			t.Errorf("%s: %+v", address, *got)
		}
	}
	if o, err := Options("rediss://h:7"); err != nil || o.TLSConfig == nil {
		t.Errorf("rediss: %+v, %v", o, err)
	}
}

func TestNoErrorContainsThePassword(t *testing.T) {
	for _, address := range []string{
		"redis://u:s3cr3t@h:x", "http://:s3cr3t@h", "redis://:s3cr3t/x@h:7", "redis://:s3cr3t@h/notanumber", "u:s3cr3t@h:7",
		"redis://:s3cr3t@h?colour=s3cr3t", "redis://:s3cr3t%zz@h", "redis://:x#s3cr3t@h:7", "redis://:%s3cr3t@h",
	} {
		if _, err := Options(address); err == nil || strings.Contains(err.Error(), "s3cr3t") {
			t.Errorf("%s: %v", address, err)
		}
		if s := Redact(address); strings.Contains(s, "s3cr3t") {
			t.Errorf("redacted: %s", s)
		}
	}
}

func TestTheStoreIsFound(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	t.Setenv(EnvStore, "")
	if _, err := Find(); !errors.Is(err, ErrNoStore) || !strings.Contains(err.Error(), "blissh store") {
		t.Errorf("no store: %v", err)
	}
	want := StoreFile{URL: "redis://:pw@127.0.0.1:7", Engine: "redis", PID: os.Getpid()}
	if err := WriteStoreFile(want); err != nil {
		t.Fatal(err)
	}
	if url, err := Find(); err != nil || url != want.URL {
		t.Errorf("%s, %v", url, err)
	}
	dir, _ := RuntimeDir()
	for path, mode := range map[string]fs.FileMode{dir: 0o700, filepath.Join(dir, "store.json"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != mode {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	if err := RemoveStoreFile(want.PID + 1); err != nil {
		t.Error(err)
	}
	if got, err := ReadStoreFile(); err != nil || got != want {
		t.Errorf("the file of another process was removed: %+v, %v", got, err)
	}
	t.Setenv(EnvStore, "redis://elsewhere")
	if url, _ := Find(); url != "redis://elsewhere" {
		t.Errorf("with %s: %s", EnvStore, url)
	}
	t.Setenv(EnvStore, "")
	RemoveStoreFile(want.PID)
	if _, err := ReadStoreFile(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("not removed: %v", err)
	}
}

func TestAStoreWhoseProcessIsDeadIsNotFound(t *testing.T) {
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	t.Setenv(EnvStore, "")
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	WriteStoreFile(StoreFile{URL: "redis://h", PID: cmd.Process.Pid})
	if _, err := Find(); !errors.Is(err, ErrNoStore) {
		t.Errorf("error: %v", err)
	}
}

func TestARuntimeDirThatIsALinkIsRefused(t *testing.T) {
	xdg := t.TempDir()
	t.Setenv("XDG_RUNTIME_DIR", xdg)
	if err := os.Symlink(t.TempDir(), filepath.Join(xdg, "blissh")); err != nil {
		t.Fatal(err)
	}
	if dir, err := RuntimeDir(); err == nil {
		t.Errorf("%s was accepted", dir)
	}
}

// startRedis starts a server and gives its address and a client.
func startRedis(t *testing.T, options ...string) (string, *redis.Client) {
	path, err := exec.LookPath("redis-server")
	if err != nil {
		t.Skip("redis-server is not installed: apt-get install redis-server")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	_, port, _ := net.SplitHostPort(addr)
	cmd := exec.Command(path, append([]string{"--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", t.TempDir()}, options...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	c := redis.NewClient(&redis.Options{Addr: addr, Protocol: 2})
	t.Cleanup(func() { c.Close() })
	for range 500 {
		if c.Ping(t.Context()).Err() == nil {
			return addr, c
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("redis-server does not answer")
	return "", nil
}

func TestADedicatedClientIsOneConnection(t *testing.T) {
	addr, raw := startRedis(t)
	ctx := t.Context()
	c, err := Dedicated(ctx, "redis://"+addr, "k")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	time.AfterFunc(50*time.Millisecond, func() { raw.ClientKillByFilter(ctx, "TYPE", "normal", "SKIPME", "yes") })
	if err := c.BLPop(ctx, time.Minute, "k").Err(); !Away(err) {
		t.Errorf("after the cut: %v", err)
	}
	if err := c.Ping(ctx).Err(); !errors.Is(err, ErrBroken) {
		t.Errorf("it has connected again: %v", err)
	}
}

func TestClosingADedicatedClientUnblocksIt(t *testing.T) {
	addr, _ := startRedis(t)
	c, err := Dedicated(t.Context(), "redis://"+addr, "k")
	if err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(50*time.Millisecond, func() { c.Close() })
	start := time.Now()
	c.BLPop(t.Context(), time.Minute, "k")
	if passed := time.Since(start); passed > 20*time.Second {
		t.Errorf("after %v", passed)
	}
}

func TestADedicatedClientFindsItsNodeOfACluster(t *testing.T) {
	addr, raw := startRedis(t, "--cluster-enabled", "yes")
	if err := raw.ClusterAddSlotsRange(t.Context(), 0, 16383).Err(); err != nil {
		t.Fatal(err)
	}
	for range 500 {
		if raw.Set(t.Context(), "{s}", "v", 0).Err() == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	c, err := Dedicated(t.Context(), "redis://"+addr+"?cluster=true", "{s}")
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if v, err := c.Get(t.Context(), "{s}").Result(); err != nil || v != "v" {
		t.Errorf("%q, %v", v, err)
	}
}

func TestADedicatedClientAsksTheSentinelsForTheMaster(t *testing.T) {
	master, raw := startRedis(t)
	host, port, _ := net.SplitHostPort(master)
	conf := filepath.Join(t.TempDir(), "sentinel.conf")
	if err := os.WriteFile(conf, []byte("sentinel monitor mine "+host+" "+port+" 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path, _ := exec.LookPath("redis-server")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := l.Addr().String()
	l.Close()
	_, port, _ = net.SplitHostPort(at)
	cmd := exec.Command(path, conf, "--sentinel", "--bind", "127.0.0.1", "--port", port)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	raw.Set(t.Context(), "k", "v", 0)
	var c *redis.Client
	for range 500 { // 127.0.0.1:1 is a sentinel that is down
		if c, err = Dedicated(t.Context(), "redis://127.0.0.1:1,"+at+"?master=mine", "k"); err == nil {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if v, err := c.Get(t.Context(), "k").Result(); err != nil || v != "v" {
		t.Errorf("%q, %v", v, err)
	}
}

type reply string

func (r reply) Error() string { return string(r) }
func (reply) RedisError()     {}

func TestAServerThatCannotAnswerNowIsAway(t *testing.T) {
	for text, want := range map[string]bool{
		"LOADING Redis is loading the dataset in memory":                                         true,
		"BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.": true,
		"NOREPLICAS Not enough good replicas to write.":                                          true,
		"UNBLOCKED force unblock from blocking operation, instance state changed":                true,
		"ERR max number of clients reached":                                                      true,
		"BUSYGROUP Consumer Group name already exists":                                           false,
		"OOM command not allowed when used memory > 'maxmemory'.":                                false,
		"ERR unknown command": false,
	} {
		if got := Away(reply(text)); got != want {
			t.Errorf("%s: %v", text, got)
		}
	}
}

func TestAwayIsNotARefusal(t *testing.T) {
	addr, raw := startRedis(t)
	ctx := context.Background()
	if err := raw.Do(ctx, "NONSENSE").Err(); Away(err) {
		t.Errorf("a refusal: %v", err)
	}
	if Away(nil) || Away(redis.Nil) {
		t.Error("an answer")
	}
	c, err := New("redis://"+addr, func(o *redis.UniversalOptions) { o.Addrs = []string{"127.0.0.1:1"} })
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := c.Ping(ctx).Err(); !Away(err) {
		t.Errorf("nobody there: %v", err)
	}
}

func TestOldServersAreKnown(t *testing.T) {
	for version, old := range map[string]bool{"6.0.16": true, "5.0": true, "6.2.0": false, "7.0.15": false, "10.1": false, "": false, "x.y": false} {
		if TooOld(version) != old {
			t.Errorf("%q: %v", version, !old)
		}
	}
}
