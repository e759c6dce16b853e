package session

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/store"
	"blissh/device"
	"blissh/internal/redisconn"
	"blissh/internal/soak"
	"blissh/scan"

	"github.com/redis/go-redis/v9"
)

// outsider is a program of somebody else: it speaks to the store alone.
type outsider struct {
	t  *testing.T
	c  redis.UniversalClient
	db *store.DB
}

func newOutsider(t *testing.T, url string) *outsider {
	t.Helper()
	c, err := redisconn.New(url, nil)
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close(); db.Close() })
	return &outsider{t, c, db}
}

// add is the documented XADD; it returns the ID of the entry.
func (o *outsider) add(s *data.Scan, field, text string) string {
	o.t.Helper()
	key := fmt.Sprintf("blissh:{%s}:scan:%s:requests", s.Session, s.UID)
	id, err := o.c.XAdd(context.Background(), &redis.XAddArgs{Stream: key, Values: []any{field, text}}).Result()
	if err != nil {
		o.t.Fatal(err)
	}
	return id
}

// answers are all that were given to a request, by its id.
func (o *outsider) answers(s *data.Scan, id string) []string {
	o.t.Helper()
	key := fmt.Sprintf("blissh:{%s}:scan:%s:answer:%s", s.Session, s.UID, id)
	list, err := o.c.LRange(context.Background(), key, 0, -1).Result()
	if err != nil {
		o.t.Fatal(err)
	}
	for i, text := range list {
		var a struct{ Text string }
		if err := json.Unmarshal([]byte(text), &a); err != nil {
			o.t.Error(err)
		}
		list[i] = a.Text
	}
	return list
}

// answered waits for the only answer to a request.
func (o *outsider) answered(s *data.Scan, id string) string {
	o.t.Helper()
	eventually(o.t, "an answer to "+id, func() bool { return len(o.answers(s, id)) > 0 })
	return strings.Join(o.answers(s, id), " | ")
}

// events are the steering events in the scan's stream.
func (o *outsider) events(s *data.Scan) (list []*data.Steering) {
	o.t.Helper()
	r, err := o.db.Follow(o.t.Context(), s.Session, store.FollowOptions{Scan: s.UID})
	if err != nil {
		o.t.Fatal(err)
	}
	defer r.Close()
	for e, err := range r.Events(o.t.Context()) {
		if err != nil {
			o.t.Fatal(err)
		}
		if e, ok := e.(*data.Steering); ok {
			list = append(list, e)
		}
	}
	return list
}

// steerable is a scan of m from 0 to 100 mm that runs until it is told to stop
// or has taken its points, one every 10 ms.
func (l *lab) steerable(allow bool) (sc *testScan, done <-chan error) {
	l.t.Helper()
	sc = l.scan(scan.Plan{
		Name: "ascan", Axes: []device.Axis{l.axis("m")}, CountTime: 10 * time.Millisecond,
		Trajectory: scan.Linear{Start: []float64{0}, Stop: []float64{100}, Intervals: 1000},
	})
	if allow {
		if err := sc.Allow("m", -50, 150, scan.Allowance{}); err != nil {
			l.t.Fatal(err)
		}
	}
	done = inBackground(sc.run)
	eventually(l.t, "the scan runs", func() bool { taken, _ := sc.Progress(); return taken > 0 || len(done) > 0 })
	return sc, done
}

func TestAnotherProcessSteersAScan(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		l := open(t, s.url, sessionName(t))
		o := newOutsider(t, s.url)
		sc, done := l.steerable(true)
		info := sc.Info()
		ask := func(q data.Request) data.Answer {
			t.Helper()
			q.By = "fit.py"
			a, err := o.db.Ask(t.Context(), info, q)
			if err != nil {
				t.Fatal(err)
			}
			return a
		}
		if a := ask(data.AskRange(0, 1000, 10)); a.Applied || a.Reason != fmt.Sprintf("point %d: m at 200 mm is outside the allowed -50 to 150 mm", a.Point+2) {
			t.Errorf("%v", a)
		}
		a := ask(data.AskRange(-20, -10, 20))
		if !a.Applied {
			t.Fatalf("%v", a)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		after, err := o.db.ScanByUID(t.Context(), info.Session, info.UID)
		if err != nil || after.Planned != a.Point+21 || after.Taken != after.Planned || after.Ranges[0].Low != -20 {
			t.Errorf("%v: planned %d, taken %d of %d, %+v", err, after.Planned, after.Taken, a.Point+21, after.Ranges)
		}
		columns, err := o.db.Columns(t.Context(), after)
		if err != nil {
			t.Fatal(err)
		}
		for i, at := range columns["m"] {
			var want []float64
			for _, p := range after.Path {
				if x := p.Position(i); x != nil {
					want = x
				}
			}
			if want == nil || math.Abs(want[0]-at) > 1e-3 {
				t.Errorf("point %d is at %g, planned %v", i, at, want)
			}
		}
		if n := len(columns["m"]); math.Abs(columns["m"][n-1]+10) > 1e-3 {
			t.Errorf("ended at %g", columns["m"][n-1])
		}
		events := o.events(info)
		if len(events) != 2 || events[1].Answer.String() != a.String() || events[1].Way.Planned != after.Planned || events[1].Request.By != "fit.py" ||
			events[1].Request.Host == "" || events[1].Request.Time == 0 || events[1].Node.Scan.Planned != after.Planned {
			t.Errorf("%+v", events)
		}
	})
}

