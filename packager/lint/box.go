package lint

import (
	"encoding/binary"
	"fmt"
)

// box is one box of ISO/IEC 14496-12 §4.2.
type box struct {
	name   string // four characters
	body   []byte // without the header
	offset int    // of the header, in what holds the box
	size   int    // with the header
}

// boxes splits b into the boxes it holds. They must fill it exactly; sizes of 0 ("to the end of the file") have no place
// in a segment.
func boxes(b []byte) ([]box, error) {
	var list []box
	for offset := 0; offset < len(b); {
		rest := b[offset:]
		if len(rest) < 8 {
			return list, fmt.Errorf("%d bytes behind the last box at %d", len(rest), offset)
		}
		size, header := uint64(binary.BigEndian.Uint32(rest)), 8
		if size == 1 && len(rest) >= 16 {
			size, header = binary.BigEndian.Uint64(rest[8:]), 16
		}
		if size < uint64(header) || size > uint64(len(rest)) {
			return list, fmt.Errorf("box %q at %d has size %d, %d bytes are left", rest[4:8], offset, size, len(rest))
		}
		list = append(list, box{string(rest[4:8]), rest[header:size], offset, int(size)})
		offset += int(size)
	}
	return list, nil
}

// find returns the boxes of that name.
func find(list []box, name string) []box {
	var found []box
	for _, b := range list {
		if b.name == name {
			found = append(found, b)
		}
	}
	return found
}

// descend follows a path of containers that each hold one box of the next name, and returns the body of the last.
func descend(b []byte, path ...string) ([]byte, error) {
	for _, name := range path {
		list, err := boxes(b)
		if err != nil {
			return nil, err
		}
		found := find(list, name)
		if len(found) != 1 {
			return nil, fmt.Errorf("%d boxes %s where one is due", len(found), name)
		}
		b = found[0].body
	}
	return b, nil
}

// reader reads big-endian fields. Past the end it yields zeros and remembers that it fell short.
type reader struct {
	b     []byte
	short bool
}

func (r *reader) bytes(n int) []byte {
	if n < 0 || n > len(r.b) {
		r.short = true
		r.b = nil
		return make([]byte, min(max(n, 0), 64))
	}
	taken := r.b[:n]
	r.b = r.b[n:]
	return taken
}

func (r *reader) skip(n int) { r.bytes(n) }

func (r *reader) u8() uint8   { return r.bytes(1)[0] }
func (r *reader) u16() uint16 { return binary.BigEndian.Uint16(r.bytes(2)) }
func (r *reader) u32() uint32 { return binary.BigEndian.Uint32(r.bytes(4)) }
func (r *reader) u64() uint64 { return binary.BigEndian.Uint64(r.bytes(8)) }

// versionFlags reads the start of a full box.
func (r *reader) versionFlags() (version uint8, flags uint32) {
	word := r.u32()
	return uint8(word >> 24), word & 0xFFFFFF
}

// err says that the fields did not fit into the box of that name.
func (r *reader) err(name string) error {
	if r.short {
		return fmt.Errorf("box %s is too short", name)
	}
	return nil
}
