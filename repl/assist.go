package repl

// Assist helps while an input is typed. Its methods are asked at every key: they
// never touch hardware, never evaluate anything, and answer within
// milliseconds.
type Assist interface {
	// Complete gives the ways to go on with the word that ends at the cursor, a
	// byte offset in text; from is where that word begins. text is the whole
	// input so far, earlier lines of it included.
	Complete(text string, cursor int) (from int, list []Completion)
	// Hint is one line about the call that the cursor is in, such as the usage
	// of a command with the argument that is due marked by «»; "" for none.
	Hint(text string, cursor int) string
}

// Completion is one way to go on.
type Completion struct {
	Text        string // that stands in place of the word
	Description string // one line
}