func TestWhatCannotBeObeyedIsAnsweredOnce(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		l := open(t, s.url, sessionName(t))
		o := newOutsider(t, s.url)
		sc, done := l.steerable(false)
		info := sc.Info()
		for _, c := range [][3]string{
			{"json", `{"do":"jump"}`, `refused: no request is called "jump"`},
			{"json", `stop`, `refused: no JSON object`},
			{"what", `{"do":"stop"}`, `refused: the entry has no field json`},
			{"json", `{"do":"stop","scan":"another"}`, `refused: it is for another scan: this one is ` + info.UID},
			{"json", `{"do":"range","start":1,"stop":2}`, `refused: the scan allows stop, pause and resume only`},
		} {
			id := o.add(info, c[0], c[1])
			if got := o.answered(info, id); !strings.HasPrefix(got, c[2]) || strings.Contains(got, " | ") {
				t.Errorf("%s: %s", c[1], got)
			}
		}
		o.add(info, "json", `{"id":"mine","do":"go_on"}`)
		o.add(info, "json", `{"id":"mine","do":"stop"}`)
		eventually(t, "two answers", func() bool { return len(o.answers(info, "mine")) == 2 })
		if got := o.answers(info, "mine"); !strings.HasPrefix(got[0], "applied at point ") || got[1] != "refused: there was a request mine before: "+got[0] {
			t.Errorf("%q", got)
		}
		o.add(info, "json", `{"do":"stop","by":"me"}`)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		sc.ended(data.Stopped, "by me")
		if got := o.answered(info, o.add(info, "json", `{"do":"stop"}`)); got != "refused: the scan has ended" {
			t.Errorf("late: %s", got)
		}
		if n := len(o.events(info)); n != 8 {
			t.Errorf("%d events in the stream for 8 requests in time", n)
		}
	})
}

// TestFourSendersAtOnce ask for anything, on scans one after the other; every
// request has one answer, and the stream says so, too, unless it came too late.
func TestFourSendersAtOnce(t *testing.T) {
	seed, total := soak.Seed(t), soak.Count(100, 2000)
	eachStore(t, func(t *testing.T, s server) {
		l := open(t, s.url, sessionName(t))
		o := newOutsider(t, s.url)
		r := rand.New(rand.NewPCG(seed, 1))
		for asked := 0; asked < total; {
			sc, done := l.steerable(true)
			info := sc.Info()
			ids := make([][]string, 4)
			var senders sync.WaitGroup
			for k := range ids {
				mine := rand.New(rand.NewPCG(seed, r.Uint64()))
				senders.Go(func() {
					for range 25 {
						ids[k] = append(ids[k], o.add(info, "json", anything(mine)))
						time.Sleep(time.Duration(mine.IntN(8)) * time.Millisecond)
					}
				})
			}
			senders.Wait()
			sc.Ask(data.Request{Do: data.DoResume, By: scan.Prompt}, nil)
			sc.Stop(&scan.StopError{By: "the test"}, scan.AfterPoint)
			if err := <-done; err != nil {
				t.Fatal(err)
			}
			inStream := map[string]int{}
			for _, e := range o.events(info) {
				if e.Request != nil {
					inStream[e.Request.ID]++
				}
			}
			for _, list := range ids {
				for _, id := range list {
					asked++
					if got := o.answered(info, id); strings.Contains(got, " | ") || inStream[id] != 1 && got != "refused: the scan has ended" {
						t.Errorf("%s: answered %q, %d times in the stream", id, got, inStream[id])
					}
				}
			}
			columns, err := o.db.Columns(t.Context(), info)
			if err != nil {
				t.Fatal(err)
			}
			for i, at := range columns["m"] {
				if at < -50.001 || at > 150.001 {
					t.Errorf("point %d is at %g", i, at)
				}
			}
		}
	})
}

// anything is a request, right or wrong.
func anything(r *rand.Rand) string {
	x := func() float64 { return r.Float64()*260 - 80 }
	switch r.IntN(9) {
	case 0:
		return `{"do":"pause","by":"a"}`
	case 1, 2:
		return `{"do":"resume","by":"a"}`
	case 3:
		return fmt.Sprintf(`{"do":"range","start":%g,"stop":%g,"intervals":%d}`, x(), x(), r.IntN(300))
	case 4:
		return fmt.Sprintf(`{"do":"insert","around":%g,"width":3,"n":%d}`, x(), r.IntN(9))
	case 5:
		return fmt.Sprintf(`{"do":"stop_at","position":%g,"within":0.5}`, x())
	case 6:
		return `{"do":"repeat","before_point":20}`
	case 7:
		return `{"do":"points","points":[1,2,` + fmt.Sprint(x()) + `]}`
	}
	return []string{"", "{}", `{"do":7}`, "\xff\xfe", `{"do":"stop","scan":"x"}`, `{"do":"step","step":0}`}[r.IntN(6)]
}

// TestAnAnswerThatDoesNotReachItsSenderIsNamed, in one line with who has asked
// for what.
func TestAnAnswerThatDoesNotReachItsSenderIsNamed(t *testing.T) {
	eachStore(t, func(t *testing.T, s server) {
		l := open(t, s.url, sessionName(t))
		o := newOutsider(t, s.url)
		sc, done := l.steerable(false)
		info := sc.Info()
		key := fmt.Sprintf("blissh:{%s}:scan:%s:answer:mine", info.Session, info.UID)
		if err := o.c.Set(t.Context(), key, "somebody else's", time.Minute).Err(); err != nil {
			t.Fatal(err)
		}
		o.add(info, "json", `{"id":"mine","do":"stop","by":"fit.py","host":"lab3"}`)
		if err := <-done; err != nil {
			t.Fatal(err)
		}
		want := `stop by fit.py on lab3 was not answered, "applied at point `
		eventually(t, "it is named", func() bool { return strings.Contains(l.warned.String(), want) })
		if text := l.warned.String(); strings.Count(text, "was not answered") != 1 {
			t.Errorf("%q", text)
		}
	})
}
