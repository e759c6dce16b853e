package main

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/internal/redisconn"
)

// hunt looks for a secret wherever others could read it.
type hunt struct {
	*testing.T
	secret string
}

func (h hunt) in(where, text string) {
	h.Helper()
	if strings.Contains(text, h.secret) {
		h.Errorf("%s shows the password:\n%s", where, text)
	}
}

// processes looks at the command lines of all processes; want is a piece of one
// that has to be there.
func (h hunt) processes(want string) {
	h.Helper()
	seen := false
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, path := range files {
		b, _ := os.ReadFile(path)
		line := strings.ReplaceAll(string(b), "\x00", " ")
		seen = seen || strings.Contains(line, want)
		h.in(path, line)
	}
	if !seen {
		h.Errorf("no process has %q in its command line", want)
	}
}

// files looks at everything below a folder that others than the user may read.
func (h hunt) files(dir string) {
	h.Helper()
	filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil
		}
		b, _ := os.ReadFile(path)
		if info, err := d.Info(); filepath.Base(path) == "store.json" && err == nil {
			if info.Mode().Perm() != 0o600 {
				h.Errorf("%s has mode %v", path, info.Mode())
			}
			return nil
		}
		h.in(path, string(b))
		return nil
	})
}

// store looks at every key.
func (h hunt) store(c *redis.Client) {
	h.Helper()
	keys := c.Keys(h.Context(), "*").Val()
	for _, key := range keys {
		var v any
		switch c.Type(h.Context(), key).Val() {
		case "stream":
			v = c.XRange(h.Context(), key, "-", "+").Val()
		case "hash":
			v = c.HGetAll(h.Context(), key).Val()
		case "set":
			v = c.SMembers(h.Context(), key).Val()
		case "zset":
			v = c.ZRangeWithScores(h.Context(), key, 0, -1).Val()
		default:
			v = c.Get(h.Context(), key).Val()
		}
		h.in(key, fmt.Sprintf("%q", v))
	}
	if len(keys) < 6 {
		h.Errorf("only %d keys: %q", len(keys), keys)
	}
}

// startWith starts a redis-server whose password is not in its command line.
func startWith(t *testing.T, password string) (*exec.Cmd, string) {
	t.Helper()
	conf := filepath.Join(t.TempDir(), "redis.conf")
	port := freePort(t)
	write(t, conf, fmt.Sprintf("port %d\nbind 127.0.0.1\nsave \"\"\nrequirepass %s\n", port, password))
	c := exec.Command(needProgram(t, "redis-server", "redis-server"), conf)
	c.Dir = t.TempDir()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Process.Kill(); c.Wait() })
	address := fmt.Sprintf("127.0.0.1:%d", port)
	for end := time.Now().Add(testPatience); ; time.Sleep(5 * time.Millisecond) {
		if conn, err := net.Dial("tcp", address); err == nil {
			conn.Close()
			return c, address
		}
		if time.Now().After(end) {
			t.Fatal("redis-server does not answer")
		}
	}
}

const secretScript = `package main

import (
	"blissh/channel"
	. "blissh/prompt"
)

func main() {
	channel.Open("flag", true)
	ascan(robz, 0, 1, 2, .001, sim_ct_gauss)
	wait := channel.Open("go", false)
	loopscan(0, .05, diode1, save(false), run(false))
	ct(.05, diode1)
	wait.Set(true)
	loopscan(100000, .01, diode1)
}
`

func TestNobodySeesThePasswordOfAStore(t *testing.T) {
	t.Parallel()
	h := hunt{t, fmt.Sprintf("pw%x", time.Now().UnixNano())}
	server, address := startWith(t, h.secret)
	p := newPlace(t, "BLISSH_STORE=redis://:"+h.secret+"@"+address)
	script := filepath.Join(p.dir, "scan.go")
	write(t, script, strings.ReplaceAll(secretScript, "\tloopscan(0, .05, diode1, save(false), run(false))\n", ""))
	log := filepath.Join(p.dir, "scan.log")
	listener := p.start("listen", "--json", "--data")
	run := p.start("run", "--log", log, script)
	listener.see(`"event":"new".*_loopscan"`)
	listener.see(`_loopscan:diode1"`)
	h.processes("blissh run")
	raw := redis.NewClient(&redis.Options{Addr: address, Password: h.secret, Protocol: 2})
	defer raw.Close()
	h.store(raw)
	for _, args := range [][]string{{"--help"}, {"listen", "--help"}, {"dump", "demo_session", "1", "--json"}, {"check"}, {"version"}} {
		out, err := p.command(args...).CombinedOutput()
		if err != nil {
			t.Errorf("%v: %v\n%s", args, err, out)
		}
		h.in(fmt.Sprint(args), string(out))
	}
	shell := p.command()
	shell.Stdin = strings.NewReader("wa\n")
	out, _ := shell.CombinedOutput() // the session is held: it names who, not how
	h.in("a second shell", string(out))
	if !strings.Contains(string(out), "is run by process") {
		t.Errorf("a second shell:\n%s", out)
	}
	server.Process.Kill()
	if status := run.exit(); status != 1 {
		t.Errorf("exit status %d after the store was lost", status)
	}
	listener.end()
	h.in("run", run.out.String())
	h.in("listen", listener.out.String())
	if text := run.out.String(); !strings.Contains(text, "store") {
		t.Errorf("the loss of the store is not told:\n%s", text)
	}
	for _, args := range [][]string{{}, {"listen", "x"}, {"dump", "x", "1"}, {"run", script}} { // nobody is there
		c := p.command(args...)
		c.Stdin = strings.NewReader("\n")
		out, err := c.CombinedOutput()
		if err == nil || !strings.Contains(string(out), "does not answer") {
			t.Errorf("%v without a store: %v\n%s", args, err, out)
		}
		h.in(fmt.Sprint(args), string(out))
	}
	h.files(p.dir)
}

