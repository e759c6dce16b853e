package hdf5

import (
	"fmt"
	"math"
)

// Classes of types, as the format numbers them.
const (
	classInt   = 0
	classFloat = 1
	classText  = 3
	classVLen  = 9
	lastClass  = 10
)

// Type is the type of one element.
type Type struct {
	class  int
	size   int // bytes
	signed bool
}

// Int is a little-endian whole number of 1, 2, 4 or 8 bytes.
func Int(bytes int, signed bool) Type { return Type{classInt, bytes, signed} }

// Float is a little-endian IEEE 754 number of 4 or 8 bytes.
func Float(bytes int) Type { return Type{class: classFloat, size: bytes} }

// Text is UTF-8 text of any length.
func Text() Type { return Type{class: classVLen, size: 16} }

// FixedText is UTF-8 text of at most n bytes, filled up with zeros.
func FixedText(n int) Type { return Type{class: classText, size: max(n, 1)} }

// TypeOf is the type of a numpy dtype: "<f8", "<u2", "|u1", ...
func TypeOf(dtype string) (Type, error) {
	if len(dtype) == 3 && (dtype[0] == '<' || dtype[0] == '|') {
		size := int(dtype[2] - '0')
		switch {
		case dtype[1] == 'f' && (size == 4 || size == 8):
			return Float(size), nil
		case (dtype[1] == 'i' || dtype[1] == 'u') && (size == 1 || size == 2 || size == 4 || size == 8):
			return Int(size, dtype[1] == 'i'), nil
		}
	}
	return Type{}, fmt.Errorf("dtype %q: f4, f8, i1 ... i8 or u1 ... u8 expected", dtype)
}

// Size is the number of bytes of one element in a data set.
func (t Type) Size() int { return t.size }

// DType is the numpy name of a number's type, "text" of text.
func (t Type) DType() string {
	switch {
	case t.class == classFloat:
		return fmt.Sprintf("<f%d", t.size)
	case t.class == classInt && t.signed:
		return fmt.Sprintf("<i%d", t.size)
	case t.class == classInt:
		return fmt.Sprintf("<u%d", t.size)
	}
	return "text"
}

const utf8Set = 1 // the character set

// message is the datatype message.
func (t Type) message() []byte {
	switch t.class {
	case classFloat:
		return t.floatMessage()
	case classText:
		return join([]byte{0x10 | classText, utf8Set<<4 | 1, 0, 0}, u32(t.size))
	case classVLen:
		return join([]byte{0x10 | classVLen, 1, utf8Set, 0}, u32(t.size), Int(1, false).message())
	}
	var bits byte
	if t.signed {
		bits = 8
	}
	return join([]byte{0x10 | classInt, bits, 0, 0}, u32(t.size), u16(0), u16(8*t.size))
}

func (t Type) floatMessage() []byte {
	exponent, mantissa, bias := 11, 52, 1023
	if t.size == 4 {
		exponent, mantissa, bias = 8, 23, 127
	}
	return join([]byte{0x10 | classFloat, 0x20, byte(8*t.size - 1), 0}, u32(t.size), u16(0), u16(8*t.size),
		[]byte{byte(mantissa), byte(exponent), 0, byte(mantissa)}, u32(bias))
}

// parseType reads a datatype message.
func parseType(b []byte) (Type, error) {
	c := cursor{b: b}
	head := c.u8()
	version, class := head>>4, head&15
	bits, _, _ := c.u8(), c.u8(), c.u8()
	t := Type{class: class, size: c.u32()}
	if c.short || t.size < 1 || version < 1 || version > 3 || class > lastClass {
		return t, fmt.Errorf("%w: a type is not understood", ErrDamaged)
	}
	switch {
	case class == classInt && bits&1 == 0 && t.size <= 8:
		t.signed = bits&8 != 0
		return t, nil
	case class == classFloat && bits&1 == 0 && (t.size == 4 || t.size == 8), class == classText, class == classVLen && bits&15 == 1 && t.size == 16:
		return t, nil
	}
	return t, fmt.Errorf("%w: type of class %d", ErrForeign, class)
}

// value is something that an attribute or a data set holds: its form, and its
// elements, which are numbers or text.
type value struct {
	kind  Type
	shape []int // nil: a scalar
	data  []byte
	text  []string
}

// valueOf turns a Go value into one.
func valueOf(v any) (value, error) {
	switch v := v.(type) {
	case string:
		return value{kind: Text(), text: []string{v}}, nil
	case []string:
		return value{kind: Text(), shape: []int{len(v)}, text: v}, nil
	case float64:
		return value{kind: Float(8), data: floats(v)}, nil
	case []float64:
		return value{kind: Float(8), shape: []int{len(v)}, data: floats(v...)}, nil
	case int:
		return value{kind: Int(8, true), data: u64(int64(v))}, nil
	case []int:
		var b []byte
		for _, x := range v {
			b = append(b, u64(int64(x))...)
		}
		return value{kind: Int(8, true), shape: []int{len(v)}, data: b}, nil
	}
	return value{}, fmt.Errorf("a %T cannot be written; text, numbers and lists of them can", v)
}

func floats(list ...float64) []byte {
	var b []byte
	for _, x := range list {
		b = le.AppendUint64(b, math.Float64bits(x))
	}
	return b
}
