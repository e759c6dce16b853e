package hdf5

import (
	"fmt"
)

// Kinds of messages in an object header.
const (
	msgNil          = 0x00
	msgSpace        = 0x01
	msgLinkInfo     = 0x02
	msgType         = 0x03
	msgFill         = 0x05
	msgLink         = 0x06
	msgLayout       = 0x08
	msgGroupInfo    = 0x0A
	msgFilters      = 0x0B
	msgAttribute    = 0x0C
	msgComment      = 0x0D
	msgContinuation = 0x10
	msgSymbolTable  = 0x11
	msgTime         = 0x12
)

const (
	prefixSize  = 16       // of an object header
	messageHead = 8        // kind, size, flags
	maxMessage  = 65528    // bytes of a message's body
	contSize    = 8 + 16   // a whole continuation message
	maxHeader   = 64 << 20 // bytes of all messages of an object that are read
)

// message is one message of an object header.
type message struct {
	kind  int
	flags byte
	body  []byte
	at    int64 // address of its head, in a file that was read
}

func (m message) size() int64 { return messageHead + pad(int64(len(m.body))) }

func (m message) head() []byte {
	return join(u16(m.kind), u16(int(pad(int64(len(m.body))))), []byte{m.flags, 0, 0, 0})
}

func (m message) encode() []byte { return padded(append(m.head(), m.body...)) }

// free is a message of n bytes, its head included, that says nothing.
func free(n int64) message { return message{kind: msgNil, body: make([]byte, n-messageHead)} }

// header makes an object header with room for later messages; elsewhere is the
// number of messages in other places that it continues to.
func header(list []message, refs, elsewhere int, room int64) ([]byte, error) {
	var body []byte
	for _, m := range list {
		if len(m.body) > maxMessage {
			return nil, fmt.Errorf("%d bytes are too long for an attribute or a name, %d fit", len(m.body), maxMessage)
		}
		body = append(body, m.encode()...)
	}
	n := len(list) + elsewhere
	for ; room >= messageHead; n++ {
		m := free(min(pad(room), maxMessage))
		body = append(body, m.encode()...)
		room -= m.size()
	}
	return join([]byte{1, 0}, u16(n), u32(refs), u32(len(body)), u32(0), body), nil
}

// parsed is an object header as it is in the file.
type parsed struct {
	addr     int64
	count    int // of messages, to be written in the header
	refs     int
	messages []message
	parts    [][2]int64 // where they are: address and size
}

// covers reports whether a write of n bytes changes the header.
func (p *parsed) covers(at, n int64) bool {
	for _, part := range p.parts {
		if at < part[0]+part[1] && part[0] < at+n {
			return true
		}
	}
	return at < p.addr+prefixSize && p.addr < at+n
}

// readHeader reads all messages of an object.
func (f *File) readHeader(addr int64) (*parsed, error) {
	b, err := f.read(addr, prefixSize)
	if err != nil {
		return nil, err
	}
	if b[0] != 1 {
		if string(b[:4]) == "OHDR" {
			return nil, fmt.Errorf("%w: the object at byte %d has a header of a newer version", ErrForeign, addr)
		}
		return nil, fmt.Errorf("%w: at byte %d an object is expected", ErrDamaged, addr)
	}
	p := &parsed{addr: addr, refs: int(le.Uint32(b[4:]))}
	chunks := [][2]int64{{addr + prefixSize, int64(le.Uint32(b[8:]))}}
	for total := int64(0); len(chunks) > 0; chunks = chunks[1:] {
		if total += chunks[0][1]; total > maxHeader {
			return nil, fmt.Errorf("%w: the header at byte %d has no end", ErrDamaged, addr)
		}
		list, err := f.readMessages(chunks[0][0], chunks[0][1])
		if err != nil {
			return nil, err
		}
		for _, m := range list {
			if m.kind == msgContinuation && len(m.body) >= 16 {
				chunks = append(chunks, [2]int64{int64(le.Uint64(m.body)), int64(le.Uint64(m.body[8:]))})
			}
		}
		p.messages = append(p.messages, list...)
		p.parts = append(p.parts, chunks[0])
	}
	p.count = len(p.messages) // after a kill it may be one more than the header says
	return p, nil
}

func (f *File) readMessages(at, size int64) (list []message, err error) {
	if size < 0 || size > maxHeader {
		return nil, fmt.Errorf("%w: at byte %d a header of %d bytes", ErrDamaged, at, size)
	}
	b, err := f.read(at, size)
	if err != nil {
		return nil, err
	}
	for len(b) >= messageHead {
		n := int(le.Uint16(b[2:]))
		if n > len(b)-messageHead {
			return nil, fmt.Errorf("%w: the header message at byte %d is cut off", ErrDamaged, at)
		}
		list = append(list, message{int(le.Uint16(b)), b[4], b[messageHead : messageHead+n], at})
		b, at = b[messageHead+n:], at+messageHead+int64(n)
	}
	return list, nil
}

// first finds the first message of a kind.
func (p *parsed) first(kind int) (message, bool) {
	for _, m := range p.messages {
		if m.kind == kind {
			return m, true
		}
	}
	return message{}, false
}

// extend adds a message to an object in the file: into free room, else into a
// new place to which the header continues. It reports false if there is no room
// even for saying where that is.
func (f *File) extend(p *parsed, m message) (bool, error) {
	for _, room := range p.messages {
		n := room.size() - m.size() // what is left
		if room.kind == msgNil && n >= contSize {
			return true, f.replace(p, room, m)
		}
	}
	for _, room := range p.messages {
		if room.kind == msgNil && room.size() >= contSize {
			size := max(4096, 2*m.size())
			at := f.alloc(size)
			block := append(m.encode(), free(size-m.size()).encode()...)
			if err := f.write(at, block); err != nil {
				return true, err
			}
			if err := f.Sync(); err != nil { // else a loss of power may leave a way to nothing
				return true, err
			}
			p.count += 2
			return true, f.replace(p, room, message{kind: msgContinuation, body: join(u64(at), u64(size))})
		}
	}
	return false, nil
}

// replace puts a message into free room. What is left of the room is written
// first, then the message's body, and with its head it all comes to be.
func (f *File) replace(p *parsed, room, m message) error {
	rest := padded(append([]byte(nil), m.body...))
	if left := room.size() - m.size(); left >= messageHead {
		rest = append(rest, free(left).head()...)
		p.count++
	}
	if err := f.write(room.at+messageHead, rest); err != nil {
		return err
	}
	if err := f.write(room.at, m.head()); err != nil {
		return err
	}
	return f.write(p.addr+2, u16(p.count))
}
