package commands

import (
	"fmt"
	"io"
	"math"
	"sort"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// formatNumber prints a number as a scientist writes it: at most ten
// significant digits, so that 0.1+0.2 is 0.3.
func formatNumber(x float64) string { return strconv.FormatFloat(x, 'g', 10, 64) }

// formatShort prints a measured number with five significant digits.
func formatShort(x float64) string { return strconv.FormatFloat(x, 'g', 5, 64) }

// appendValue appends a measured value for a table column: four decimals as
// long as they say something, else an exponent.
func appendValue(b []byte, x float64) []byte {
	if size := math.Abs(x); size != 0 && (size < 1e-3 || size >= 1e8) && !math.IsInf(x, 0) {
		return strconv.AppendFloat(b, x, 'e', 4, 64)
	}
	return strconv.AppendFloat(b, x, 'f', 4, 64)
}

// label is the head of a column: name and unit.
func label(name, unit string) string {
	if unit == "" {
		return name
	}
	return name + "[" + unit + "]"
}

// hms prints a duration as h:mm:ss, rounded up to a second.
func hms(d time.Duration) string {
	s := int(math.Ceil(d.Seconds()))
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// printTable prints rows in columns: the first one flush left, numbers flush
// right, other words flush left.
func printTable(w io.Writer, rows [][]string) {
	var widths []int
	for _, r := range rows {
		for i, cell := range r {
			if i == len(widths) {
				widths = append(widths, 0)
			}
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for _, r := range rows {
		var line strings.Builder
		for i, cell := range r {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(cell))
			if numeric(rows, i) {
				line.WriteString("  " + pad + cell)
			} else {
				line.WriteString("  " + cell + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	io.WriteString(w, b.String())
}

// numeric reports whether a column holds numbers, its head left aside.
func numeric(rows [][]string, column int) bool {
	found := false
	for _, r := range rows {
		if column >= len(r) || r[column] == "" {
			continue
		}
		if _, err := strconv.ParseFloat(r[column], 64); err == nil {
			found = true
		}
	}
	return found
}

// keys are the names of a map, sorted.
func keys[V any](m map[string]V) []string {
	var list []string
	for k := range m {
		list = append(list, k)
	}
	sort.Strings(list)
	return list
}
