package store

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"blissh/data"
)

// badly follows the session until an error, which it returns; events are what
// came before.
func (b *bench) badly(o FollowOptions) (events []data.Event, err error) {
	b.Helper()
	r := b.follow(o)
	defer r.Close()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	for {
		e, err := r.Next(ctx)
		if err != nil {
			return events, err
		}
		events = append(events, e)
	}
}

func foreign(list []data.Event) (texts []string) {
	for _, e := range list {
		if s, ok := e.(*data.Steering); ok && s.What == "foreign" {
			texts = append(texts, s.Text)
		}
	}
	return texts
}

// add writes an entry into the stream of scan u1, or another key of it.
func (b *bench) add(key, id string, fields ...any) {
	b.Helper()
	if err := b.raw.XAdd(b.Context(), &redis.XAddArgs{Stream: key, ID: id, Values: fields}).Err(); err != nil {
		b.Fatal(err)
	}
}

func TestEntriesThatAreNoScansAreNamed(t *testing.T) {
	eight := strings.Repeat("x", 8)
	for name, c := range map[string]struct {
		id     string
		fields []any
		want   string
	}{
		"wrong number of columns": {"6-0", []any{"robz", eight}, "entry 6-0 is not the scan's: no values of elapsed_time"},
		"columns that disagree":   {"7-0", []any{"robz", eight + eight, data.ElapsedTime, eight, "diode", "1234"}, "1 values of elapsed_time, 2 of robz"},
		"a broken value":          {"6-0", []any{"robz", "\xff\xfe", data.ElapsedTime, eight, "diode", "1234"}, "no values of robz"},
		"more points than the ID": {"6-0", []any{"robz", strings.Repeat(eight, 9), data.ElapsedTime, strings.Repeat(eight, 9), "diode", strings.Repeat("1234", 9)}, "9 points end at 6, 5 were there"},
		"a clock":                 {"1700000000000-0", []any{"robz", eight}, "it has no place in a scan"},
		"an end that is no JSON":  {"9007199254740991-1", []any{"event", "end", "json", "{"}, "the end is not understood"},
		"an end of -5 points":     {"9007199254740991-1", []any{"event", "end", "json", `{"points":-5}`}, "the end is not understood"},
		"a JSON bomb":             {"9007199254740991-1", []any{"event", "end", "json", strings.Repeat("[", 1<<20)}, "the end is not understood"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, startEmbedded)
			s := b.begin(1, robz(), PublishOptions{})
			s.take(5)
			s.acked()
			b.add(streamKey("demo_session", "u1"), c.id, c.fields...)
			list, err := b.badly(FollowOptions{NoWait: true})
			if texts := foreign(list); !errors.Is(err, io.EOF) || len(texts) != 1 || !strings.Contains(texts[0], c.want) {
				b.Errorf("%v, %q", err, texts)
			}
			b.isRamp(b.values(list, "robz"), 5, 0)
			columns, err := b.db.Columns(b.Context(), s.scan)
			if strings.HasSuffix(c.id, "-0") && c.id != "1700000000000-0" {
				if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), c.id) {
					b.Errorf("columns: %v", err)
				}
			} else if err != nil || len(columns["robz"]) != 5 {
				b.Errorf("columns: %v, %v", columns, err)
			}
		})
	}
}

