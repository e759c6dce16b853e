package commands

import (
	"math"
	"strconv"
	"strings"

	"blissh/device"
	text "blissh/internal/screen"
)

// blocks lays out a table with a column per axis: labels in the first column,
// the rest flush right. What does not fit beside each other goes below each
// other, labels repeated.
func blocks(rows [][]string, width int) (lines []string) {
	widths := columnWidths(rows)
	for first := 1; first < len(widths); {
		end, used := first, 2+widths[0]
		for end < len(widths) && (end == first || used+2+widths[end] <= width-1) {
			used += 2 + widths[end]
			end++
		}
		if first > 1 {
			lines = append(lines, "")
		}
		lines = append(lines, block(rows, widths, first, end)...)
		first = end
	}
	return lines
}

// block is the labels and the columns from first to the one before end. A row
// that has nothing in them is left out.
func block(rows [][]string, widths []int, first, end int) (lines []string) {
	for _, r := range rows {
		line, said := "  "+padRight(r[0], widths[0]), false
		for i := first; i < end; i++ {
			line += "  " + padLeft(r[i], widths[i])
			said = said || r[i] != ""
		}
		if said {
			lines = append(lines, strings.TrimRight(line, " "))
		}
	}
	return lines
}

// columns lays out rows of words, each column as wide as it has to be, the
// third one, a number, flush right.
func columns(rows [][]string) (lines []string) {
	const number = 2
	widths := columnWidths(rows)
	for _, r := range rows {
		line := ""
		for i, cell := range r {
			pad := padRight
			if i == number {
				pad = padLeft
			}
			if widths[i] > 0 {
				line += "  " + pad(cell, widths[i])
			}
		}
		lines = append(lines, line)
	}
	return lines
}

func columnWidths(rows [][]string) []int {
	widths := make([]int, len(rows[0]))
	for _, r := range rows {
		for i, cell := range r {
			widths[i] = max(widths[i], text.Width(cell))
		}
	}
	return widths
}

func padLeft(s string, n int) string  { return strings.Repeat(" ", max(0, n-text.Width(s))) + s }
func padRight(s string, n int) string { return s + strings.Repeat(" ", max(0, n-text.Width(s))) }

// axisPosition prints a position of an axis: four decimals, and more where its
// steps are finer.
func axisPosition(a *device.MotorAxis, x float64) string {
	digits := math.Ceil(math.Log10(math.Abs(a.Config().StepsPerUnit)) - 1e-9) // -Inf without steps
	return strconv.FormatFloat(x, 'f', int(min(max(digits, 4), 9)), 64)
}

// wrap breaks a text between words into lines of at most width columns.
func wrap(words string, width int) (lines []string) {
	line := ""
	for _, word := range strings.Fields(words) {
		if line != "" && text.Width(line)+1+text.Width(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}
