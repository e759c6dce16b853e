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

	terminal "blissh/internal/screen"
)

// formatNumber prints a number as a scientist writes it: at most ten
// significant digits, so that 0.1+0.2 is 0.3.
func formatNumber(x float64) string {
	return strconv.FormatFloat(x+0, 'g', 10, 64) // -0 is 0
}

// formatShort prints a measured number with five significant digits.
func formatShort(x float64) string {
	return strconv.FormatFloat(x+0, 'g', 5, 64) // -0 is 0
}

// appendFixed appends a number with a fixed count of decimals. Where that is
// wider than the column, there are fewer; an exponent is the last resort.
func appendFixed(b []byte, x float64, decimals, width int) []byte {
	start := len(b)
	for d := decimals; d >= 0; d-- {
		b = strconv.AppendFloat(b[:start], unsigned(x, d), 'f', d, 64)
		if len(b)-start <= width {
			return b
		}
	}
	return appendExponent(b[:start], x, width)
}

// appendOpen appends a measured value: four decimals as long as they say
// something, else an exponent.
func appendOpen(b []byte, x float64, width int) []byte {
	start := len(b)
	if plain(x) {
		for d := 4; d >= 0; d-- {
			b = strconv.AppendFloat(b[:start], x, 'f', d, 64)
			if len(b)-start <= width {
				return b
			}
		}
	}
	return appendExponent(b[:start], x, width)
}

// appendAligned appends a measured value whose decimal point stands above that
// of the others, with or without an exponent.
func appendAligned(b []byte, x float64, width int, elastic bool) []byte {
	start, mantissa := len(b), width-exponentRoom
	if plain(x) {
		b = strconv.AppendFloat(b, x, 'f', 4, 64)
		if len(b)-start <= mantissa || elastic {
			b = alignRight(b, start, mantissa)
			return append(b, "    "...)
		}
	}
	b = appendExponent(b[:start], x, width)
	return alignRight(b, start, width)
}

// appendExponent appends a number with an exponent and up to four decimals.
func appendExponent(b []byte, x float64, width int) []byte {
	start := len(b)
	for d := 4; d >= 0; d-- {
		b = strconv.AppendFloat(b[:start], x, 'e', d, 64)
		if len(b)-start <= width {
			break
		}
	}
	return b
}

// plain reports whether four decimals say what a value is; there is nothing
// else to do with what is no number.
func plain(x float64) bool {
	size := math.Abs(x)
	return size == 0 || size >= 1e-3 && size < 1e8 || math.IsInf(x, 0) || math.IsNaN(x)
}

// unsigned makes 0 of what is rounded to -0.
func unsigned(x float64, decimals int) float64 {
	if x < 0 && x > -0.5*math.Pow10(-decimals) {
		return 0
	}
	return x
}

// displayWidth is the width of a text on a screen, its colours left aside.
func displayWidth(s string) int { return terminal.Width(s) }

// tail cuts a text to a width; its end stays, for names differ there.
func tail(s string, width int) string {
	if displayWidth(s) <= width {
		return s
	}
	r := []rune(s)
	for len(r) > 0 && displayWidth(string(r)) > width-1 {
		r = r[1:]
	}
	return "…" + string(r)
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

// isNumber reports whether a cell is a number.
func isNumber(cell string) bool {
	_, err := strconv.ParseFloat(cell, 64)
	return err == nil
}

// numeric reports whether a column holds numbers, its head left aside.
func numeric(rows [][]string, column int) bool {
	found := false
	for _, r := range rows {
		if column >= len(r) || r[column] == "" {
			continue
		}
		found = found || isNumber(r[column])
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
