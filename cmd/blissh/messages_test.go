package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"blissh/internal/screen"
	"blissh/repl"
	"blissh/repl/dialect"
	"blissh/scan"

	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write the messages as they are now into testdata/messages")

// TestMessages types every input of testdata/messages into a prompt of the demo
// session and compares the message. After each one the prompt works and knows
// the names it knew before.
func TestMessages(t *testing.T) {
	files, err := filepath.Glob("testdata/messages/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no inputs: %v", err)
	}
	folder, err := filepath.Abs("testdata/messages")
	if err != nil {
		t.Fatal(err)
	}
	d := newDesk(t)
	counts, played := map[bool]int{}, 0
	for _, path := range files {
		name := filepath.Base(path)
		t.Run(strings.TrimSuffix(name, ".txt"), func(t *testing.T) {
			b := readBook(t, filepath.Join(folder, name))
			d.play(t, b)
			counts[strings.HasPrefix(name, "panic")] += b.inputs()
			played++
			if *update {
				write(t, b.path, b.String())
			}
		})
	}
	t.Logf("%d malformed inputs, %d that panic", counts[false], counts[true])
	if played == len(files) && (counts[false] < 300 || counts[true] < 100) {
		t.Error("300 malformed inputs and 100 that panic are promised")
	}
}

// book is one file of inputs. A line begins with what it is:
//
//	#  a comment; ## also begins with a new interpreter
//	+  an input that works, on which the following ones build
//	>  an input that fails; | is its next line
//	@  one written as a quoted text of Go, for what cannot be printed
//	^  one that Ctrl-C ends
//	&  one that works, and fails later in a goroutine
//
// The message follows in a line of its own.
type book struct {
	path    string
	entries []*entry
}

type entry struct {
	kind    byte // 0 for comments and empty lines
	text    string
	message string
}

func readBook(t *testing.T, path string) *book {
	t.Helper()
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	b := &book{path: path}
	for line := range strings.Lines(string(src)) {
		line = strings.TrimSuffix(line, "\n")
		kind, text := byte(0), line
		if len(line) > 1 && line[1] == ' ' {
			kind, text = line[0], line[2:]
		}
		last := &entry{}
		if n := len(b.entries); n > 0 {
			last = b.entries[n-1]
		}
		switch {
		case strings.ContainsRune("+>@^&", rune(kind)) && kind != 0:
			b.entries = append(b.entries, &entry{kind: kind, text: text})
		case kind == '|':
			last.text += "\n" + text
		case line == "" || line[0] == '#':
			b.entries = append(b.entries, &entry{text: line})
		case last.kind == 0 || last.kind == '+':
			t.Fatalf("%s: a message without an input: %s", path, line)
		case last.message != "":
			last.message += "\n" + line
		default:
			last.message = line
		}
	}
	return b
}

func (b *book) String() string {
	var out strings.Builder
	for _, e := range b.entries {
		if e.kind == 0 {
			out.WriteString(e.text + "\n")
			continue
		}
		fmt.Fprintf(&out, "%c %s\n", e.kind, strings.ReplaceAll(e.text, "\n", "\n| "))
		if e.message != "" {
			out.WriteString(e.message + "\n")
		}
	}
	return out.String()
}

// inputs counts those that fail.
func (b *book) inputs() (n int) {
	for _, e := range b.entries {
		if e.kind != 0 && e.kind != '+' {
			n++
		}
	}
	return n
}

// desk is a prompt of the demo session, in this process.
type desk struct {
	*shell
	printed *page
}

// page is where a desk prints.
type page struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (p *page) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.b.Write(b)
}

func (p *page) take() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	s := p.b.String()
	p.b.Reset()
	return s
}

// newDesk opens the demo session in a folder of its own, with the scripts and
// hooks of testdata/messages/files.txtar.
func newDesk(t *testing.T) *desk {
	t.Helper()
	dir := t.TempDir()
	files, err := txtar.ParseFile("testdata/messages/files.txtar")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files.Files {
		write(t, filepath.Join(dir, f.Name), string(f.Data))
	}
	demo, err := os.ReadFile(filepath.Join(repository(t), "session", "demo.yml"))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "demo_session.yml"), string(demo)+"\nhooks: [hooks]\n")
	t.Chdir(dir)
	t.Setenv("XDG_RUNTIME_DIR", dir)
	p := &page{}
	out := &output{Screen: screen.New(p, nil), errs: screen.New(p, nil)}
	a, err := openApp(context.Background(), &flags{store: "memory", config: "demo_session.yml"}, out, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.close(); err != nil {
			t.Error(err)
		}
	})
	return &desk{&shell{app: a, interactive: true}, p}
}

func (d *desk) play(t *testing.T, b *book) {
	d.fresh(t)
	for _, e := range b.entries {
		switch {
		case strings.HasPrefix(e.text, "## ") && e.kind == 0:
			d.fresh(t)
		case e.kind == '+':
			if err := d.input(e.text); err != nil {
				t.Errorf("%s\nfails: %v", e.text, err)
			}
			d.printed.take()
		case e.kind != 0:
			d.refused(t, e)
		}
	}
}

