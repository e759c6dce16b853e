package redisconn

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// EnvStore is the environment variable that names the store.
const EnvStore = "BLISSH_STORE"

// ErrNoStore is wrapped by the error of Find when no store is known.
var ErrNoStore = errors.New("no store is running")

// Find gives the address of the store to use: BLISSH_STORE, else that of this
// user's own store, if its process is alive.
func Find() (string, error) {
	if s := os.Getenv(EnvStore); s != "" {
		return s, nil
	}
	f, err := ReadStoreFile()
	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && !Alive(f.PID):
		return "", fmt.Errorf("%w: start `blissh` or `blissh store`, or set %s", ErrNoStore, EnvStore)
	case err != nil:
		return "", err
	}
	return f.URL, nil
}

// Alive reports whether a process of this machine exists and has not ended: one
// that was killed and whose parent has not noticed yet does not count.
func Alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return pid > 0 && (err == nil || errors.Is(err, syscall.EPERM)) && !zombie(pid)
}

// zombie looks at the state of a process where the system shows it, after the name,
// which is in parentheses and may have some of its own.
func zombie(pid int) bool {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	i := bytes.LastIndexByte(b, ')')
	return i >= 0 && bytes.HasPrefix(b[i+1:], []byte(" Z"))
}

// RuntimeDir is the directory for what lives as long as the user is logged in:
// $XDG_RUNTIME_DIR/blissh, else blissh-UID in the temporary directory. It is
// made if needed, and refused if it belongs to somebody else.
func RuntimeDir() (string, error) {
	dir := filepath.Join(os.TempDir(), "blissh-"+strconv.Itoa(os.Getuid()))
	if xdg := os.Getenv("XDG_RUNTIME_DIR"); xdg != "" && owned(xdg) == nil {
		dir = filepath.Join(xdg, "blissh")
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return "", fmt.Errorf("runtime directory: %w", err)
	}
	if err := owned(dir); err != nil {
		return "", fmt.Errorf("runtime directory: %w", err)
	}
	if err := os.Chmod(dir, 0o700); err != nil {
		return "", fmt.Errorf("runtime directory: %w", err)
	}
	return dir, nil
}

// owned checks that path is a directory, no link, of this user.
func owned(path string) error {
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	st, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || int(st.Uid) != os.Getuid() {
		return fmt.Errorf("%s is not a directory of user %d", path, os.Getuid())
	}
	return nil
}

// StoreFile says where this user's store is. It holds the password.
type StoreFile struct {
	URL    string `json:"url"`
	Engine string `json:"engine"` // "redis" or "embedded"
	PID    int    `json:"pid"`    // of `blissh store`
}

func storePath() (string, error) {
	dir, err := RuntimeDir()
	return filepath.Join(dir, "store.json"), err
}

// ReadStoreFile reads store.json of the runtime directory; the error wraps
// fs.ErrNotExist when there is none.
func ReadStoreFile() (StoreFile, error) {
	var f StoreFile
	path, err := storePath()
	if err != nil {
		return f, err
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return f, fmt.Errorf("store file: %w", err)
	}
	if err := json.Unmarshal(b, &f); err != nil {
		return StoreFile{}, fmt.Errorf("store file %s: %w", path, err)
	}
	return f, nil
}

// WriteStoreFile replaces store.json of the runtime directory, mode 0600, so
// that a reader sees the old or the new one and never a part.
func WriteStoreFile(f StoreFile) error {
	path, err := storePath()
	if err != nil {
		return err
	}
	b, err := json.Marshal(f)
	if err != nil {
		return err
	}
	tmp := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.WriteFile(tmp, append(b, '\n'), 0o600); err != nil {
		return fmt.Errorf("store file: %w", err)
	}
	if err := os.Rename(tmp, path); err != nil {
		os.Remove(tmp)
		return fmt.Errorf("store file: %w", err)
	}
	return nil
}

// RemoveStoreFile removes store.json if it is that of the given process.
func RemoveStoreFile(pid int) error {
	f, err := ReadStoreFile()
	if err != nil || f.PID != pid {
		return nil
	}
	path, err := storePath()
	if err != nil {
		return err
	}
	return os.Remove(path)
}
