package main

import (
	"reflect"

	"blissh/commands"
	"blissh/repl"
)

// guide tells the prompt what the names of the session mean.
func guide(sh *commands.Shell) repl.Guide {
	return repl.Guide{
		Describe: sh.Describe,
		Usage:    sh.Usage,
		Member:   sh.Member,
		Options: func(command string) (list []repl.Completion) {
			for _, name := range sh.OptionsOf(command) {
				list = append(list, repl.Completion{Text: name, Description: commands.OptionHelp(name)})
			}
			return list
		},
	}
}

// Declared lists what the user has declared.
func (h *host) Declared() (list []commands.Declared) {
	for _, n := range h.interp.Declared() {
		list = append(list, commands.Declared(n))
	}
	return list
}

func (h *host) Value(name string) (any, bool)               { return h.interp.Value(name) }
func (h *host) Define(names map[string]reflect.Value) error { return h.interp.Define(names) }
func (h *host) Protect(name string) (back bool, err error)  { return h.interp.Protect(name) }
func (h *host) Unprotect(name string) error                 { return h.interp.Unprotect(name) }
