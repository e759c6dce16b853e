// Package nearest finds the known name that a mistyped one probably meant.
package nearest

import (
	"strings"
	"unicode/utf8"
)

// Name returns the known name with the fewest single-letter edits from word,
// or "" when none is close: at most one edit in three letters, three at most, and one letter stays;
// one that differs in case only is the nearest.
// Of several at the same distance the first one wins.
func Name(word string, known []string) string {
	for _, k := range known {
		if k != word && strings.EqualFold(k, word) {
			return k
		}
	}
	letters := utf8.RuneCountInString(word)
	best, limit := "", min(3, (letters+2)/3, letters-1)
	for _, k := range known {
		if k == word {
			continue
		}
		if d := Distance(word, k); d <= limit {
			best, limit = k, d-1
		}
	}
	return best
}

// Hint is "; did you mean NAME?" for the nearest known name, or "".
func Hint(word string, known []string) string {
	if n := Name(word, known); n != "" {
		return "; did you mean " + n + "?"
	}
	return ""
}

// Distance counts the letters to insert, delete, replace or swap with their
// neighbour to turn a into b (restricted Damerau-Levenshtein distance).
func Distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	before, last := make([]int, len(t)+1), make([]int, len(t)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(s); i++ {
		row := make([]int, len(t)+1)
		row[0] = i
		for j := 1; j <= len(t); j++ {
			cost := 1
			if s[i-1] == t[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && s[i-1] == t[j-2] && s[i-2] == t[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(t)]
}
