package data

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// A dtype is numpy's name of a number's binary form. Those that blissh knows
// are little-endian: "<f8" "<f4", "<i8" "<i4" "<i2" "|i1", "<u8" "<u4" "<u2"
// "|u1"; "<i1" and "<u1" are accepted for the last of each.

// ItemSize is the number of bytes of one value, or 0 for an unknown dtype.
func ItemSize(dtype string) int {
	if len(dtype) != 3 || dtype[0] != '<' && (dtype[0] != '|' || dtype[2] != '1') {
		return 0
	}
	switch dtype[1:] {
	case "i1", "u1":
		return 1
	case "i2", "u2":
		return 2
	case "i4", "u4", "f4":
		return 4
	case "i8", "u8", "f8":
		return 8
	}
	return 0
}

// PointSize is the number of bytes of one point of the data channel, or 0 if
// its dtype is unknown, its shape empty, or the number larger than any memory.
func (c Channel) PointSize() int {
	size := ItemSize(c.DType)
	for _, n := range c.Shape {
		if n <= 0 || size > math.MaxInt/n {
			return 0
		}
		size *= n
	}
	return size
}

// Append adds v to b in the form of dtype. Whole numbers are rounded to the
// nearest and kept within their range; NaN becomes 0 there. The dtype must be
// one that ItemSize knows.
func Append(b []byte, dtype string, v float64) []byte {
	le := binary.LittleEndian
	switch dtype[1:] {
	case "f8":
		return le.AppendUint64(b, math.Float64bits(v))
	case "f4":
		return le.AppendUint32(b, math.Float32bits(float32(v)))
	case "i8":
		return le.AppendUint64(b, uint64(whole(v, 63)))
	case "i4":
		return le.AppendUint32(b, uint32(whole(v, 31)))
	case "i2":
		return le.AppendUint16(b, uint16(whole(v, 15)))
	case "i1":
		return append(b, byte(whole(v, 7)))
	case "u8":
		return le.AppendUint64(b, natural(v, 64))
	case "u4":
		return le.AppendUint32(b, uint32(natural(v, 32)))
	case "u2":
		return le.AppendUint16(b, uint16(natural(v, 16)))
	case "u1":
		return append(b, byte(natural(v, 8)))
	}
	panic("data: unknown dtype " + dtype)
}

// whole rounds v into -2^bits ... 2^bits-1.
func whole(v float64, bits int) int64 {
	limit := math.Ldexp(1, bits)
	switch v = math.RoundToEven(v); {
	case math.IsNaN(v):
		return 0
	case v < -limit:
		return -1 << bits
	case v >= limit:
		return 1<<bits - 1
	}
	return int64(v)
}

// natural rounds v into 0 ... 2^bits-1.
func natural(v float64, bits int) uint64 {
	switch v = math.RoundToEven(v); {
	case math.IsNaN(v), v < 0:
		return 0
	case v >= math.Ldexp(1, bits):
		return 1<<bits - 1
	}
	return uint64(v)
}

// Decode adds the values in b, which has the form of dtype, to dst.
func Decode(dst []float64, dtype string, b []byte) ([]float64, error) {
	size := ItemSize(dtype)
	if size == 0 {
		return dst, fmt.Errorf("unknown dtype %q", dtype)
	}
	if len(b)%size != 0 {
		return dst, fmt.Errorf("%d bytes are no whole number of %s values", len(b), dtype)
	}
	for ; len(b) > 0; b = b[size:] {
		dst = append(dst, first(dtype, b))
	}
	return dst, nil
}

// first is the value at the beginning of b.
func first(dtype string, b []byte) float64 {
	le := binary.LittleEndian
	switch dtype[1:] {
	case "f4":
		return float64(math.Float32frombits(le.Uint32(b)))
	case "i8":
		return float64(int64(le.Uint64(b)))
	case "i4":
		return float64(int32(le.Uint32(b)))
	case "i2":
		return float64(int16(le.Uint16(b)))
	case "i1":
		return float64(int8(b[0]))
	case "u8":
		return float64(le.Uint64(b))
	case "u4":
		return float64(le.Uint32(b))
	case "u2":
		return float64(le.Uint16(b))
	case "u1":
		return float64(b[0])
	}
	return math.Float64frombits(le.Uint64(b))
}

// Text is the first value in b as the shortest decimal number that reads back as
// the same one; whole numbers in full. NaN, Inf and -Inf are themselves.
func Text(dtype string, b []byte) string {
	le := binary.LittleEndian
	switch dtype[1:] {
	case "i8":
		return strconv.FormatInt(int64(le.Uint64(b)), 10)
	case "u8":
		return strconv.FormatUint(le.Uint64(b), 10)
	case "f8":
		return shortest(first(dtype, b), 64)
	case "f4":
		return shortest(first(dtype, b), 32)
	}
	return strconv.FormatInt(int64(first(dtype, b)), 10)
}

// shortest has no exponent where people would not write one.
func shortest(v float64, bits int) string {
	if size := math.Abs(v); size != 0 && (size < 1e-5 || size >= 1e15) {
		return strings.TrimPrefix(strconv.FormatFloat(v, 'e', -1, bits), "+")
	}
	return strconv.FormatFloat(v, 'f', -1, bits)
}

// Floats converts the array's values, in row-major order.
func (a Array) Floats() ([]float64, error) { return Decode(nil, a.DType, a.Bytes) }

// Rows are the values of an image, row by row; a spectrum is one row.
func (a Array) Rows() ([][]float64, error) {
	values, err := a.Floats()
	if err != nil {
		return nil, err
	}
	size := Channel{DType: a.DType, Shape: a.Shape}.PointSize()
	if dimensions := len(a.Shape); dimensions != 1 && dimensions != 2 || size == 0 || size != len(a.Bytes) {
		return nil, fmt.Errorf("%d bytes of %s are no spectrum or image of shape %v", len(a.Bytes), a.DType, a.Shape)
	}
	width := a.Shape[len(a.Shape)-1]
	var rows [][]float64
	for ; len(values) > 0; values = values[width:] {
		rows = append(rows, values[:width:width])
	}
	return rows, nil
}
