package storeserver_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
	"go.uber.org/goleak"

	"blissh/internal/redisconn"
	"blissh/internal/storeserver"
)

// The test binary run with this variable set is a store.
const asStore = "BLISSH_TEST_STORE_ENGINE"

func TestMain(m *testing.M) {
	engine, isStore := os.LookupEnv(asStore)
	if !isStore {
		goleak.VerifyTestMain(m)
		return
	}
	idle, _ := time.ParseDuration(os.Getenv("BLISSH_TEST_STORE_IDLE"))
	o := storeserver.Options{Engine: engine, Idle: idle, Addr: os.Getenv("BLISSH_TEST_STORE_ADDR"), Log: os.Stderr}
	if err := storeserver.Run(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// each runs a test with either engine, in a runtime directory of its own.
func each(t *testing.T, f func(t *testing.T, engine string)) {
	for _, engine := range []string{storeserver.Embedded, storeserver.Redis} {
		t.Run(engine, func(t *testing.T) {
			if _, err := exec.LookPath("redis-server"); err != nil && engine == storeserver.Redis {
				t.Skip("no redis-server; apt-get install redis-server")
			}
			private(t, engine)
			f(t, engine)
		})
	}
}

func private(t *testing.T, engine string) {
	t.Helper()
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	t.Setenv(asStore, engine)
	t.Cleanup(func() {
		if err := storeserver.Stop(context.Background()); err != nil && !errors.Is(err, storeserver.ErrNotRunning) {
			t.Error(err)
		}
	})
}

func ensure(t *testing.T) redisconn.StoreFile {
	t.Helper()
	f, err := storeserver.Ensure(t.Context(), storeserver.EnsureOptions{Command: []string{os.Args[0]}})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func client(t *testing.T, url string) redis.UniversalClient {
	t.Helper()
	c, err := redisconn.New(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if f() {
			return
		}
	}
	t.Fatalf("waited 10 s for %s", what)
}

// file is a path in the test's runtime directory.
func file(t *testing.T, name string) string {
	t.Helper()
	dir, err := redisconn.RuntimeDir()
	if err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, name)
}

// family is a process and its children.
func family(pid int) []int {
	all := []int{pid}
	threads, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, path := range threads {
		b, _ := os.ReadFile(path)
		for _, child := range strings.Fields(string(b)) {
			n, _ := strconv.Atoi(child)
			all = append(all, n)
		}
	}
	return all
}

func gone(t *testing.T, pids []int) {
	t.Helper()
	for _, pid := range pids {
		eventually(t, fmt.Sprintf("process %d to end", pid), func() bool { return syscall.Kill(pid, 0) != nil })
	}
}

func nothingLeft(t *testing.T, pids []int) {
	t.Helper()
	gone(t, pids)
	if b, err := os.ReadFile(file(t, "store.json")); err == nil {
		t.Errorf("store.json is still there: %s", b)
	}
}

func TestEnsureStartsOneForAll(t *testing.T) {
	each(t, func(t *testing.T, engine string) {
		found := make([]redisconn.StoreFile, 8)
		var all sync.WaitGroup
		for i := range found {
			all.Go(func() { found[i] = ensure(t) })
		}
		all.Wait()
		for _, f := range found {
			if f != found[0] {
				t.Errorf("%v and %v", f.PID, found[0].PID)
			}
		}
		if found[0].Engine != engine {
			t.Errorf("engine %s", found[0].Engine)
		}
		if url, err := redisconn.Find(); err != nil || url != found[0].URL {
			t.Errorf("Find: %v", err)
		}
	})
}

func TestStopLeavesNothingBehind(t *testing.T) {
	each(t, func(t *testing.T, engine string) {
		f := ensure(t)
		pids := family(f.PID)
		if want := map[string]int{storeserver.Redis: 2, storeserver.Embedded: 1}[engine]; len(pids) != want {
			t.Errorf("processes %v, want %d", pids, want)
		}
		if err := storeserver.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		nothingLeft(t, pids)
		if err := storeserver.Stop(t.Context()); !errors.Is(err, storeserver.ErrNotRunning) {
			t.Errorf("second stop: %v", err)
		}
		if _, err := storeserver.Inspect(t.Context()); !errors.Is(err, storeserver.ErrNotRunning) {
			t.Errorf("status: %v", err)
		}
	})
}

func TestSignalsEndTheStore(t *testing.T) {
	each(t, func(t *testing.T, _ string) {
		for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP} {
			f := ensure(t)
			pids := family(f.PID)
			if err := syscall.Kill(f.PID, s); err != nil {
				t.Fatal(err)
			}
			nothingLeft(t, pids)
		}
	})
}

func TestKilledStoreTakesItsChildAlongAndIsReplacedInPlace(t *testing.T) {
	each(t, func(t *testing.T, _ string) {
		f := ensure(t)
		c := client(t, f.URL)
		if err := c.Set(t.Context(), "k", "v", 0).Err(); err != nil {
			t.Fatal(err)
		}
		pids := family(f.PID)
		if err := syscall.Kill(f.PID, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		gone(t, pids)
		if _, err := storeserver.Inspect(t.Context()); !errors.Is(err, storeserver.ErrNotRunning) {
			t.Errorf("the file of a dead store is believed: %v", err)
		}
		next := ensure(t)
		if next.PID == f.PID || next.URL != f.URL {
			t.Errorf("%v at %s, then %v at %s", f.PID, f.URL, next.PID, next.URL)
		}
		eventually(t, "the client to be connected again", func() bool {
			return errors.Is(c.Get(context.Background(), "k").Err(), redis.Nil)
		})
	})
}

func TestKilledRedisServerIsStartedAgain(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("no redis-server; apt-get install redis-server")
	}
	private(t, storeserver.Redis)
	f := ensure(t)
	time.Sleep(2100 * time.Millisecond) // one that ends earlier is not tried again
	pids := family(f.PID)
	if err := syscall.Kill(pids[1], syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	c := client(t, f.URL)
	eventually(t, "redis-server to be back at its address", func() bool { return c.Ping(context.Background()).Err() == nil })
	if now := ensure(t); now != f {
		t.Errorf("%v, then %v", f, now)
	}
}

func TestIdleStoreEnds(t *testing.T) {
	each(t, func(t *testing.T, _ string) {
		t.Setenv("BLISSH_TEST_STORE_IDLE", "400ms")
		f := ensure(t)
		pids := family(f.PID)
		c := client(t, f.URL)
		if err := c.Ping(t.Context()).Err(); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second)
		if err := c.Ping(t.Context()).Err(); err != nil {
			t.Fatalf("a store with a client ended: %v", err)
		}
		c.Close()
		left := time.Now()
		nothingLeft(t, pids)
		if d := time.Since(left); d < 350*time.Millisecond || d > 20*time.Second {
			t.Errorf("ended %v after its last client", d)
		}
	})
}

func TestAskingKeepsAnIdleStoreAlive(t *testing.T) {
	each(t, func(t *testing.T, _ string) {
		t.Setenv("BLISSH_TEST_STORE_IDLE", "500ms")
		f := ensure(t)
		for range 10 {
			time.Sleep(150 * time.Millisecond)
			if again := ensure(t); again != f {
				t.Fatal("the store ended between two who asked for it")
			}
		}
	})
}

func TestSecondStoreIsRefused(t *testing.T) {
	each(t, func(t *testing.T, _ string) {
		f := ensure(t)
		err := storeserver.Run(t.Context(), storeserver.Options{})
		if !errors.Is(err, storeserver.ErrRunning) || !strings.Contains(err.Error(), strconv.Itoa(f.PID)) {
			t.Error(err)
		}
		if now := ensure(t); now != f {
			t.Error("the refused store disturbed the running one")
		}
	})
}

func TestFilesArePrivate(t *testing.T) {
	private(t, storeserver.Embedded)
	f := ensure(t)
	for _, name := range []string{"store.json", "store.lock", "store.log", "ensure.lock"} {
		info, err := os.Stat(file(t, name))
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	log, err := os.ReadFile(file(t, "store.log"))
	password := strings.Split(strings.TrimPrefix(f.URL, "redis://default:"), "@")[0]
	if err != nil || len(log) == 0 || bytes.Contains(log, []byte(password)) {
		t.Errorf("log %q, %v", log, err)
	}
	s, err := storeserver.Inspect(t.Context())
	if err != nil || strings.Contains(fmt.Sprint(s), password) {
		t.Errorf("%v, %v", s, err)
	}
}

func TestPasswordIsNotOnTheCommandLine(t *testing.T) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		t.Skip("no redis-server; apt-get install redis-server")
	}
	private(t, storeserver.Redis)
	f := ensure(t)
	password := strings.Split(strings.TrimPrefix(f.URL, "redis://default:"), "@")[0]
	for _, pid := range family(f.PID) {
		line, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err != nil || bytes.Contains(line, []byte(password)) {
			t.Errorf("%q, %v", line, err)
		}
	}
}

