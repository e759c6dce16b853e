package commands

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/store"
)

// filed is a scan whose writer has said what stands here.
type filed struct {
	host  string
	files []string
	saved store.Saved
}

func (f *filed) Files() (string, []string)                        { return f.host, f.files }
func (f *filed) Saved(context.Context, time.Duration) store.Saved { return f.saved }

// below are files in the folder in which the shell was started.
func below(t *testing.T, names ...string) (list []string) {
	t.Helper()
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range names {
		list = append(list, filepath.Join(here, n))
	}
	return list
}

// savedScan shows the header and the end of a scan of 3 points in a window.
func savedScan(t *testing.T, f Filing, width int) []string {
	t.Helper()
	var out bytes.Buffer
	table := NewScanTable(&out, false)
	s := aScan(3)
	s.Save = true
	o := TableOptions{Filing: f}
	if width > 0 {
		o.Screen = sized(width)
	}
	table.Brief(true)
	table.Expect(o)
	table.Put(t.Context(), &data.NewNode{Node: data.ScanNode(s)})
	table.Put(t.Context(), &data.EndScan{Node: data.ScanNode(s), Outcome: data.Done, Points: 3})
	table.Wait()
	return strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
}

// sized is a screen of which only the width matters.
type sized int

func (s sized) Size() (int, int) { return int(s), 25 }
func (sized) Show(...string)     {}

func TestTheTableSaysWhereTheFilesAre(t *testing.T) {
	both := below(t, "scans/lab/20260301/lab.spec", "scans/lab/20260301/lab.h5")
	head := "Scan 12  ascan robz -5 5 2 0.1   2026-03-01 09:05:00   lab   "
	for _, c := range []struct {
		name string
		f    filed
		head string
		end  string
	}{
		{"all", filed{"", both, store.Saved{Points: 3, Complete: true}}, "saved in scans/lab/20260301/lab.spec, .h5", " done at 3/3   all saved in scans/lab/20260301/lab.spec, .h5"},
		{"the writer is behind", filed{"", both, store.Saved{Points: 2}}, "saved in scans/lab/20260301/lab.spec, .h5",
			" done at 3/3   NOT ALL SAVED YET: 2 of 3 points, the writer is behind"},
		{"full", filed{"", both, store.Saved{Points: 1, Error: "scan 12 is not saved: disk full"}}, "saved in scans/lab/20260301/lab.spec, .h5",
			" done at 3/3   NOT SAVED after 1 point: disk full"},
		{"elsewhere", filed{"disk7", []string{"/data/lab.spec", "/data/lab_0012_ascan.csv"}, store.Saved{Complete: true}}, "saved in /data/lab.spec, lab_0012_ascan.csv on disk7",
			" done at 3/3   all saved in /data/lab.spec, lab_0012_ascan.csv on disk7"},
		{"two folders", filed{"", []string{"/a/lab.h5", "/b/lab.csv"}, store.Saved{Complete: true}}, "saved in /a/lab.h5, /b/lab.csv", " done at 3/3   all saved in /a/lab.h5, /b/lab.csv"},
		{"nobody writes", filed{}, "NOT SAVED", " done at 3/3"},
	} {
		got := savedScan(t, &c.f, 0)
		if got[0] != head+c.head || !slices.Contains(got, c.end) {
			t.Errorf("%s: %q", c.name, got)
		}
	}
}

// A narrow window gets the end of the path, and no line is wider than the window.
func TestFilesInANarrowWindow(t *testing.T) {
	files := below(t, "scans/demo_session/20260301/demo_session.spec", "scans/demo_session/20260301/demo_session.h5")
	for width, want := range map[int]string{
		120: "all saved in scans/demo_session/20260301/demo_session.spec, .h5",
		60:  " all saved in …/20260301/demo_session.spec, .h5",
		46:  " all saved in …/demo_session.spec, .h5",
	} {
		got := savedScan(t, &filed{"", files, store.Saved{Complete: true}}, width)
		found := false
		for _, line := range got {
			found = found || strings.HasSuffix(line, want)
			if displayWidth(line) >= width {
				t.Errorf("%d columns: %q", width, line)
			}
		}
		if !found {
			t.Errorf("%d columns: %q", width, got)
		}
	}
}

func TestWhyNotInANarrowWindow(t *testing.T) {
	why := "scan 12 is not saved: /data/lab.h5: write 512 bytes at 2048: no space left on device"
	got := savedScan(t, &filed{"", []string{"/data/lab.h5"}, store.Saved{Points: 2, Error: why}}, 60)
	want := []string{" done at 3/3", " NOT SAVED after 2 points: /data/lab.h5: write 512 bytes at", "   2048: no space left on device"}
	if !strings.Contains(strings.Join(got, "\n"), strings.Join(want, "\n")) {
		t.Errorf("%q", got)
	}
}

func TestShortPaths(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	for path, want := range map[string]string{
		below(t, "a/b.h5")[0]:              "a/b.h5",
		filepath.Join(home, "d", "x.spec"): "~/d/x.spec",
		"/data/x.spec":                     "/data/x.spec",
	} {
		if got := shortPath(path); got != want {
			t.Errorf("%s is shown as %s", path, got)
		}
	}
}

func TestJSONLinesNameTheFiles(t *testing.T) {
	var out bytes.Buffer
	sink := NewJSONLines(&out).Sink()
	sink.filing = &filed{"", []string{"/data/lab.h5"}, store.Saved{Points: 3, Complete: true, Files: []string{"/data/lab.h5"}}}
	sink.Put(t.Context(), &data.NewNode{Node: data.ScanNode(aScan(3))})
	sink.saved()
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	var first struct {
		Saved bool     `json:"saved"`
		Files []string `json:"files"`
	}
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil || !first.Saved || !slices.Equal(first.Files, []string{"/data/lab.h5"}) {
		t.Errorf("%v: %s", err, lines[0])
	}
	if want := `{"complete":true,"error":"","files":["/data/lab.h5"],"points":3,"scan":12,"session":"lab","type":"saved"}`; lines[1] != want {
		t.Errorf("%s", lines[1])
	}
}
