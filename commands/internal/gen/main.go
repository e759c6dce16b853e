// Command gen writes what package commands says about itself: the table of its
// objects' methods, and docs/commands.md. It runs in the folder of package
// commands.
package main

import (
	"log"
	"os"
	"path/filepath"

	"blissh/commands/internal/manual"
	"blissh/commands/internal/members"
)

func main() {
	types, err := members.Read("..")
	if err != nil {
		log.Fatal(err)
	}
	src, err := members.Source(types)
	if err == nil {
		err = os.WriteFile(members.File, src, 0o644)
	}
	if err == nil {
		err = os.WriteFile(filepath.Join("..", manual.File), []byte(manual.Text(types)), 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}
