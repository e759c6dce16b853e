// Command gen writes the symbol tables into the current directory.
package main

import (
	"log"
	"os"

	"blissh/repl/symbols/internal/tables"
)

func main() {
	for _, p := range tables.Packages() {
		src, err := tables.Table(p)
		write(tables.File(p), src, err)
	}
	src, err := tables.Index()
	write(tables.IndexFile, src, err)
}

func write(file string, src []byte, err error) {
	if err == nil {
		err = os.WriteFile(file, src, 0o644)
	}
	if err != nil {
		log.Fatal(err)
	}
}
