package hdf5

import "encoding/binary"

var le = binary.LittleEndian

func u16(v int) []byte { return le.AppendUint16(nil, uint16(v)) }
func u32(v int) []byte { return le.AppendUint32(nil, uint32(v)) }
func u64(v int64) []byte {
	return le.AppendUint64(nil, uint64(v))
}

func join(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, p...)
	}
	return b
}

// padded fills b with zeros to a multiple of eight bytes.
func padded(b []byte) []byte { return append(b, make([]byte, pad(int64(len(b)))-int64(len(b)))...) }

// pad is the next multiple of eight.
func pad(n int64) int64 { return (n + 7) &^ 7 }

// cursor takes a message apart; it remembers when there was too little.
type cursor struct {
	b     []byte
	short bool
}

func (c *cursor) take(n int) []byte {
	if n < 0 || n > len(c.b) {
		c.short = true
		return make([]byte, min(max(n, 0), 8))
	}
	b := c.b[:n]
	c.b = c.b[n:]
	return b
}

func (c *cursor) u8() int    { return int(c.take(1)[0]) }
func (c *cursor) u16() int   { return int(le.Uint16(c.take(2))) }
func (c *cursor) u32() int   { return int(le.Uint32(c.take(4))) }
func (c *cursor) u64() int64 { return int64(le.Uint64(c.take(8))) }
func (c *cursor) skip(n int) { c.take(n) }

// cString is b up to the first zero.
func cString(b []byte) string {
	for i, x := range b {
		if x == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
