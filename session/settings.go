package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// settings are what a session remembers when its store is gone. They live in
//
//	$XDG_STATE_HOME/blissh/SESSION/settings.json   (~/.local/state by default)
//
// and are replaced as a whole: written beside, fsynced, renamed.
type settings struct{ dir string }

type settingsFile struct {
	ScanNumber int `json:"scan_number"` // the last one that was given away
}

func openSettings(session string) (*settings, error) {
	dir, err := StateFolder(session)
	if err != nil {
		return nil, err
	}
	return &settings{dir}, nil
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
// last one, which is remembered. The file is locked meanwhile, for shells on
// other stores share it.
func (s *settings) nextScanNumber(next func(last int) (int, error)) (int, error) {
	unlock, err := s.lock()
	if err != nil {
		return 0, err
	}
	defer unlock()
	f, err := s.read()
	if err != nil {
		return 0, err
	}
	if f.ScanNumber, err = next(f.ScanNumber); err != nil {
		return 0, err
	}
	return f.ScanNumber, s.write(f)
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

func (s *settings) read() (f settingsFile, err error) {
	b, err := os.ReadFile(s.path())
	if errors.Is(err, fs.ErrNotExist) {
		return f, nil
	}
	if err == nil {
		err = json.Unmarshal(b, &f)
	}
	if err != nil {
		return f, fmt.Errorf("settings %s: %w; repair the file or remove it", s.path(), err)
	}
	return f, nil
}

func (s *settings) write(f settingsFile) error {
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(s.dir, "settings-*")
	if err != nil {
		return fmt.Errorf("settings: %w", err)
	}
	defer os.Remove(tmp.Name()) // fails after the rename, as it should
	_, err = tmp.Write(append(b, '\n'))
	err = errors.Join(err, tmp.Sync(), tmp.Close())
	if err == nil {
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

// syncFolder makes a rename in a folder survive a power cut.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
