//go:build !linux

package main

import "os"

// hideControls does nothing here: a terminal may write ^C into the table of a
// scan.
func hideControls(*os.File) (restore func()) { return func() {} }

// dropTyped does nothing: the terminal does it.
func dropTyped(*os.File) {}
