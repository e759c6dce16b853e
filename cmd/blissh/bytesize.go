package main

import (
	"fmt"
	"strconv"
	"strings"
)

// byteSize is the value of a flag: a number of bytes with a unit.
type byteSize int64

var byteUnits = []struct {
	name  string
	bytes float64
}{{"TB", 1e12}, {"GB", 1e9}, {"MB", 1e6}, {"kB", 1e3}, {"B", 1}}

func (b *byteSize) String() string {
	for _, u := range byteUnits {
		if float64(*b) >= u.bytes {
			return strconv.FormatFloat(float64(*b)/u.bytes, 'g', 4, 64) + u.name
		}
	}
	return "0"
}

func (b *byteSize) Type() string { return "SIZE" }

func (b *byteSize) Set(text string) error {
	for _, u := range byteUnits {
		number, ok := strings.CutSuffix(text, u.name)
		if !ok {
			continue
		}
		n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil || !(n*u.bytes >= 1e6 && n*u.bytes <= 1e15) { // nor not a number
			break
		}
		*b = byteSize(n * u.bytes)
		return nil
	}
	return fmt.Errorf("%q: a size of 1MB or more expected, as 500MB or 2GB", text)
}
