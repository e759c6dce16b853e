package repl

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// panicError says what a panic of the user's code, or of a command that it
// called, means.
func (in *Interp) panicError(u *unit, p *panicked) error {
	cause, ok := p.value.(error)
	if cause == in.engine().guard.reason() && cause != nil && u.file == "" {
		return cause
	}
	if !ok {
		cause = p
	}
	e := &Error{Msg: plainPanic(p.value), File: u.file, Cause: cause}
	e.Line, e.Col = u.typed(0)
	if file, line, col := in.innermost(p); file != "" {
		e.File, e.Line, e.Col = file, line, col
	}
	for _, f := range p.frames {
		e.Frames = append(e.Frames, in.frameText(f))
	}
	e.nest()
	return e
}

// innermost is where in a loaded file a panic has happened; no file when it was
// in what was typed.
func (in *Interp) innermost(p *panicked) (file string, line, col int) {
	if len(p.frames) == 0 {
		return "", 0, 0
	}
	f := p.frames[0]
	if u := in.units.find(f.line); f.file == "" && u != nil {
		line, col = u.place(f.line, f.col)
		return u.file, line, col
	}
	return "", 0, 0
}

// placeOf is where a goroutine has failed, if in a file.
func (in *Interp) placeOf(f frame) string {
	if file, line, col := in.innermost(&panicked{frames: []frame{f}}); file != "" {
		return fmt.Sprintf("%s:%d:%d: ", file, line, col)
	}
	return ""
}

// nest gives an error that came out of a file which was loaded the position
// there, and the frames of both, innermost first.
func (e *Error) nest() {
	var inner *Error
	if !errors.As(e.Cause, &inner) || inner.File == "" || inner.Line == 0 {
		return
	}
	frames := slices.Clone(inner.Frames)
	if len(frames) == 0 {
		frames = []string{inner.place()}
	}
	if frames = append(frames, e.Frames...); len(e.Frames) == 0 && e.File != "" {
		frames = append(frames, e.place())
	}
	e.Frames = frames
	if e.Msg == inner.Error() { // else the message names the place among other things
		e.Msg, e.File, e.Line, e.Col = inner.Msg, inner.File, inner.Line, inner.Col
	}
}

// place is the error's position as a frame.
func (e *Error) place() string {
	return fmt.Sprintf("%s:%d:%d", e.File, e.Line, e.Col)
}

func (in *Interp) frameText(f frame) string {
	file, line, col := f.file, f.line, f.col
	if u := in.units.find(f.line); file == "" && u != nil {
		line, col = u.place(f.line, f.col)
		file = u.file
	}
	if file == "" {
		return fmt.Sprintf("line %d, column %d%s", line, col, cmp.Or(plainFunction(f.name), " of what was typed"))
	}
	return fmt.Sprintf("%s:%d:%d%s", file, line, col, plainFunction(f.name))
}

// plainFunction names the function of a frame, if there is one around it.
func plainFunction(name string) string {
	name = strings.TrimPrefix(name, "main.")
	if name == "" || name == "main" {
		return ""
	}
	return ": in " + name
}

// plainCompile rewords messages of the interpreter that only mean something
// to its authors.
func plainCompile(msg string) string {
	if m := noSource.FindStringSubmatch(msg); m != nil {
		return fmt.Sprintf("there is no package %s for interpreted code", m[1])
	}
	if strings.Contains(msg, "nil type") {
		return "not supported by the interpreter (Go 1.20): range over an integer or a function, or a value without type"
	}
	if strings.Contains(msg, "use of untyped nil") {
		return "nil alone has no type: declare the variable first, for example var x any"
	}
	msg, _, _ = strings.Cut(msg, "\n")
	msg = innerPlace.ReplaceAllString(msg, "")
	if strings.HasPrefix(msg, "CFG post-order panic") {
		return "not supported by the interpreter (Go 1.20)"
	}
	return msg
}

var noSource = regexp.MustCompile(`import "([^"]*)" error: unable to find source`)
