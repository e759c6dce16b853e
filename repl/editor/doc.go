// Package editor reads inputs from a terminal while a user edits them.
//
// It stands on github.com/c-bata/go-prompt: the text being typed is its Buffer,
// the choice among completions its CompletionManager, and keys are recognized by
// its table. Reading the terminal, drawing and the loop are this package's own:
// the library's loop polls and leaves the terminal raw while a command runs, and
// it draws one line only (docs/decisions/0009-line-editor.md).
//
// Everything happens in the goroutine that calls ReadLine. Others leave what
// they want in a mailbox and wake it up.
package editor
