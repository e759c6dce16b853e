package data

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Meta is something that a user keeps with all scans of a session: the
// temperature of the sample, the thickness of a filter.
type Meta struct {
	Name  string `json:"name"`
	Value any    `json:"value"` // a number, a text, true or false, or a list of numbers or of texts
	Unit  string `json:"unit"`
}

// maxMetaText is how long the text of a value or a unit may be.
const maxMetaText = 1000

// Check finds what is wrong with a name, a value or a unit.
func (m Meta) Check() error {
	switch {
	case !ValidName(m.Name):
		return fmt.Errorf("%q is no name: letters, digits, _ . and - expected, at most 64", short(m.Name))
	case len(m.Unit) > 64 || m.Unit != line(m.Unit):
		return fmt.Errorf("%s: the unit %q is more than a word", m.Name, short(m.Unit))
	}
	if err := checkMeta(m.Value); err != nil {
		return fmt.Errorf("%s: %w", m.Name, err)
	}
	if _, text := m.Value.(string); text && m.Unit != "" {
		return fmt.Errorf("%s: a text has no unit", m.Name)
	}
	return nil
}

func checkMeta(v any) error {
	switch v := v.(type) {
	case bool:
		return nil
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.New("a finite number expected")
		}
		return nil
	case string:
		if len(v) > maxMetaText {
			return fmt.Errorf("a text of %d bytes; %d at most are kept", len(v), maxMetaText)
		}
		return nil
	case []any:
		return checkMetaList(v)
	}
	return errors.New("a number, a text, true or false, or a list of numbers or of texts expected")
}

// checkMetaList wants a list of one kind.
func checkMetaList(list []any) error {
	if len(list) == 0 || len(list) > maxMetaText {
		return fmt.Errorf("a list of %d; from 1 to %d values are kept", len(list), maxMetaText)
	}
	for _, x := range list {
		_, number := x.(float64)
		_, text := x.(string)
		if fmt.Sprintf("%T", x) != fmt.Sprintf("%T", list[0]) || !number && !text {
			return errors.New("a list of numbers, or of texts, expected")
		}
		if err := checkMeta(x); err != nil {
			return err
		}
	}
	return nil
}

// String is the entry in a line: "temperature = 12.5 K".
func (m Meta) String() string { return m.Name + " = " + m.Text() }

// Text is the value with its unit, in one line.
func (m Meta) Text() string {
	return strings.TrimSpace(metaText(m.Value) + " " + m.Unit)
}

func metaText(v any) string {
	switch v := v.(type) {
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case string:
		return strings.Join(strings.Fields(v), " ")
	case []any:
		var words []string
		for _, x := range v {
			words = append(words, metaText(x))
		}
		return "[" + strings.Join(words, ", ") + "]"
	}
	b, _ := json.Marshal(v) // what others may have written into a store
	return string(b)
}
