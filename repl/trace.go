package repl

import (
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"sync"
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

	mu     sync.Mutex
	frames []frame
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

// plainPanic says in one line what a panic value means to the user.
func plainPanic(v any) string {
	text := fmt.Sprint(v)
	if err, ok := v.(error); ok {
		text = err.Error()
	}
	text = strings.TrimPrefix(text, "runtime error: ")
	text = strings.TrimPrefix(text, "reflect: ")
	if strings.HasPrefix(text, "call of reflect.Value.") && strings.HasSuffix(text, "on zero Value") {
		return "nil pointer dereference"
	}
	text, _, _ = strings.Cut(text, "\n")
	return text
}

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
