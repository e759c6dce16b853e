package commands_test

import (
	"os"
	"path/filepath"
	"testing"

	"blissh/commands/internal/manual"
	"blissh/commands/internal/members"
)

// What is written from the table of commands and from comments is up to date.
func TestManualIsUpToDate(t *testing.T) {
	types, err := members.Read("..")
	if err != nil {
		t.Fatal(err)
	}
	src, err := members.Source(types)
	if err != nil {
		t.Fatal(err)
	}
	for file, want := range map[string]string{members.File: string(src), filepath.Join("..", manual.File): manual.Text(types)} {
		got, err := os.ReadFile(file)
		if err != nil || string(got) != want {
			t.Errorf("%s is stale (%v): run go generate ./commands", filepath.Base(file), err)
		}
	}
}
