package session

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"blissh/data"
	"blissh/data/store"
)

const savingText = `
axes: [{name: m, driver: sim, unit: mm, instant: true}]
controllers: [{name: c, driver: sim, counters: [{name: one, kind: flat}]}]
saving:
  root: ROOT
  template: "{proposal}/{sample}/{sample}_{dataset}"
  formats: [hdf5, csv]
`

// placed is a session whose files go below a folder of the test's own.
func placed(t *testing.T, url string) (l *lab, root string) {
	t.Helper()
	root = t.TempDir()
	return openWith(t, url, strings.Replace(savingText, "ROOT", root, 1)), root
}

// goes checks where the next scan goes, below the root.
func (l *lab) goes(t *testing.T, root, want string) {
	t.Helper()
	n, err := l.NextScan(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := filepath.Rel(root, n.Files[0]); got != want {
		t.Errorf("the next scan goes to %s, want %s", got, want)
	}
}

// TestNamesOfDataSets: as BLISS numbers them, past those that have files; and they
// are there again in the next shell.
func TestNamesOfDataSets(t *testing.T) {
	t.Parallel()
	url := startEmbedded(t).url
	l, root := placed(t, url)
	name := sessionName(t)
	l.goes(t, root, name+".h5")
	set := func(f func(string) error, value string) {
		t.Helper()
		if err := f(value); err != nil {
			t.Fatal(err)
		}
	}
	write := func(path string) {
		t.Helper()
		path = filepath.Join(root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	set(l.SetProposal, "ma12")
	l.goes(t, root, "ma12/"+name+".h5")
	set(l.SetSample, "gold")
	l.goes(t, root, "ma12/gold/gold_0001/gold_0001.h5")
	set(l.SetDataset, "")
	l.goes(t, root, "ma12/gold/gold_0002/gold_0002.h5")
	write("ma12/gold/gold_0003/gold_0003.spec")
	set(l.SetDataset, "")
	l.goes(t, root, "ma12/gold/gold_0004/gold_0004.h5")
	set(l.SetDataset, "map")
	l.goes(t, root, "ma12/gold/gold_map/gold_map.h5")
	write("ma12/gold/gold_map/gold_map_0007_ascan.csv")
	set(l.SetDataset, "map")
	l.goes(t, root, "ma12/gold/gold_map_0002/gold_map_0002.h5")
	set(l.SetDataset, "")
	l.goes(t, root, "ma12/gold/gold_0001/gold_0001.h5")
	write("ma12/gold/gold_0001/gold_0001.h5")
	set(l.SetSample, "iron")
	l.goes(t, root, "ma12/iron/iron_0001/iron_0001.h5")
	set(l.SetSample, "gold") // which has data already
	l.goes(t, root, "ma12/gold/gold_0002/gold_0002.h5")

	l.close()
	l = openWith(t, url, strings.Replace(savingText, "ROOT", root, 1))
	l.goes(t, root, "ma12/gold/gold_0002/gold_0002.h5")
	set(l.SetSample, "")
	l.goes(t, root, "ma12/"+name+".h5")
	set(l.SetDataset, "x")
	l.goes(t, root, "ma12/x/x.h5")
	set(l.SetProposal, "")
	l.goes(t, root, name+".h5")
	for _, wrong := range []string{"..", "../x", "a/b", "a b", ".hidden", "-x", "ä", strings.Repeat("x", 65)} {
		for what, f := range map[string]func(string) error{"proposal": l.SetProposal, "sample": l.SetSample, "data set": l.SetDataset} {
			if err := f(wrong); err == nil || !strings.Contains(err.Error(), "is no name of a "+what+": letters") || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s %q: %v", what, wrong, err)
			}
		}
	}
	l.goes(t, root, name+".h5")
}

// TestAScanSaysWhereItsFilesGo: the description has what held when it began, and
// what is kept with every scan.
func TestAScanSaysWhereItsFilesGo(t *testing.T) {
	t.Parallel()
	l, root := placed(t, startEmbedded(t).url)
	for _, err := range []error{
		l.SetSample("gold"), l.SetMeta(data.Meta{Name: "temperature", Value: 12.5, Unit: "K"}),
		l.SetMeta(data.Meta{Name: "cold", Value: true}), l.SetMeta(data.Meta{Name: "temperature", Value: 13.0, Unit: "K"}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	if into, err := l.Comment("a new\nfoil"); err != nil || into != nil {
		t.Fatalf("%v, %v", into, err)
	}
	p := l.loopscan(2, time.Millisecond).Plan()
	run := func(save bool) *data.Scan {
		t.Helper()
		p.Save = save
		sc := l.scan(p)
		if err := sc.Run(t.Context()); err != nil {
			t.Fatal(err)
		}
		s, err := l.DB.ScanByUID(t.Context(), l.Name, sc.Info().UID)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	s := run(false)
	if c := l.comments(t, s); len(c) != 0 || len(l.Comments()) != 1 || s.Axes[0].End != nil {
		t.Errorf("a scan that is not saved took the comment: %q, or has ends: %v", c, s.Axes[0].End)
	}
	s = run(true)
	if v := s.Saving; v == nil || v.Root != root || v.Sample != "gold" || v.Dataset != "0001" || strings.Join(v.Formats, ",") != "hdf5,csv" {
		t.Errorf("%+v", v)
	}
	if len(s.Meta) != 2 || s.Meta[0].String() != "temperature = 13 K" || s.Meta[1].String() != "cold = true" {
		t.Errorf("%v", s.Meta)
	}
	if a := s.Axes[0]; a.End == nil || *a.End != *a.Start {
		t.Errorf("%+v", a)
	}
	if c := l.comments(t, s); len(c) != 1 || c[0] != "a new foil" || len(l.Comments()) != 0 {
		t.Errorf("%q in the scan, %v wait", c, l.Comments())
	}
	if c := l.comments(t, run(true)); len(c) != 0 {
		t.Errorf("the comment came again: %q", c)
	}
	if gone, err := l.DeleteMeta("temp*"); err != nil || len(gone) != 1 || len(l.Meta()) != 1 {
		t.Errorf("%v, %v", gone, err)
	}
	if _, err := l.DeleteMeta("temp*"); err == nil || err.Error() != "there is no temp*" {
		t.Error(err)
	}
}

// comments are those in the stream of a scan, with a time.
func (l *lab) comments(t *testing.T, s *data.Scan) (list []string) {
	t.Helper()
	r, err := l.DB.Follow(t.Context(), l.Name, store.FollowOptions{Scan: s.UID})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	for e := range r.Events(t.Context()) {
		if e, ok := e.(*data.Steering); ok && e.What == "comment" {
			if e.Time == 0 || e.Request == nil || e.Request.Time == 0 || e.Request.By != "the prompt" {
				t.Errorf("%+v of %+v", e, e.Request)
			}
			list = append(list, e.Request.Text)
		}
	}
	return list
}

// TestACommentGoesIntoTheRunningScan, also while it is at its last point.
func TestACommentGoesIntoTheRunningScan(t *testing.T) {
	t.Parallel()
	l, _ := placed(t, startEmbedded(t).url)
	sc := l.loopscan(1, 300*time.Millisecond)
	done := make(chan error, 1)
	go func() { done <- sc.Run(t.Context()) }()
	eventually(t, "the scan has begun", func() bool { return sc.Info().Number > 0 })
	into, err := l.Comment("look at this")
	if err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if c := l.comments(t, sc.Info()); into == nil && len(l.Comments()) != 1 || into != nil && (len(c) != 1 || c[0] != "look at this") {
		t.Errorf("%q; said to be in %v", c, into)
	}
}

func TestTheRootOfTheEnvironmentWins(t *testing.T) {
	l, _ := placed(t, startEmbedded(t).url)
	t.Setenv("BLISSH_DATA_ROOT", "/elsewhere")
	if v := l.Saving(); v.Root != "/elsewhere" {
		t.Error(v.Root)
	}
	l.Config.Saving = SavingConfig{}
	here, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("BLISSH_DATA_ROOT", "")
	if v := l.Saving(); v.Root != filepath.Join(here, "scans") || len(v.Formats) != 2 || v.Template == "" {
		t.Errorf("%+v", v)
	}
}

func TestMistakesInSaving(t *testing.T) {
	wantMistakes(t, mistakes(t, "id31.yml", `
session: id31
axes: []
controllers: []
saving:
  root: ""
  template: "{sesion}/x"
  formats: [spec, xls, spec]
  folder: /data
`),
		`id31.yml:6:9: root must be a folder, not nothing`,
		`id31.yml:7:13: template "{sesion}/x": {sesion}: one of {session}, {date}, {user}, {proposal}, {sample}, {dataset} expected`,
		`id31.yml:8:19: format "xls": spec, csv or hdf5 expected`,
		`id31.yml:8:24: format spec is there already`,
		`id31.yml:9:3: unknown key folder; expected root, template or formats`,
	)
	wantMistakes(t, mistakes(t, "id31.yml", "session: id31\nsaving: {template: ../x, formats: []}\n"),
		`id31.yml:2:20: template "../x": it leads out of the folder of the data`,
		`id31.yml:2:35: formats must list at least one of spec, csv, hdf5`)
	c, err := ParseConfig("/etc/id31.yml", []byte("session: id31\nsaving: {root: data}\n"))
	if err != nil || c.Saving.Root != "/etc/data" {
		t.Errorf("%v, %v", c, err)
	}
}