func TestADescriptionThatIsNoneIsAnErrorOnce(t *testing.T) {
	for name, c := range map[string]struct {
		fields []any
		want   string
	}{
		"another scan's":      {[]any{"uid", "u2} x"}, `it is of scan "u2} x"`},
		"another session's":   {[]any{"session", "other}:y"}, `"other}:y"`},
		"no dtype":            {[]any{"channels", `[{"name":"a","dtype":"O8","shape":[]}]`}, `dtype "O8"`},
		"a huge shape":        {[]any{"channels", `[{"name":"t","dtype":"<f8"},{"name":"a","dtype":"<f8","shape":[4294967296,4294967296]}]`}, "[4294967296 4294967296]"},
		"a large shape":       {[]any{"channels", `[{"name":"t","dtype":"<f8"},{"name":"a","dtype":"<f8","shape":[100000,100000]}]`}, "[100000 100000]"},
		"a negative shape":    {[]any{"channels", `[{"name":"t","dtype":"<f8"},{"name":"a","dtype":"<f8","shape":[-1,-8]}]`}, "[-1 -8]"},
		"a name with a brace": {[]any{"channels", `[{"name":"a}:b","dtype":"<f8"}]`}, `"a}:b"`},
		"one name twice":      {[]any{"channels", `[{"name":"a","dtype":"<f8"},{"name":"a","dtype":"<f8"}]`}, "two of that name"},
		"no channels":         {[]any{"channels", `[]`}, "scalar data channel"},
		"a wrong type":        {[]any{"channels", `"many"`}, "channels"},
		"a huge number":       {[]any{"number", "1e400"}, "number"},
		"deep nesting":        {[]any{"info", strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000)}, ""},
		"4 MB of nothing":     {[]any{"info", `{"a":[` + strings.Repeat("[],", 1<<20) + `0]}`}, "bytes"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t, startEmbedded)
			bad := b.begin(1, robz(), PublishOptions{})
			bad.take(1)
			bad.acked()
			good := b.begin(2, robz(), PublishOptions{})
			good.take(5)
			b.raw.HSet(b.Context(), scanKey("demo_session", "u1"), c.fields...)
			r := b.follow(FollowOptions{})
			ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
			defer cancel()
			e, err := r.Next(ctx)
			if c.want == "" { // what is no JSON of a field is left out
				if _, isNode := e.(*data.NewNode); !isNode {
					b.Errorf("%v, %v", e, err)
				}
			} else if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), c.want) {
				b.Errorf("error: %v", err)
			}
			good.finish()
			var list []data.Event
			for _, e := range b.until(r, isEnd) {
				if node(e).Scan.Number == 2 {
					list = append(list, e)
				}
			}
			b.isRamp(b.values(list, "robz"), 5, 0)
		})
	}
}

// grown calls f, and tells how much was allocated.
func grown(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestFieldsOf100MBTakeNoMemory(t *testing.T) {
	b := newBench(t, startRedis)
	big := strings.Repeat("x", 100<<20)
	s := b.begin(1, images, PublishOptions{})
	s.take(2)
	s.acked()
	b.raw.XAdd(b.Context(), &redis.XAddArgs{Stream: arrayKey("demo_session", "u1", "image"), ID: "3-0", Values: []any{dataField, big}})
	b.add(arrayKey("demo_session", "u1", "mca"), "3-0", dataField, strings.Repeat("m", 16))
	b.add(streamKey("demo_session", "u1"), "3-0", "robz", strings.Repeat("r", 8))
	b.add(streamKey("demo_session", "u1"), "4-0", "robz", big)
	good := b.begin(2, robz(), PublishOptions{})
	good.take(3)
	good.finish()
	b.raw.HSet(b.Context(), scanKey("demo_session", "u3"), "uid", "u3", "title", big)
	b.raw.ZAdd(b.Context(), scansKey("demo_session"), redis.Z{Score: inf, Member: "u3"})
	big = ""
	runtime.GC()

	var errs, texts []string
	var ends int
	n := grown(func() {
		r := b.follow(FollowOptions{Ended: true, NoWait: true})
		for {
			e, err := r.Next(b.Context())
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				errs = append(errs, err.Error())
			}
			texts = append(texts, foreign([]data.Event{e})...)
			if isEnd(e) {
				ends++
			}
		}
	})
	if n > 40<<20 {
		t.Errorf("a reader allocated %d MB", n>>20)
	}
	if ends != 1 || len(texts) != 1 || !strings.Contains(texts[0], "entry 3-0") || len(errs) != 2 ||
		!strings.Contains(strings.Join(errs, "\n"), "scan:u1:stream, after entry 3-0") || !strings.Contains(strings.Join(errs, "\n"), "scan u3") {
		t.Errorf("%d ends\n%q\n%q", ends, texts, errs)
	}
	n = grown(func() {
		_, err1 := b.db.Columns(b.Context(), s.scan)
		_, err2 := b.db.Array(b.Context(), data.ChannelNode(s.scan, images[1]), 2)
		_, err3 := b.db.Scans(b.Context(), "demo_session")
		_, err4 := b.db.Get(b.Context(), data.ChannelNode(s.scan, images[0]), -1)
		for i, err := range []error{err1, err2, err3, err4} {
			if err == nil {
				t.Errorf("call %d: no error", i+1)
			}
		}
	})
	if n > 40<<20 {
		t.Errorf("reading allocated %d MB", n>>20)
	}
}

