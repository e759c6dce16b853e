package repl

import (
	"errors"
	"fmt"
	"io"
	"strings"
)

// Prompt reads inputs, numbers them and has each one run.
type Prompt struct {
	Label  string // "DEMO_SESSION"
	Reader LineReader
	// Run runs one input.
	Run func(src string) error
	// Fail is told of each input that failed, with the number of its first
	// line. What it returns ends the prompt, unless it is nil.
	Fail func(line int, err error) error

	number int // of the input that is being typed or run, from 1
	line   int // lines read so far
}

// Number is that of the current input.
func (p *Prompt) Number() int { return p.number }

// Loop reads and runs inputs until the reader has no more lines, or until Fail
// says so.
func (p *Prompt) Loop() error {
	for p.number = 1; ; p.number++ {
		src, first, err := p.input()
		if errors.Is(err, io.EOF) && src == "" {
			return nil
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		if err := p.Run(src); err != nil {
			if err := p.Fail(first, err); err != nil {
				return err
			}
		}
	}
}

// input reads one input, which may have several lines: it goes on while the
// text is incomplete, and an empty line ends it. An editor gives all of them at
// once. Blank inputs are passed over.
func (p *Prompt) input() (src string, first int, err error) {
	label := fmt.Sprintf("%s [%d]: ", p.Label, p.number)
	more := Continuation(label)
	var lines []string
	for {
		prompt := label
		if len(lines) > 0 {
			prompt = more
		}
		text, err := p.Reader.ReadLine(prompt)
		switch {
		case errors.Is(err, ErrCleared):
			lines = nil
			continue
		case err != nil:
			return strings.Join(lines, "\n"), first, err
		}
		begin := p.line + 1
		p.line = begin + strings.Count(text, "\n")
		if len(lines) == 0 {
			if strings.TrimSpace(text) == "" {
				continue
			}
			first = begin
		}
		lines = append(lines, text)
		src := strings.Join(lines, "\n")
		if blankEnd(src) || !Incomplete(src) {
			return src, first, nil
		}
	}
}

// blankEnd reports whether the last line of an input is an empty one.
func blankEnd(src string) bool {
	return strings.TrimSpace(src[strings.LastIndexByte(src, '\n')+1:]) == ""
}

// Continuation is the prompt of further lines, as wide as that of the first one.
func Continuation(label string) string {
	return strings.Repeat(" ", max(0, len(label)-5)) + "...: "
}
