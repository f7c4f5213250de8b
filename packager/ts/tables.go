package ts

import "encoding/binary"

// Numbers of the one program.
const (
	transportStreamID = 1
	programNumber     = 1
)

// Table ids (table 2-31), and the byte that says version 0, in effect.
const (
	idAssociation = 0x00
	idMap         = 0x02
	current       = 0xc1
)

// tables writes the program association and the program map (ISO/IEC 13818-1 §2.4.4), a packet each. Both count the
// segments, from 1.
func (w *writer) tables(number int, streams []elementary) {
	var scratch [payloadBytes]byte
	section := append(scratch[:0], idAssociation, 0, 0, 0, transportStreamID, current, 0, 0, 0, programNumber)
	section = binary.BigEndian.AppendUint16(section, 0xe000|pidMap)
	w.table(pidAssociation, number, section)

	section = append(scratch[:0], idMap, 0, 0, 0, programNumber, current, 0, 0)
	section = binary.BigEndian.AppendUint16(section, 0xe000|uint16(clockPID(streams)))
	section = append(section, 0xf0, 0)
	for i := range streams {
		section = streams[i].appendEntry(section)
	}
	w.table(pidMap, number, section)
}

func clockPID(streams []elementary) uint32 {
	for i := range streams {
		if streams[i].clocked {
			return streams[i].pid
		}
	}
	return 0x1fff
}

// appendEntry appends what the program map says of e.
func (e *elementary) appendEntry(dst []byte) []byte {
	dst = append(dst, e.config.streamType)
	dst = binary.BigEndian.AppendUint16(dst, 0xe000|uint16(e.pid))
	dst = append(dst, 0xf0, 0)
	start := len(dst)
	if registration := registrations[e.config.streamType]; registration != "" {
		dst = append(append(dst, 0x05, byte(len(registration))), registration...)
	}
	if e.config.streamType != typeAVC && e.config.language != undetermined {
		dst = append(append(append(dst, 0x0a, 4), e.config.language[:]...), 0)
	}
	dst[start-1] = byte(len(dst) - start)
	return dst
}

// registrations are the format identifiers of stream types that are private (§2.6.8; ATSC A/52 Annex A).
var registrations = map[byte]string{typeAC3: "AC-3", typeEAC3: "EAC3"}

// undetermined is the language that says nothing (ISO 639-2).
var undetermined = [3]byte{'u', 'n', 'd'}

// table writes a section, of which the length is still to be told, as one packet.
func (w *writer) table(pid uint32, number int, section []byte) {
	const lengthAt, checksumBytes = 1, 4
	length := len(section) - 3 + checksumBytes
	binary.BigEndian.PutUint16(section[lengthAt:], 0xb000|uint16(length))
	packet := w.dst[w.at : w.at+packetBytes]
	binary.BigEndian.PutUint32(packet, syncByte|unitStart|pid<<pidShift|hasPayload|uint32(number-1)&counterMask)
	packet[headerBytes] = 0 // pointer: the section begins at once
	n := headerBytes + 1 + copy(packet[headerBytes+1:], section)
	binary.BigEndian.PutUint32(packet[n:], checksum(section))
	fill(packet[n+checksumBytes:])
	w.at += packetBytes
}

// checksum is the CRC of sections (Annex A): polynomial 0x04C11DB7, most significant bit first, not inverted.
func checksum(b []byte) uint32 {
	crc := ^uint32(0)
	for _, c := range b {
		crc ^= uint32(c) << 24
		for range 8 {
			crc = crc<<1 ^ 0x04c11db7&-(crc>>31)
		}
	}
	return crc
}
