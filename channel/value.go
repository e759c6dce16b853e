package channel

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
)

const maxValue = 1 << 20 // bytes of JSON; measured data belong in a scan

// value is one revision, decoded once and never changed.
type value struct {
	id    string // "" before anything was published
	raw   string
	any   any
	truth bool
	float float64
	text  string
}

// none is what a shared channel holds before it has a value.
func none() *value { return newValue("", "null") }

// newValue decodes what is in the store. Text that is not JSON, which a
// redis-cli or a Python user may write, counts as a string.
func newValue(id, raw string) *value {
	v := &value{id: id, raw: raw, any: decode(raw)}
	v.truth, v.float, v.text = truth(v.any), number(v.any), raw
	if s, ok := v.any.(string); ok {
		v.text = s
	}
	return v
}

// decode reads JSON and, like Python, the numbers that JSON cannot write.
func decode(raw string) any {
	switch raw {
	case "NaN":
		return math.NaN()
	case "Infinity":
		return math.Inf(1)
	case "-Infinity":
		return math.Inf(-1)
	}
	var v any
	if json.Unmarshal([]byte(raw), &v) != nil {
		return raw
	}
	return v
}

func truth(v any) bool {
	switch v := v.(type) {
	case bool:
		return v
	case float64:
		return v != 0
	case string:
		b, err := strconv.ParseBool(strings.TrimSpace(v)) // "True", "1"
		return b && err == nil
	}
	return false
}

func number(v any) float64 {
	switch v := v.(type) {
	case bool:
		if v {
			return 1
		}
		return 0
	case float64:
		return v
	case string:
		if f, err := strconv.ParseFloat(strings.TrimSpace(v), 64); err == nil {
			return f
		}
	}
	return math.NaN()
}

// encode is the reverse of decode.
func encode(v any) (string, error) {
	switch f, isFloat := v.(float64); {
	case !isFloat:
	case math.IsNaN(f):
		return "NaN", nil
	case math.IsInf(f, 1):
		return "Infinity", nil
	case math.IsInf(f, -1):
		return "-Infinity", nil
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "", err
	}
	if b.Len() > maxValue {
		return "", fmt.Errorf("value of %d bytes; at most %d", b.Len(), maxValue)
	}
	return strings.TrimSuffix(b.String(), "\n"), nil
}

// equal compares as values, so that 1 and 1.0 are the same.
func (v *value) equal(raw string) bool {
	return v.raw == raw || reflect.DeepEqual(v.any, decode(raw))
}

// later compares stream IDs, <ms>-<seq>.
func later(a, b string) bool {
	am, as := splitID(a)
	bm, bs := splitID(b)
	return am > bm || am == bm && as > bs
}

func splitID(id string) (ms, seq uint64) {
	m, s, _ := strings.Cut(id, "-")
	ms, _ = strconv.ParseUint(m, 10, 64) // what is no number, as "", is before all
	seq, _ = strconv.ParseUint(s, 10, 64)
	return ms, seq
}