func TestStatus(t *testing.T) {
	each(t, func(t *testing.T, engine string) {
		f := ensure(t)
		for range 2 {
			if err := client(t, f.URL).Ping(t.Context()).Err(); err != nil {
				t.Fatal(err)
			}
		}
		s, err := storeserver.Inspect(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if s.Clients != 2 || s.PID != f.PID || s.Engine != engine || s.UsedBytes == 0 || s.Version == "" {
			t.Errorf("%+v", s)
		}
		if s.MaxBytes != 1<<30*3/2+64<<20 {
			t.Errorf("limit %d", s.MaxBytes)
		}
	})
}

func TestRunInThisProcess(t *testing.T) {
	each(t, func(t *testing.T, engine string) {
		ctx, cancel := context.WithCancel(t.Context())
		ready := make(chan redisconn.StoreFile, 1)
		result := make(chan error, 1)
		go func() {
			result <- storeserver.Run(ctx, storeserver.Options{Engine: engine, Ready: func(f redisconn.StoreFile) { ready <- f }})
		}()
		f := <-ready
		if err := client(t, f.URL).Ping(t.Context()).Err(); err != nil {
			t.Error(err)
		}
		cancel()
		if err := <-result; err != nil {
			t.Error(err)
		}
		nothingLeft(t, nil)
	})
}

func TestStoreThatCannotStartSaysWhy(t *testing.T) {
	each(t, func(t *testing.T, _ string) {
		t.Setenv("BLISSH_TEST_STORE_ADDR", "192.0.2.1:6379")
		begin := time.Now()
		_, err := storeserver.Ensure(t.Context(), storeserver.EnsureOptions{Command: []string{os.Args[0]}})
		if err == nil || !strings.Contains(err.Error(), "want a loopback address") {
			t.Error(err)
		}
		if d := time.Since(begin); d > 8*time.Second {
			t.Errorf("it took %v to say so", d)
		}
	})
}

func TestCommandThatIsNoStore(t *testing.T) {
	private(t, storeserver.Embedded)
	for _, command := range [][]string{nil, {"/nonexistent/program"}, {"true"}, {"sleep", "2"}} {
		_, err := storeserver.Ensure(t.Context(), storeserver.EnsureOptions{Command: command, Wait: 500 * time.Millisecond})
		if err == nil {
			t.Errorf("%v: no error", command)
		}
	}
}

// A foreground store gets Ctrl-C together with everything in its process
// group; redis-server must not end before it.
func TestInterruptOfTheProcessGroup(t *testing.T) {
	each(t, func(t *testing.T, engine string) {
		var log bytes.Buffer
		cmd := exec.Command(os.Args[0])
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		cmd.Stderr = io.Writer(&log)
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the store", func() bool { _, err := storeserver.Inspect(context.Background()); return err == nil })
		pids := family(cmd.Process.Pid)
		if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, &log)
		}
		nothingLeft(t, pids)
		if strings.Contains(log.String(), "ended by itself") {
			t.Errorf("%s", &log)
		}
	})
}
