package ts

import "encoding/binary"

// Second byte of the flags of a PES header (ISO/IEC 13818-1 §2.4.3.6).
const (
	onlyPresentation = 0x80
	bothStamps       = 0xc0
)

// aligned says that a PES packet begins with an access unit or a frame; the two bits before are fixed.
const aligned = 0x84

// appendVideoHeader appends a PES header of videoHeaderBytes. Its length is not told, which is for video alone.
func appendVideoHeader(dst []byte, presentation, decode int64) []byte {
	dst = append(dst, 0, 0, 1, idVideo, 0, 0, aligned, bothStamps, 10)
	if presentation == decode {
		dst[len(dst)-2] = onlyPresentation
		dst = appendStamp(dst, 2, presentation)
		return append(dst, 0xff, 0xff, 0xff, 0xff, 0xff)
	}
	return appendStamp(appendStamp(dst, 3, presentation), 1, decode)
}

// appendAudioHeader appends a PES header of audioHeaderBytes.
func appendAudioHeader(dst []byte, streamID byte, sizeBytes int, presentation int64) []byte {
	dst = append(dst, 0, 0, 1, streamID)
	dst = binary.BigEndian.AppendUint16(dst, uint16(sizeBytes+audioHeaderBytes-6))
	return appendStamp(append(dst, aligned, onlyPresentation, 5), 2, presentation)
}

// appendStamp appends a time stamp: 33 bits in three parts, each followed by a marker.
func appendStamp(dst []byte, prefix byte, stamp int64) []byte {
	s := uint64(stamp) & stampMask
	return append(dst,
		prefix<<4|byte(s>>29)&0x0e|1,
		byte(s>>22), byte(s>>14)|1,
		byte(s>>7), byte(s<<1)|1)
}
