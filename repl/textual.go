package repl

import (
	"io/fs"
	"os"
	"strings"
)

// inText completes inside a string: the names of files and of what is in the
// session, where a call wants those.
func (c *completer) inText() {
	switch c.wanted {
	case "file":
		c.files("")
	case "name":
		for _, n := range c.in.Declared() {
			c.add(rankOwn, n.Name+c.closing(), n.describe())
		}
		for _, name := range c.given() {
			kind, line := c.in.o.Guide.describe(name)
			c.add(c.rank(kind), name+c.closing(), line)
		}
	}
}

// maxFiles bounds how much of a folder is read.
const maxFiles = 2000

// files completes a path. quote is what it begins with when it is no string yet.
func (c *completer) files(quote string) {
	folder, closing := "", `"`
	if quote == "" {
		folder = c.place.Word[:strings.LastIndexByte(c.place.Word, '/')+1]
		c.place.From += len(folder)
		c.place.Word = c.place.Word[len(folder):]
		closing = c.closing()
	}
	for _, e := range readFolder(folder) {
		name := e.Name()
		if !c.matches(name) || name[0] == '.' && !strings.HasPrefix(c.place.Word, ".") {
			continue
		}
		f := candidate{Completion{quote + name + closing, ""}, rankOption}
		if e.IsDir() {
			f = candidate{Completion{quote + name + "/", "folder"}, rankHook}
		} else if strings.HasSuffix(name, ".go") {
			f.rank = rankWanted
		}
		c.found = append(c.found, f)
	}
}

func readFolder(path string) []fs.DirEntry {
	if path == "" {
		path = "."
	}
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	list, _ := f.ReadDir(maxFiles) // as far as it goes
	return list
}
