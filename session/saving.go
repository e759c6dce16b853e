package session

import (
	"os"
	"path/filepath"

	"blissh/data"
	"blissh/writer"
)

// DefaultDataRoot is the folder for files where nothing else was chosen: below the
// folder in which the shell was started.
const DefaultDataRoot = "scans"

// Saving is where the files of the next scan go.
func (s *Session) Saving() *data.Saving {
	root := os.Getenv("BLISSH_DATA_ROOT")
	if root == "" {
		root = DefaultDataRoot
	}
	if abs, err := filepath.Abs(root); err == nil {
		root = abs
	}
	return &data.Saving{Root: root, Template: writer.DefaultTemplate, Formats: []string{"spec", "hdf5"}}
}
