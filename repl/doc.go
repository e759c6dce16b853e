// Package repl evaluates Go source: what is typed at the prompt, scripts, and
// hooks.
//
// Every piece of interpreted source passes this package, and no other package
// knows the interpreter. Input is never given to it as text: it is rewritten
// from the prompt's dialect into Go (package dialect), parsed here, checked,
// instrumented, and only then compiled, one statement at a time.
//
// The instrumentation makes interpreted code a guest that can be asked to
// leave: every loop turn and function entry looks at a flag, so that an
// interrupt unwinds it like a panic does, with its deferred calls, and leaves
// its closures usable. Recursion ends at a depth of about 1000 instead of
// ending the process, and goroutines are guarded.
//
//	Interp      the interpreter behind the prompt; Run is one input
//	RunFile     a program with a package clause, in an interpreter of its own
//	HookLoader  hook scripts, each instance in an interpreter of its own
//
// The language is that of Go 1.20 with loop variables as in Go 1.22: no range
// over integers that are not constants or functions, no min, max, clear.
//
// Commands that prompt code calls do not return errors, they panic with them;
// the error comes back from Run as the Cause of an *Error.
package repl
