package lint

import (
	"encoding/binary"
	"fmt"
)

// pes is one PES packet (ISO/IEC 13818-1 §2.4.3.6). Times are in 90 kHz, as written: modulo 2^33.
type pes struct {
	streamID uint8
	length   int // PES_packet_length; 0 for unbounded
	hasPTS   bool
	hasDTS   bool
	pts, dts int64
	data     []byte
}

// parsePES reads a PES packet that was put together from its transport packets.
func parsePES(b []byte) (p pes, err error) {
	if len(b) < 9 || b[0] != 0 || b[1] != 0 || b[2] != 1 {
		return p, fmt.Errorf("%x is no PES header", b[:min(len(b), 9)])
	}
	p.streamID, p.length = b[3], int(binary.BigEndian.Uint16(b[4:]))
	if p.length != 0 && p.length != len(b)-6 {
		return p, fmt.Errorf("PES_packet_length is %d, %d bytes follow", p.length, len(b)-6)
	}
	if b[6]>>6 != 2 {
		return p, fmt.Errorf("PES header flags are %#02x", b[6])
	}
	flags, header := b[7]>>6, int(b[8])
	if 9+header > len(b) {
		return p, fmt.Errorf("PES header of %d bytes, %d are left", header, len(b)-9)
	}
	p.data = b[9+header:]
	p.hasPTS, p.hasDTS = flags&2 != 0, flags == 3
	if p.hasPTS && header < 5 || p.hasDTS && header < 10 {
		return p, fmt.Errorf("PES header of %d bytes with timestamps", header)
	}
	if p.hasPTS {
		p.pts, err = timestamp(b[9:])
		p.dts = p.pts
	}
	if p.hasDTS && err == nil {
		p.dts, err = timestamp(b[14:])
	}
	return p, err
}

// timestamp reads 33 bits with their marker bits.
func timestamp(b []byte) (int64, error) {
	if b[0]&1 == 0 || b[2]&1 == 0 || b[4]&1 == 0 {
		return 0, fmt.Errorf("a marker bit of a timestamp is 0")
	}
	return int64(b[0]>>1&7)<<30 | int64(b[1])<<22 | int64(b[2]>>1)<<15 | int64(b[3])<<7 | int64(b[4]>>1), nil
}

// timeCycle is where timestamps wrap to 0, in 90 kHz.
const timeCycle = int64(1) << 33

// unwrapIn returns the time nearest to reference that is t modulo cycle (RFC 8216 §3.2 lets timestamps wrap).
func unwrapIn(t, reference, cycle int64) int64 {
	distance := (t - reference) % cycle
	if distance < 0 {
		distance += cycle
	}
	if distance >= cycle/2 {
		distance -= cycle
	}
	return reference + distance
}
