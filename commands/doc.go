// Package commands is what a user types: ascan, ct, mv, wa and the objects they
// take and return.
//
// One table (Table) feeds the prompt, help and the manual. A command is a method
// of [Shell] with arguments of type any, which it checks and converts itself, so
// that a mistake is answered in the user's words: which argument, what was
// expected, what was given. A command that fails panics with an [*Error], which
// the interpreter host turns into one line; the methods of the objects at the
// prompt (Axis, Counter, Scan) do the same, for interpreted code at a prompt has
// no patience for error returns.
package commands
