package main

import (
	"fmt"
	"os"
	"path/filepath"

	"blissh/internal/redisconn"
	"blissh/scripts"
	"blissh/session"
)

// demoConfig is the built-in session. Its hooks are those of the folder scripts
// where there is one, as in a clone, else a copy of them that the program
// carries.
func demoConfig() (*session.Config, error) {
	cfg, err := session.DemoConfig()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join("scripts", scripts.StopAlignmentHook)); err == nil {
		cfg.Hooks = []string{"scripts"}
		return cfg, nil
	}
	folder, err := unpackHooks()
	if err != nil {
		return nil, fmt.Errorf("hooks of the demo session: %w", err)
	}
	cfg.Hooks = []string{folder}
	return cfg, nil
}

// unpackHooks writes the program's own hook scripts where the loader finds them.
func unpackHooks() (folder string, err error) {
	dir, err := redisconn.RuntimeDir()
	if err != nil {
		return "", err
	}
	folder = filepath.Join(dir, "demo-scripts")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", err
	}
	files, err := scripts.Hooks.ReadDir(".")
	if err != nil {
		return "", err
	}
	for _, f := range files {
		src, err := scripts.Hooks.ReadFile(f.Name())
		if err == nil {
			err = replaceFile(filepath.Join(folder, f.Name()), src)
		}
		if err != nil {
			return "", err
		}
	}
	return folder, nil
}

// replaceFile writes a file as a whole, for others may be reading it.
func replaceFile(path string, content []byte) error {
	if old, err := os.ReadFile(path); err == nil && string(old) == string(content) {
		return nil
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name()) // fails after the rename, as it should
	if _, err := tmp.Write(content); err != nil {
		return err
	}
	if err := tmp.Close(); err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// firstOf is the first text that is not empty.
func firstOf(list ...string) string {
	for _, s := range list {
		if s != "" {
			return s
		}
	}
	return ""
}