func TestNobodySeesAWrongPassword(t *testing.T) {
	t.Parallel()
	h := hunt{t, fmt.Sprintf("pw%x", time.Now().UnixNano())}
	_, address := startWith(t, "another")
	for _, store := range []string{
		"redis://:" + h.secret + "@" + address, "redis://user:" + h.secret + "@" + address, "rediss://:" + h.secret + "@" + address,
		"redis://:" + h.secret + "@" + address + ",127.0.0.1:1", "redis://:" + h.secret + "@" + address + "?master=m",
		"redis://:" + h.secret + "/@" + address, "redis://:" + h.secret + "@" + address + "?colour=" + h.secret,
		h.secret + "@" + address, "http://:" + h.secret + "@" + address, "unix://:" + h.secret + "@/nowhere",
	} {
		for _, args := range [][]string{{"listen", "x"}, {"dump", "x", "1"}, {}, {"run", "scripts/follow_scans.go"}} {
			p := newPlace(t, "BLISSH_STORE="+store)
			c := p.command(args...)
			c.Stdin = strings.NewReader("\n")
			out, err := c.CombinedOutput()
			if err == nil || len(out) == 0 {
				t.Errorf("%v with %s: %v\n%s", args, store, err, out)
			}
			h.in(fmt.Sprint(args), string(out))
		}
	}
}

func TestThePasswordOfTheOwnStoreIsInItsFileOnly(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"redis", "embedded"} {
		if engine == "redis" {
			needProgram(t, "redis-server", "redis-server")
		}
		p := newPlace(t)
		x := p.start("store", "--engine", engine)
		x.see(`^store: ` + engine)
		var f redisconn.StoreFile
		b, err := os.ReadFile(filepath.Join(p.dir, "run", "blissh", "store.json"))
		if err != nil || json.Unmarshal(b, &f) != nil {
			t.Fatalf("%v: %s", err, b)
		}
		u, err := url.Parse(f.URL)
		if err != nil {
			t.Fatal(err)
		}
		password, _ := u.User.Password()
		if len(password) < 32 {
			t.Fatalf("the password %q is short", password)
		}
		h := hunt{t, password}
		h.processes("blissh store --engine " + engine)
		out, err := p.command("run", "scripts/align.go").CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		h.in("run", string(out))
		out, _ = p.command("store", "--status").CombinedOutput()
		h.in("status", string(out))
		h.in("store", x.out.String())
		h.files(p.dir)
		x.end()
	}
}

func TestAPasswordInTheArgumentsIsWarnedOf(t *testing.T) {
	t.Parallel()
	p := newPublished(t)
	for _, args := range [][]string{{"--store", p.url, "dump", "x", "1"}, {"dump", "x", "1", "--store=" + p.url}} {
		c := p.command(args...)
		c.Env = newPlace(t).env
		out, _ := c.CombinedOutput()
		if !strings.Contains(string(out), "warning: everybody on this machine can read a password in --store; set BLISSH_STORE instead\n") {
			t.Errorf("%s", out)
		}
	}
	if _, errs, _ := p.dump("x", "1"); strings.Contains(errs, "warning") {
		t.Errorf("%s", errs)
	}
	out, _ := newPlace(t, "BLISSH_STORE=redis://10.255.255.1").command("listen", "x").CombinedOutput()
	if !strings.Contains(string(out), "needs a password") || strings.Count(string(out), "\n") != 2 {
		t.Errorf("%s", out)
	}
}
