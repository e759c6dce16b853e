//go:build !race

package soak

// Race reports whether the race detector is on, which makes a program too slow
// for what is counted in milliseconds.
const Race = false
