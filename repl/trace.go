package repl

import (
	"bytes"
	"io"
	"log"
	"regexp"
	"strconv"
	"sync"
	"sync/atomic"
)

// frame is one interpreted function on the way of a panic.
type frame struct {
	file      string
	line, col int
	name      string
}

// trace takes what the interpreter writes by itself to its standard error, one
// line for each function that a panic passes, and lets the rest through.
type trace struct {
	next io.Writer
	root string

	at atomic.Int64 // where the last risky statement is, line and column

	mu     sync.Mutex
	frames []frame
	spans  []span // of functions
}

// span is the lines of a function.
type span struct{ from, to int }

const maxSpans = 20000 // more only make places less exact

// learn adds the functions of a piece of source.
func (t *trace) learn(spans []span) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.spans = append(t.spans, spans...); len(t.spans) > maxSpans {
		t.spans = append([]span(nil), t.spans[maxSpans/2:]...)
	}
}

// note is called before statements that may panic.
func (t *trace) note(at int) { t.at.Store(int64(at)) }

// exact puts the last noted place into a frame, if it is in its function. The
// interpreter itself only gives the place of the function's first statement.
func (t *trace) exact(f *frame) {
	at := int(t.at.Load())
	line := at / colLimit
	best := span{0, 1 << 40}
	for _, s := range t.spans {
		if s.from <= f.line && f.line <= s.to && s.to-s.from <= best.to-best.from {
			best = s
		}
	}
	if best.from > 0 && best.from <= line && line <= best.to {
		f.line, f.col = line, at%colLimit
	}
}

const maxFrames = 64

var frameLine = regexp.MustCompile(`^(?:(\S+):)?(\d+):(\d+): panic: (\S*)\(\.\.\.\)\n$`)

func (t *trace) Write(b []byte) (int, error) {
	m := frameLine.FindSubmatch(b)
	if m == nil {
		return t.next.Write(b)
	}
	f := frame{file: string(m[1]), name: string(m[4])}
	f.line, _ = strconv.Atoi(string(m[2]))
	f.col, _ = strconv.Atoi(string(m[3]))
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.frames) == 0 {
		t.exact(&f)
	}
	if len(t.frames) < maxFrames {
		t.frames = append(t.frames, f)
	}
	return len(b), nil
}

// take gives the frames since the last call, innermost first.
func (t *trace) take() []frame {
	t.mu.Lock()
	defer t.mu.Unlock()
	frames := t.frames
	t.frames = nil
	return frames
}

// peek gives the frames and keeps them.
func (t *trace) peek() []frame {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.frames
}

// silence keeps what the interpreter logs just before it panics with it out of
// the terminal. The rest of the standard logger's output passes.
func silence() {
	if _, done := log.Writer().(quiet); !done {
		log.SetOutput(quiet{log.Writer()})
	}
}

type quiet struct{ io.Writer }

func (q quiet) Write(b []byte) (int, error) {
	if bytes.HasSuffix(b, []byte(" nil type\n")) || bytes.HasSuffix(b, []byte(" nil reflect type\n")) {
		return len(b), nil
	}
	return q.Writer.Write(b)
}

// innerPlace is a position as the interpreter counts them, which means nothing
// to the user.
var innerPlace = regexp.MustCompile(`^\d+:\d+: `)

// position splits "file:line:col: message" as the interpreter writes it; the
// file is missing for what was typed.
func position(text string) (file string, line, col int, msg string) {
	m := errorLine.FindStringSubmatch(text)
	if m == nil {
		return "", 0, 0, text
	}
	line, _ = strconv.Atoi(m[2])
	col, _ = strconv.Atoi(m[3])
	return m[1], line, col, m[4]
}

var errorLine = regexp.MustCompile(`(?s)^(?:(\S+?):)?(\d+):(\d+): (.*)$`)
