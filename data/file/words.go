package file

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"

	"blissh/data"
)

// A number in a text file is a word. Whole numbers are written and read in full:
// none passes through a number that is not whole, which has 53 bits.

// value is value k of a scalar data channel as text: whole numbers in full, others,
// and those that are not there, as float writes them.
func (c *Column) value(dtype string, k int, float func(float64) string) string {
	if c.Bytes == nil {
		return float(math.NaN())
	}
	return word(dtype, c.Bytes[k*data.ItemSize(dtype):], float)
}

// word is the first value in b as text.
func word(dtype string, b []byte, float func(float64) string) string {
	if dtype[1] != 'f' {
		return data.Text(dtype, b)
	}
	var one [1]float64
	v, _ := data.Decode(one[:0], dtype, b[:data.ItemSize(dtype)])
	return float(v[0])
}

// real reads a number; 1e999 is infinite.
func real(w string, bits int) (float64, error) {
	v, err := strconv.ParseFloat(w, bits)
	if err != nil && !errors.Is(err, strconv.ErrRange) {
		return v, fmt.Errorf("%q is no number", w)
	}
	return v, nil
}

// appendWord adds the number that a word says to b, in the form of dtype. A whole
// number never passes through one that is not.
func appendWord(b []byte, dtype, w string) ([]byte, error) {
	size := data.ItemSize(dtype)
	if size == 0 {
		return b, fmt.Errorf("unknown dtype %q", dtype)
	}
	u, err := uint64(0), error(nil)
	switch dtype[1] {
	case 'u':
		u, err = strconv.ParseUint(w, 10, 8*size)
	case 'i':
		var i int64
		i, err = strconv.ParseInt(w, 10, 8*size)
		u = uint64(i)
	default:
		err = strconv.ErrSyntax
	}
	switch {
	case err == nil:
		return append(b, binary.LittleEndian.AppendUint64(nil, u)[:size]...), nil
	case errors.Is(err, strconv.ErrRange):
		return b, fmt.Errorf("%s is out of the range of %s", w, dtype)
	}
	v, err := real(w, 8*size)
	if err != nil {
		return b, err
	}
	return data.Append(b, dtype, v), nil
}