func TestKeysOfAnotherTypeAreNamed(t *testing.T) {
	b := newBench(t, startRedis) // miniredis leaves such keys out
	s := b.begin(1, robz(), PublishOptions{})
	s.take(5)
	s.finish()
	bad, good := streamKey("demo_session", "u1"), b.begin(2, robz(), PublishOptions{})
	good.take(5)
	b.raw.Del(b.Context(), bad)
	b.raw.Set(b.Context(), bad, "text", 0)
	r := b.follow(FollowOptions{Ended: true})
	if _, err := r.Next(b.Context()); !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), bad) {
		b.Errorf("error: %v", err)
	}
	good.finish()
	b.isRamp(b.values(b.until(r, isEnd), "robz"), 5, 0)
	if _, err := b.db.Columns(b.Context(), s.scan); err == nil || !strings.Contains(err.Error(), "WRONGTYPE") {
		b.Errorf("columns: %v", err)
	}
	b.raw.Set(b.Context(), scansKey("demo_session"), "text", 0)
	if _, err := b.db.Scans(b.Context(), "demo_session"); err == nil || !strings.Contains(err.Error(), "demo_session") {
		b.Errorf("scans: %v", err)
	}
	if _, err := b.open().Follow(b.Context(), "demo_session", FollowOptions{}); err == nil {
		b.Error("a session without a list of scans is followed")
	}
}

func TestIndicesOutsideAreErrors(t *testing.T) {
	b := newBench(t, startEmbedded)
	s := b.begin(1, images, PublishOptions{})
	s.take(5)
	s.acked()
	robz, image := data.ChannelNode(s.scan, images[0]), data.ChannelNode(s.scan, images[1])
	const far = 1 << 62
	for _, i := range []int{5, far, -6, -far} {
		if v, err := b.db.Get(b.Context(), robz, i); !errors.Is(err, ErrNotFound) {
			t.Errorf("point %d: %v, %v", i, v, err)
		}
		if a, err := b.db.Array(b.Context(), image, i); !errors.Is(err, ErrNotFound) {
			t.Errorf("image %d: %v, %v", i, a, err)
		}
	}
	for _, c := range []struct{ first, last, want int }{
		{0, -1, 5}, {-2, -1, 2}, {-far, far, 5}, {3, 2, 0}, {7, 9, 0}, {far, -1, 0}, {4, far, 1},
	} {
		if list, err := b.db.Slice(b.Context(), robz, c.first, c.last); err != nil || len(list) != c.want {
			t.Errorf("points %d to %d: %v, %v", c.first, c.last, list, err)
		}
		if list, err := b.db.Arrays(b.Context(), image, c.first, c.last); err != nil || len(list) != c.want {
			t.Errorf("images %d to %d: %v, %v", c.first, c.last, list, err)
		}
	}
	for _, n := range []data.Node{{}, {Kind: data.KindChannel}, {Kind: data.KindScan}, data.SessionNode("demo_session")} {
		if _, err := b.db.Get(b.Context(), n, 0); err == nil {
			t.Errorf("a value of %+v", n)
		}
		if _, err := b.db.Arrays(b.Context(), n, 0, 1); err == nil {
			t.Errorf("an image of %+v", n)
		}
		if _, err := b.db.Walk(b.Context(), n, WalkOptions{}); err == nil && n.Kind != data.KindSession {
			t.Errorf("a walk below %+v", n)
		}
	}
}

