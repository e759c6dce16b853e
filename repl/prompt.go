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
	Out    io.Writer
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
// text is incomplete, and an empty line ends it. Blank inputs are passed over.
func (p *Prompt) input() (src string, first int, err error) {
	label := fmt.Sprintf("%s [%d]: ", p.Label, p.number)
	more := strings.Repeat(" ", max(0, len(label)-5)) + "...: "
	var lines []string
	for {
		prompt := label
		if len(lines) > 0 {
			prompt = more
		}
		text, err := p.Reader.ReadLine(prompt)
		switch {
		case errors.Is(err, ErrCleared):
			fmt.Fprintln(p.Out)
			lines = nil
			continue
		case err != nil:
			return strings.Join(lines, "\n"), first, err
		}
		p.line++
		blank := strings.TrimSpace(text) == ""
		if len(lines) == 0 {
			if blank {
				continue
			}
			first = p.line
		}
		lines = append(lines, text)
		src := strings.Join(lines, "\n")
		if !Incomplete(src) || blank {
			return src, first, nil
		}
	}
}
