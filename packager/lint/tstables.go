package lint

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Stream types of ISO/IEC 13818-1 table 2-34 and of ATSC A/52 annex A, as far as RFC 8216 §3.2 and Apple's specification
// let segments hold them.
const (
	streamMPEG1Audio = 0x03
	streamMPEG2Audio = 0x04
	streamPrivate    = 0x06
	streamAAC        = 0x0F
	streamMetadata   = 0x15
	streamAVC        = 0x1B
	streamHEVC       = 0x24
	streamAC3        = 0x81
	streamEAC3       = 0x87
)

// streamKinds says what known stream types carry.
var streamKinds = map[uint8]string{
	streamMPEG1Audio: "audio", streamMPEG2Audio: "audio", streamAAC: "audio", streamAC3: "audio", streamEAC3: "audio",
	streamAVC: "video", streamHEVC: "video", streamMetadata: "metadata",
}

// tsProgram is a program map table.
type tsProgram struct {
	pcrPID  int
	streams []tsStream
}

type tsStream struct {
	kind   uint8
	pid    int
	format string // format_identifier of its registration descriptor
}

func (p tsProgram) equal(other tsProgram) bool {
	return p.pcrPID == other.pcrPID && slices.Equal(p.streams, other.streams)
}

// findTables returns the PID of the first PMT and the PMT; first says that no packet but the PAT stands before it.
func findTables(packets []tsPacket) (pid int, program tsProgram, first bool, err error) {
	pat := slices.IndexFunc(packets, func(p tsPacket) bool { return p.pid == tsTablesPID && p.starts })
	if pat < 0 {
		return 0, program, false, fmt.Errorf("no PAT")
	}
	if pid, err = parsePAT(packets[pat].payload); err != nil {
		return 0, program, false, err
	}
	pmt := slices.IndexFunc(packets, func(p tsPacket) bool { return p.pid == pid && p.starts })
	if pmt < pat {
		return 0, program, false, fmt.Errorf("no PMT after the PAT")
	}
	if program, err = parsePMT(packets[pmt].payload); err != nil {
		return 0, program, false, err
	}
	media := slices.IndexFunc(packets[:pmt], func(p tsPacket) bool {
		return slices.ContainsFunc(program.streams, func(s tsStream) bool { return s.pid == p.pid })
	})
	if media >= 0 {
		return 0, program, false, fmt.Errorf("media stand before the PMT, at packet %d", media)
	}
	return pid, program, pat == 0 && pmt == 1, nil
}

// section returns the body of the PSI section that starts in payload (ISO/IEC 13818-1 §2.4.4): what lies between
// last_section_number and the CRC, and the table_id_extension. Sections of more than one packet are not read.
func section(payload []byte, table uint8) (body []byte, extension int, err error) {
	r := &reader{b: payload}
	r.skip(int(r.u8())) // pointer_field
	b := r.b
	if len(b) < 12 || b[0] != table {
		return nil, 0, fmt.Errorf("no section of table %d", table)
	}
	length := int(binary.BigEndian.Uint16(b[1:]) & 0xFFF)
	if length < 9 || 3+length > len(b) {
		return nil, 0, fmt.Errorf("section of table %d has length %d, %d bytes are left", table, length, len(b)-3)
	}
	b = b[:3+length]
	if crc := crcMPEG(b); crc != 0 {
		return nil, 0, fmt.Errorf("the CRC of table %d is wrong", table)
	}
	return b[8 : len(b)-4], int(binary.BigEndian.Uint16(b[3:])), nil
}

// parsePAT returns the PID of the map of the only program.
func parsePAT(payload []byte) (pid int, err error) {
	body, _, err := section(payload, 0)
	if err != nil {
		return 0, err
	}
	programs := 0
	for ; len(body) >= 4; body = body[4:] {
		if binary.BigEndian.Uint16(body) != 0 { // program 0 is the network's
			programs++
			pid = int(binary.BigEndian.Uint16(body[2:]) & 0x1FFF)
		}
	}
	if programs != 1 {
		return 0, fmt.Errorf("the PAT has %d programs", programs)
	}
	return pid, nil
}

// parsePMT reads a program map table.
func parsePMT(payload []byte) (p tsProgram, err error) {
	body, _, err := section(payload, 2)
	if err != nil {
		return p, err
	}
	r := &reader{b: body}
	p.pcrPID = int(r.u16() & 0x1FFF)
	r.skip(int(r.u16() & 0xFFF))
	for len(r.b) > 0 && !r.short {
		s := tsStream{kind: r.u8(), pid: int(r.u16() & 0x1FFF)}
		s.format = registration(r.bytes(int(r.u16() & 0xFFF)))
		p.streams = append(p.streams, s)
	}
	return p, r.err("PMT")
}

// registration returns the format_identifier in descriptors (§2.6.8); empty where there is none.
func registration(b []byte) string {
	const tag, sizeBytes = 5, 4
	for len(b) >= 2 && int(b[1]) <= len(b)-2 {
		if b[0] == tag && b[1] >= sizeBytes {
			return string(b[2 : 2+sizeBytes])
		}
		b = b[2+int(b[1]):]
	}
	return ""
}

// crcMPEG is the CRC of ISO/IEC 13818-1 annex A; over a section with its CRC it is 0.
func crcMPEG(b []byte) uint32 {
	crc := ^uint32(0)
	for _, one := range b {
		crc ^= uint32(one) << 24
		for range 8 {
			carry := crc >> 31
			crc = crc<<1 ^ 0x04C11DB7*carry
		}
	}
	return crc
}
