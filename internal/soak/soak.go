// Package soak gives long tests their counts and random ones their seed.
//
// Tests run in a short form unless BLISSH_SOAK is set, as `make soak` does.
// BLISSH_SEED repeats a run; without it each test takes a new seed, which it
// prints.
package soak

import (
	"os"
	"strconv"
	"testing"
	"time"
)

// Full reports whether the full counts are asked for.
func Full() bool { return os.Getenv("BLISSH_SOAK") != "" }

// Count is short, or full when the full counts are asked for.
func Count(short, full int) int {
	if Full() {
		return full
	}
	return short
}

// Seed is the seed of a random test; it is in the test's log.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("BLISSH_SEED"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			t.Fatalf("BLISSH_SEED=%s: a whole number expected", text)
		}
		seed = n
	}
	t.Logf("BLISSH_SEED=%d repeats this test", seed)
	return seed
}