// fresh takes a new interpreter.
func (d *desk) fresh(t *testing.T) {
	old := d.current()
	if err := d.renew(nil); err != nil {
		t.Fatal(err)
	}
	old.Close()
}

// refused types an input that fails, and looks at the message and at what it
// has left behind.
func (d *desk) refused(t *testing.T, e *entry) {
	t.Helper()
	before := d.current().Names()
	got := d.message(t, e)
	switch {
	case got == "":
		t.Errorf("%s\nno message", e.text)
	case *update:
		e.message = got
	case got != e.message:
		t.Errorf("%s\n got %s\nwant %s", e.text, got, e.message)
	}
	if m := inner.FindString(got); m != "" {
		t.Errorf("%s\n%s\nsays %q, a word of the interpreter's", e.text, got, m)
	}
	if list := difference(before, d.current().Names()); len(list) > 0 && !several(e.text) {
		if e.kind != '^' || strings.Contains(fmt.Sprint(list), "+") { // Ctrl-C may leave all names behind
			t.Errorf("%s\nchanges the names: %v", e.text, list)
		}
	}
	d.works(t, e)
}

// several reports whether an input may leave something behind: statements before
// the one that fails, or those of a file.
func several(text string) bool {
	return len(dialect.Split(text)) > 1 || strings.Contains(text, "load(")
}

// message is what the user sees, apart from what the input itself prints.
func (d *desk) message(t *testing.T, e *entry) string {
	t.Helper()
	text := e.text
	if e.kind == '@' {
		var err error
		if text, err = strconv.Unquote(text); err != nil {
			t.Fatalf("%s: %v", e.text, err)
		}
	}
	if e.kind == '^' {
		defer d.ctrlC(t)()
	}
	hung := time.AfterFunc(5*time.Second, func() { t.Errorf("%s\ndoes not end", e.text); d.ctrlC(t) })
	defer hung.Stop()
	err := d.input(text)
	if e.kind == '&' {
		return d.fromGoroutine(t, err)
	}
	d.printed.take()
	if err == nil {
		return ""
	}
	if many := (repl.Errors{}); strings.Contains(placed(err, 0), "\n") && !errors.As(err, &many) {
		t.Errorf("%s\nhas a message of several lines", e.text)
	}
	if (e.kind == '^') != errors.Is(err, scan.ErrInterrupted) {
		t.Errorf("%s\nwas interrupted or was not: %v", e.text, err)
	}
	return somewhere.ReplaceAllString(placed(err, 0), "stopped at N ")
}

// somewhere is where Ctrl-C has stopped an axis.
var somewhere = regexp.MustCompile(`stopped at -?[\d.]+ `)

// ctrlC presses the key until the input ends.
func (d *desk) ctrlC(t *testing.T) (stop func()) {
	done := make(chan struct{})
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-done:
				return
			case <-time.After(4 * bounce):
				d.keys.press(time.Now())
			}
		}
	}()
	return func() { close(done); <-ended }
}

// fromGoroutine waits for what a goroutine says when it fails.
func (d *desk) fromGoroutine(t *testing.T, err error) string {
	t.Helper()
	if err != nil {
		t.Errorf("the input itself fails: %v", err)
	}
	var text string
	for end := time.Now().Add(testPatience); !strings.HasSuffix(text, "\n"); time.Sleep(time.Millisecond) {
		if text += d.printed.take(); time.Now().After(end) {
			t.Fatalf("no message from a goroutine, but %q", text)
		}
	}
	return strings.TrimSuffix(text, "\n")
}

// works holds that the prompt goes on as if nothing had been typed.
func (d *desk) works(t *testing.T, e *entry) {
	t.Helper()
	for src, want := range map[string]string{"1 + 1": "2\n", "help(mv)": "mv(axis, position, ...)\n"} {
		if err := d.input(src); err != nil {
			t.Fatalf("after\n%s\n%s fails: %v", e.text, src, err)
		}
		if got := d.printed.take(); !strings.HasPrefix(got, want) {
			t.Fatalf("after\n%s\n%s prints %q", e.text, src, got)
		}
	}
}

// inner finds what is the interpreter's and not the user's.
var inner = regexp.MustCompile(`(?:^|[^_\w])main\.|_\.go|reflect[.:]|interp\.|0x[0-9a-f]{6,}|func_|goroutine \d|runtime error|nil type|CFG|constant definition loop|unable to find|yaegi|__(kw|show|guard|types|script|scan|method|new|m|n|i|a)\b|valueT|errorT|\*ast\.|\x00|%!`)

func difference(before, after []string) (list []string) {
	for _, n := range after {
		if !slices.Contains(before, n) {
			list = append(list, "+"+n)
		}
	}
	for _, n := range before {
		if !slices.Contains(after, n) {
			list = append(list, "-"+n)
		}
	}
	return list
}
