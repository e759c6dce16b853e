package session

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"blissh/data"
	"blissh/data/file"
	"blissh/internal/strictyaml"
	"blissh/writer"

	"go.yaml.in/yaml/v4"
)

// DefaultDataRoot is the folder for files where nothing else was chosen: below the
// folder in which the shell was started.
const DefaultDataRoot = "scans"

// dataRootVariable names another folder, whatever the configuration says.
const dataRootVariable = "BLISSH_DATA_ROOT"

// SavingConfig is where files go, and in which formats.
type SavingConfig struct {
	Root     string     `yaml:"root"`     // a relative one is beside the configuration
	Template string     `yaml:"template"` // see writer.Place
	Formats  []string   `yaml:"formats"`
	Node     *yaml.Node `yaml:",self"`
}

// check notes what no file can have as its place.
func (c *SavingConfig) check(r *strictyaml.Report) {
	at := func(key string) *yaml.Node { return strictyaml.Find(c.Node, key) }
	if strictyaml.Has(c.Node, "root") && c.Root == "" {
		r.Add(at("root"), "root must be a folder, not nothing")
	}
	if err := (writer.Place{Root: "/", Template: c.Template}).Check(); err != nil {
		r.Add(at("template"), "%v", err)
	}
	if strictyaml.Has(c.Node, "formats") && len(c.Formats) == 0 {
		r.Add(at("formats"), "formats must list at least one of spec, csv, hdf5")
	}
	for i, name := range c.Formats {
		node := at("formats")
		if i < len(node.Content) {
			node = node.Content[i]
		}
		if _, err := file.Named(name); err != nil {
			r.Add(node, "%v", err)
		} else if slices.Contains(c.Formats[:i], name) {
			r.Add(node, "format %s is there already", name)
		}
	}
}

// savingSettings is what a user has said of the scans to come.
type savingSettings struct {
	Proposal string    `json:"proposal,omitempty"`
	Sample   string    `json:"sample,omitempty"`
	Dataset  string    `json:"dataset,omitempty"`
	Comments []Comment `json:"comments,omitempty"` // for the next scan
	// Meta is kept with every scan, in the order in which it was given.
	Meta []data.Meta `json:"meta,omitempty"`
}

// recallSaving reads back what survives a restart.
func (s *Session) recallSaving(context.Context) error {
	f, err := s.settings.load()
	if err != nil {
		s.options.Warn(err.Error())
	}
	s.kept = f.Saving
	return nil
}

// keep changes what is remembered, on disk first.
func (s *Session) keep(change func(*savingSettings) error) error {
	var kept savingSettings
	err := s.settings.update(func(f *settingsFile) error {
		err := change(&f.Saving)
		kept = f.Saving
		return err
	})
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.kept = kept
	return nil
}

func (s *Session) keptSaving() savingSettings {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kept
}

// Folder is the one below which files go, seen from that of this process.
func (c *SavingConfig) Folder() string {
	root := cmp.Or(os.Getenv(dataRootVariable), c.Root, DefaultDataRoot)
	if abs, err := filepath.Abs(root); err == nil {
		return abs
	}
	return root
}

// Saving is where the files of the next scan go.
func (s *Session) Saving() *data.Saving { return s.savingOf(s.keptSaving()) }

func (s *Session) savingOf(k savingSettings) *data.Saving {
	c := s.Config.Saving
	v := &data.Saving{Root: c.Folder(), Template: c.Template, Formats: slices.Clone(c.Formats), Proposal: k.Proposal, Sample: k.Sample, Dataset: k.Dataset}
	if !strictyaml.Has(c.Node, "template") {
		v.Template = writer.DefaultTemplate
	}
	if len(v.Formats) == 0 {
		v.Formats = []string{"spec", "hdf5"}
	}
	return v
}

// SetProposal begins a proposal, without sample and data set; "": there is none.
func (s *Session) SetProposal(name string) error {
	if err := checkFolder("proposal", name); err != nil {
		return err
	}
	return s.keep(func(k *savingSettings) error {
		k.Proposal, k.Sample, k.Dataset = name, "", ""
		return nil
	})
}

// SetSample goes to a sample, with the first of its numbered data sets that has no
// files yet; "": there is none.
func (s *Session) SetSample(name string) error {
	if err := checkFolder("sample", name); err != nil {
		return err
	}
	return s.keep(func(k *savingSettings) (err error) {
		k.Sample, k.Dataset = name, ""
		if name != "" {
			k.Dataset, err = s.freeDataset(*k, "")
		}
		return err
	})
}

// SetDataset begins a data set: the next number without a name, else the name, with
// a number behind it if there are files of that already.
func (s *Session) SetDataset(name string) error {
	if err := checkFolder("data set", name); err != nil {
		return err
	}
	return s.keep(func(k *savingSettings) (err error) {
		k.Dataset, err = s.freeDataset(*k, name)
		return err
	})
}

// maxDataset is the last number that is tried.
const maxDataset = 9999

// freeDataset is the next data set that has no files yet.
func (s *Session) freeDataset(k savingSettings, name string) (string, error) {
	first := 1
	if n, err := strconv.Atoi(k.Dataset); err == nil && name == "" {
		first = n + 1
	}
	for n := first; n <= maxDataset; n++ {
		k.Dataset = numbered(name, n)
		taken, err := s.hasFiles(s.savingOf(k))
		if err != nil || !taken {
			return k.Dataset, err
		}
	}
	return "", fmt.Errorf("no free data set from %s to %s", numbered(name, first), numbered(name, maxDataset))
}

// numbered is a data set's name as BLISS has it: 0001, 0002; name, name_0002.
func numbered(name string, n int) string {
	switch {
	case name == "":
		return fmt.Sprintf("%04d", n)
	case n == 1:
		return name
	}
	return fmt.Sprintf("%s_%04d", name, n)
}

// hasFiles reports whether there are files of scans in the place of a data set, as
// this machine sees it.
func (s *Session) hasFiles(v *data.Saving) (bool, error) {
	next := s.nextScan(v)
	files, err := writer.Files(next)
	if err != nil {
		return false, err
	}
	entries, err := os.ReadDir(filepath.Dir(files[0]))
	if err != nil {
		return false, nil // the folder is not there, or cannot be read: the writer will say so
	}
	stem := writer.Stem(next)
	return slices.ContainsFunc(entries, func(e os.DirEntry) bool {
		rest, ours := strings.CutPrefix(e.Name(), stem)
		return ours && strings.IndexAny(rest, "._") == 0
	}), nil
}

// maxFolder is how long a name may be that becomes that of a folder.
const maxFolder = 64

// checkFolder refuses names that do not make a folder everywhere.
func checkFolder(what, name string) error {
	if name == "" || data.ValidName(name) && !strings.ContainsAny(name[:1], "._-") {
		return nil
	}
	return fmt.Errorf("%q is no name of a %s: letters, digits, _ - and . expected, the first one a letter or digit, %d at most", name, what, maxFolder)
}