func TestNamesCannotBreakOutOfAKey(t *testing.T) {
	b := newBench(t, startEmbedded)
	for _, name := range []string{"", "a b", "a}", "{a", "a:b", "a\n", "a\x00", "é", "*", strings.Repeat("x", 65), "../a"} {
		ctx := b.Context()
		_, err1 := b.db.Follow(ctx, name, FollowOptions{})
		_, err2 := b.db.OpenSession(ctx, name, me(), SessionOptions{})
		_, err3 := b.db.Scans(ctx, name)
		_, err4 := b.db.ScanByUID(ctx, "demo_session", name)
		_, err5 := b.db.ScanByUID(ctx, name, "u1")
		_, err6 := b.db.Follow(ctx, "demo_session", FollowOptions{Scan: name + ":"})
		_, err7 := b.db.Columns(ctx, &data.Scan{Session: "demo_session", UID: name, Channels: robz()})
		_, err8 := b.db.Node(ctx, name)
		s := b.describe(1, []data.Channel{{Name: name, DType: "<f8"}})
		p, err9 := b.db.Publish(ctx, s, PublishOptions{})
		if err9 == nil {
			err9 = p.Put(ctx, &data.NewNode{Node: data.ScanNode(s)})
		}
		s = b.describe(1, robz())
		s.Session = name
		_, err10 := b.db.Publish(ctx, s, PublishOptions{})
		s = b.describe(1, robz())
		s.UID = name
		_, err11 := b.db.Publish(ctx, s, PublishOptions{})
		for i, err := range []error{err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, err11} {
			if err == nil {
				t.Errorf("%q, call %d: no error", name, i+1)
			}
		}
	}
	if keys := b.raw.Keys(b.Context(), "*").Val(); len(keys) != 1 || keys[0] != storeKey {
		t.Errorf("keys were written: %q", keys)
	}
}

// FuzzEntry gives whatever a store may hold to what reads it.
func FuzzEntry(f *testing.F) {
	names := `{"session":"s","uid":"u","number":1,"channels":[{"name":"a","dtype":"<f8","shape":[]},{"name":"b","dtype":"<u2","shape":[2,3]}]}`
	f.Add(names, "1-0", "a", "12345678", "b", "123456789012")
	f.Add(names, "0-2", "event", "prepared", "json", "{}")
	f.Add(names, "3-1", "event", "steering", "json", `{"what":"pause","text":"x"}`)
	f.Add(names, "9007199254740991-1", "event", "end", "json", `{"outcome":"done","points":1,"end":1e300}`)
	f.Add(names, "18446744073709551615-18446744073709551615", "a", "", "json", `{"points":-1}`)
	f.Add(`{"channels":[{"dtype":"<f8","shape":[9223372036854775807,9223372036854775807]}]}`, "1-0", "a", "", "", "")
	f.Fuzz(func(t *testing.T, description, at, field1, value1, field2, value2 string) {
		var fields map[string]json.RawMessage
		hash := map[string]string{"session": "s", "uid": "u"}
		json.Unmarshal([]byte(description), &fields)
		for k, v := range fields {
			if hash[k] = string(v); isText(k) {
				json.Unmarshal(v, &k)
				hash["title"] = k
			}
		}
		s, err := described("s", "u", hash)
		if err != nil {
			return
		}
		tail, err := newTail(s)
		if err != nil {
			return
		}
		m := redis.XMessage{ID: at, Values: map[string]any{field1: value1, field2: value2}}
		tail.entry(m, nil)
		blocks := make([]block, len(tail.layout.arrays))
		for i := range blocks {
			blocks[i].data = value2
		}
		tail.entry(m, blocks)
		m.Values[dataField] = value1
		for _, c := range tail.layout.arrays {
			if list, begin, end, err := arrayBlock(c, m); err == nil && end-begin != len(list) {
				t.Errorf("points %d to %d of %d arrays", begin, end, len(list))
			}
		}
		columns := map[string][]float64{}
		if n, err := tail.layout.points(texts(m)); err == nil {
			if err := cut(columns, tail.layout.scalars, texts(m), 0, 0, n); err != nil {
				t.Error(err)
			}
		}
	})
}
