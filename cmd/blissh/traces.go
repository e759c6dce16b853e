package main

import (
	"os"
	"syscall"
)

// withoutTraces keeps the stacks of the Go runtime off the screen, should it end
// the program: nobody at a beamline reads one. The runtime takes that setting
// from its environment alone, so the program begins once more, which costs some
// milliseconds. A developer sets GOTRACEBACK=all.
func withoutTraces() {
	const name, quiet = "GOTRACEBACK", "none"
	switch os.Getenv(name) {
	case "":
		os.Setenv(name, quiet)
		if path, err := os.Executable(); err == nil {
			syscall.Exec(path, os.Args, os.Environ()) // returns if it fails
		}
	}
	if os.Getenv(name) == quiet {
		os.Unsetenv(name) // it is not meant for other programs
	}
}
