package lint

import (
	"encoding/binary"
	"fmt"
)

// Sizes and PIDs of ISO/IEC 13818-1 §2.4.3.
const (
	tsPacketBytes = 188
	tsSyncByte    = 0x47
	tsTablesPID   = 0x0000
	tsNullPID     = 0x1FFF
)

// tsPacket is one transport packet (ISO/IEC 13818-1 §2.4.3.2). The payload points into the segment.
type tsPacket struct {
	pid           int
	damaged       bool // transport_error_indicator
	starts        bool // payload_unit_start_indicator
	scrambled     bool
	hasPayload    bool
	counter       uint8
	discontinuity bool
	hasPCR        bool
	pcr           int64 // in 27 MHz
	payload       []byte
}

// parsePacket reads one packet of exactly 188 bytes.
func parsePacket(b []byte) (p tsPacket, err error) {
	if b[0] != tsSyncByte {
		return p, fmt.Errorf("sync byte is %#02x", b[0])
	}
	word := binary.BigEndian.Uint32(b)
	p.damaged, p.starts = word&0x800000 != 0, word&0x400000 != 0
	p.pid = int(word >> 8 & 0x1FFF)
	p.scrambled = word&0xC0 != 0
	p.counter = uint8(word & 0xF)
	p.hasPayload = word&0x10 != 0
	p.payload = b[4:]
	if word&0x20 != 0 {
		if p.payload, err = p.adaptation(b[4:]); err != nil {
			return p, err
		}
	}
	if !p.hasPayload {
		p.payload = nil
	}
	return p, nil
}

// adaptation reads the adaptation field (§2.4.3.4) and returns what follows it.
func (p *tsPacket) adaptation(b []byte) (rest []byte, err error) {
	length := int(b[0])
	if length > len(b)-1 || p.hasPayload && length > len(b)-2 {
		return nil, fmt.Errorf("adaptation field of %d bytes", length)
	}
	field, rest := b[1:1+length], b[1+length:]
	if length == 0 {
		return rest, nil
	}
	p.discontinuity = field[0]&0x80 != 0
	if field[0]&0x10 == 0 {
		return rest, nil
	}
	if len(field) < 7 {
		return nil, fmt.Errorf("adaptation field of %d bytes with a PCR", length)
	}
	p.hasPCR = true
	clock := int64(binary.BigEndian.Uint32(field[1:]))<<1 | int64(field[5]>>7)
	p.pcr = clock*300 + int64(field[5]&1)<<8 + int64(field[6])
	return rest, nil
}

// looksLikeTransport reports whether b can only be meant as a transport stream.
func looksLikeTransport(b []byte) bool {
	return len(b) >= tsPacketBytes && b[0] == tsSyncByte && (len(b) == tsPacketBytes || b[tsPacketBytes] == tsSyncByte)
}
