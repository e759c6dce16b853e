//go:build !linux

package main

import "os"

// hideControls does nothing here: a terminal may write ^C into the table of a
// scan.
func hideControls(*os.File) (restore func()) { return func() {} }

// hasReader says no: it is asked when the kernel has said so, if perhaps of
// another file.
func hasReader(*os.File) bool { return false }

// dropTyped does nothing: the terminal does it.
func dropTyped(*os.File) {}
