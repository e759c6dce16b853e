package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// settings are what a session remembers when its store is gone. They live in
//
//	$XDG_STATE_HOME/blissh/SESSION/settings.json   (~/.local/state by default)
//
// and are replaced as a whole: written beside, fsynced, renamed. The version
// before stays as settings.json.before. A file that cannot be understood is
// put aside, never overwritten.
type settings struct {
	dir  string
	warn func(string)
}

type settingsFile struct {
	ScanNumber int `json:"scan_number"` // the last one that was given away
	// Axes has what is set otherwise than in the configuration, by axis.
	Axes map[string]axisSettings `json:"axes,omitempty"`
	// Counters has modes and conversions that were set, by counter.
	Counters    map[string]counterSettings `json:"counters,omitempty"`
	ActiveGroup string                     `json:"active_group,omitempty"`
	// Disabled has the counters that are not counted, by measurement group.
	Disabled map[string][]string `json:"disabled,omitempty"`
	// Display is what the user has chosen to see.
	Display DisplaySettings `json:"display,omitzero"`
	// Saving is what the user has said of the scans to come.
	Saving savingSettings `json:"saving,omitzero"`
}

func openSettings(session string, warn func(string)) (*settings, error) {
	dir, err := StateFolder(session)
	if err != nil {
		return nil, err
	}
	return &settings{dir, warn}, nil
}

// StateFolder is where a session keeps what outlives it. It is made if need be.
func StateFolder(session string) (string, error) {
	dir, err := stateDir()
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "blissh", session)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("settings of session %s: %w", session, err)
	}
	return dir, nil
}

// stateDir is where programs of this user keep what outlives them.
func stateDir() (string, error) {
	if d := os.Getenv("XDG_STATE_HOME"); d != "" {
		return d, nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", fmt.Errorf("no place for settings: %w; set XDG_STATE_HOME", err)
	}
	return filepath.Join(home, ".local", "state"), nil
}

// nextScanNumber gives a number away: next returns one that is larger than the
// last one, which is remembered.
func (s *settings) nextScanNumber(next func(last int) (int, error)) (number int, err error) {
	err = s.update(func(f *settingsFile) (err error) {
		f.ScanNumber, err = next(f.ScanNumber)
		number = f.ScanNumber
		return err
	})
	return number, err
}

// update changes the file. It is locked meanwhile, for shells on other stores
// share it.
func (s *settings) update(change func(*settingsFile) error) error {
	unlock, err := s.lock()
	if err != nil {
		return err
	}
	defer unlock()
	f, err := s.read()
	if err != nil {
		return err
	}
	if err := change(&f); err != nil {
		return err
	}
	return s.write(f)
}

// load reads the file.
func (s *settings) load() (settingsFile, error) {
	unlock, err := s.lock()
	if err != nil {
		return settingsFile{}, err
	}
	defer unlock()
	return s.read()
}

func (s *settings) path() string { return filepath.Join(s.dir, "settings.json") }

func (s *settings) lock() (unlock func(), err error) {
	f, err := os.OpenFile(filepath.Join(s.dir, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("settings: %w", err)
	}
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("settings: lock %s: %w", f.Name(), err)
	}
	return func() { f.Close() }, nil
}

// read is for those who hold the lock.
func (s *settings) read() (f settingsFile, err error) {
	b, err := os.ReadFile(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err != nil {
		return f, fmt.Errorf("settings: %w", err)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return s.putAside(err)
	}
	return f, nil
}

// putAside moves a damaged file out of the way and goes on with the version
// before it.
func (s *settings) putAside(why error) (f settingsFile, err error) {
	aside := s.path() + ".damaged-" + time.Now().Format("20060102T150405.000000000")
	if err := os.Rename(s.path(), aside); err != nil {
		return f, fmt.Errorf("settings: %w", err)
	}
	note := "the version before it is used"
	if f, err = readBefore(s.before()); err != nil {
		note = "there is no version before it, so axes are set as in the configuration"
	}
	s.warn(fmt.Sprintf("settings %s are damaged (%v): kept as %s; %s", s.path(), why, filepath.Base(aside), note))
	return f, s.write(f)
}

func readBefore(path string) (f settingsFile, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return f, err
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return settingsFile{}, err
	}
	return f, nil
}

func (s *settings) before() string { return s.path() + ".before" }

// write replaces the file; the old one stays as the version before.
func (s *settings) write(f settingsFile) error {
	b, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	tmp, err := os.CreateTemp(s.dir, "settings-*")
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	defer os.Remove(tmp.Name()) // fails after the rename, as it should
	_, err = tmp.Write(append(b, '\n'))
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
		s.keepBefore()
		err = os.Rename(tmp.Name(), s.path())
	}
	if err == nil {
		err = syncFolder(s.dir)
	}
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	return nil
}

// keepBefore gives the file that is about to be replaced a second name. Where
// that is not possible there is no version before; nothing else depends on it.
func (s *settings) keepBefore() {
	link := s.before() + ".new"
	os.Remove(link)
	if os.Link(s.path(), link) == nil {
		os.Rename(link, s.before())
	}
}

// syncFolder makes a rename in a folder survive a power cut.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
