package commands

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"math"
	"strings"
	"sync"
	"testing"
	"time"

	"blissh/data"
)

// TestJSONLines pins what programs read: one object a line, null for what JSON
// cannot say.
func TestJSONLines(t *testing.T) {
	var out screen
	lines := NewJSONLines(&out)
	sink := lines.Sink()
	s := aScan(3)
	s.UID, s.Command, s.Start = "u1", "ascan(robz, ...)", time.Date(2026, 3, 1, 9, 5, 0, 500e6, time.FixedZone("", 3600))
	s.Channels = []data.Channel{
		{Name: "robz", Unit: "mm", DType: "<f8", Role: "axis"},
		{Name: "view", DType: "<f8", Shape: []int{2, 3}, Role: "counter", Controller: "camera"},
		{Name: "i0", DType: "<f8", Role: "counter", Controller: "c"},
	}
	ctx := context.Background()
	sink.Put(ctx, &data.NewNode{Node: data.ScanNode(s)})
	sink.Put(ctx, &data.Prepared{Node: data.ScanNode(s)})
	sink.Put(ctx, row(0, -5, 1e-300))
	sink.Put(ctx, row(1, 0.1, math.NaN()))
	sink.Put(ctx, row(2, 5, math.Inf(-1)))
	sink.Put(ctx, &data.Steering{Node: data.ScanNode(s), Points: 3, What: "pause", Text: "paused"})
	lines.Message("\"quoted\" & a\nsecond line")
	s.Timing = data.Timing{Total: 2 * time.Second, Counting: time.Second, Motion: 750 * time.Millisecond, Overhead: 250 * time.Millisecond}
	sink.Put(ctx, &data.EndScan{Node: data.ScanNode(s), Outcome: data.Stopped, Reason: "by hook X", Points: 3})

	want := []string{
		`{"type":"scan","session":"lab","number":12,"uid":"u1","name":"ascan","title":"ascan robz -5 5 2 0.1","command":"ascan(robz, ...)",` +
			`"planned":3,"saved":false,"files":[],"files_host":"","start":"2026-03-01T08:05:00.5Z","axes":["robz","th"],"channels":[` +
			`{"name":"robz","unit":"mm","dtype":"<f8","shape":[],"role":"axis"},` +
			`{"name":"view","unit":"","dtype":"<f8","shape":[2,3],"role":"counter","controller":"camera"},` +
			`{"name":"i0","unit":"","dtype":"<f8","shape":[],"role":"counter","controller":"c"}]}`,
		`{"type":"point","scan":12,"index":0,"values":{"robz":-5,"i0":1e-300}}`,
		`{"type":"point","scan":12,"index":1,"values":{"robz":0.1,"i0":null}}`,
		`{"type":"point","scan":12,"index":2,"values":{"robz":5,"i0":null}}`,
		`{"type":"steering","scan":12,"points":3,"what":"pause","text":"paused"}`,
		`{"type":"message","text":"\"quoted\" & a\nsecond line"}`,
		`{"type":"end","session":"lab","scan":12,"outcome":"stopped","reason":"by hook X","points":3,"took_s":2,"counting_s":1,"motion_s":0.75,"overhead_s":0.25}`,
	}
	got := strings.Split(strings.TrimSuffix(out.take(), "\n"), "\n")
	if len(got) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(got), len(want), strings.Join(got, "\n"))
	}
	for i := range want {
		if canonical(t, got[i]) != canonical(t, want[i]) {
			t.Errorf("line %d:\n%s\nwant\n%s", i, got[i], want[i])
		}
	}
}

// canonical orders the keys of an object.
func canonical(t *testing.T, line string) string {
	t.Helper()
	var v any
	if err := json.Unmarshal([]byte(line), &v); err != nil {
		t.Errorf("%q: %v", line, err)
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// Lines of several goroutines do not mix.
func TestJSONLinesOfSeveral(t *testing.T) {
	var out screen
	lines := NewJSONLines(&out)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			sink := lines.Sink()
			s := aScan(1)
			sink.Put(context.Background(), &data.NewNode{Node: data.ScanNode(s)})
			for i := range 50 {
				sink.Put(context.Background(), row(i, 1, 2, 3, 4, 5, 6))
				lines.Message("hello")
			}
			sink.Put(context.Background(), &data.EndScan{Node: data.ScanNode(s), Outcome: data.Done})
		})
	}
	all.Wait()
	count := 0
	for line := range strings.Lines(out.take()) {
		canonical(t, line)
		count++
	}
	if count != 4*102 {
		t.Errorf("%d lines, want %d", count, 4*102)
	}
}

func TestJSONLinesIntoAClosedPipe(t *testing.T) {
	r, w := io.Pipe()
	r.CloseWithError(errors.New("gone"))
	sink := NewJSONLines(w).Sink()
	s := aScan(1)
	for _, e := range []data.Event{&data.NewNode{Node: data.ScanNode(s)}, row(0, 1, 2, 3, 4, 5, 6), &data.EndScan{Node: data.ScanNode(s), Outcome: data.Done}} {
		if err := sink.Put(context.Background(), e); err != nil {
			t.Errorf("it fails the scan: %v", err)
		}
	}
}
