package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
	"blissh/data/store"
	"blissh/internal/soak"
)

// TestKillAtAnyMoment: whenever the shell is killed, the next one starts at
// once, closes the scan with all points that a reader has seen, and no number
// is used twice.
func TestKillAtAnyMoment(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(soak.Seed(t), 9))
	_, url := startRedis(t)
	p := newPlace(t, "BLISSH_STORE="+url)
	db, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	reader, err := db.Follow(t.Context(), "demo_session", store.FollowOptions{})
	if err != nil {
		t.Fatal(err)
	}
	victims := soak.Count(4, 40)
	for range victims {
		x := p.start()
		x.typeLines(longScan)
		x.see(`^Scan \d+ `)
		time.Sleep(time.Duration(random.IntN(2500)) * time.Millisecond)
		x.signal(syscall.SIGKILL)
		<-x.done
	}
	last := p.start()
	last.typeLines("t = ascan(robz, 0, .02, 2, .001, sim_ct_gauss, save=False)", "t.number")
	last.see(fmt.Sprintf(`^Out \[2\]: %d$`, victims+1))
	if status := last.exit(); status != 0 {
		t.Errorf("exit status %d:\n%s", status, last.out.String())
	}
	seenToTheEnd(t, db, reader, victims)
}

// seenToTheEnd compares what a reader saw of the scans of killed shells with
// what is in the store.
func seenToTheEnd(t *testing.T, db *store.DB, reader *store.Reader, victims int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testPatience)
	defer cancel()
	seen := map[int]int{}
	for number := 1; number <= victims+1; {
		e, err := reader.Next(ctx)
		if err != nil {
			t.Fatalf("after %v: %v", seen, err)
		}
		switch e := e.(type) {
		case *data.NewData:
			if e.Node.Name == data.ElapsedTime {
				if e.First != seen[e.Node.Scan.Number] {
					t.Errorf("scan %d: points from %d after %d", e.Node.Scan.Number, e.First, seen[e.Node.Scan.Number])
				}
				seen[e.Node.Scan.Number] += e.Len()
			}
		case *data.Deleted:
			t.Errorf("deleted: %+v", e)
		case *data.EndScan:
			if e.Node.Scan.Number != number || e.Points != seen[number] {
				t.Errorf("scan %d ends with %d points, seen %d; want scan %d", e.Node.Scan.Number, e.Points, seen[e.Node.Scan.Number], number)
			}
			if s, err := db.Scan(ctx, "demo_session", number); err != nil || s.Taken != seen[number] || number <= victims && (s.Outcome != data.Failed || s.Reason != "lost") {
				t.Errorf("scan %d: %+v, %v", number, s, err)
			}
			number++
		}
	}
	t.Logf("points of the scans: %v", seen)
}

// TestShellThatWakesUp: a shell that was stopped, and whose session somebody
// else has taken meanwhile, moves nothing when it wakes up.
func TestShellThatWakesUp(t *testing.T) {
	t.Parallel()
	_, url := startRedis(t)
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	raw := redis.NewClient(o)
	defer raw.Close()
	p := newPlace(t, "BLISSH_STORE="+url)
	x := p.start()
	x.typeLines("s = ascan(robz, -5, 5, 5000, .001, sim_ct_gauss, save=False)")
	x.see(` 20/5001 `)
	x.signal(syscall.SIGSTOP)
	time.Sleep(time.Duration(soak.Count(1, 60)) * time.Second)
	if err := raw.Set(t.Context(), "blissh:{demo_session}:lease", "of a shell on another host", time.Hour).Err(); err != nil {
		t.Fatal(err)
	}
	x.signal(syscall.SIGCONT)
	x.see(`(another shell has taken session demo_session|the lease of session demo_session was not renewed)`)
	x.see(`^ failed at \d+/5001: `)
	if status := x.exit(); status != exitFailed {
		t.Errorf("exit status %d", status)
	}
	if n := raw.Get(t.Context(), "blissh:{demo_session}:lease").Val(); n != "of a shell on another host" {
		t.Errorf("the lease is %q", n)
	}
}

// TestAxisOfAnotherProcess: mv of an axis that another process moves is refused
// with the holder's name.
func TestAxisOfAnotherProcess(t *testing.T) {
	t.Parallel()
	_, url := startRedis(t)
	p := newPlace(t, "BLISSH_STORE="+url)
	shells := map[string]*process{}
	for _, name := range []string{"lab1", "lab2"} {
		config := filepath.Join(p.dir, name+".yml")
		text := strings.Replace(strings.Replace(labConfig, "session: lab", "session: "+name, 1), "hooks: [FOLDER]\n", "", 1)
		write(t, config, strings.Replace(text, "unit: mm,", `unit: mm, address: "sim://the-same",`, 1))
		shells[name] = p.start("--config", config)
	}
	one, two := shells["lab1"], shells["lab2"]
	one.typeLines("mv(m, 100000)") // 1000 s
	ctx, cancel := context.WithTimeout(t.Context(), testPatience)
	defer cancel()
	waitForReservation(ctx, t, url)
	two.typeLines("mv(m, 1)")
	two.see(fmt.Sprintf(`m is in use by session lab1 \(.* on .*, process %d\)`, one.cmd.Process.Pid))
	if status := two.exit(); status != exitFailed {
		t.Errorf("exit status %d", status)
	}
}

// waitForReservation returns when some axis is reserved.
func waitForReservation(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	c := redis.NewClient(o)
	defer c.Close()
	for {
		keys, err := c.Keys(ctx, "blissh:axis:*").Result()
		if err != nil {
			t.Fatal(err)
		}
		if len(keys) == 1 {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
