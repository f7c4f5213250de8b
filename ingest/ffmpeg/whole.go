package ffmpeg

import (
	"encoding/binary"
	"fmt"
	"io"
	"math/bits"
)

// checkWhole reports a file whose container says that it should be longer: an upload that was cut off. Demuxers play
// what there is of it without a word, and the asset would lack its end. Only containers that state their length are
// judged: ISO base media by its top-level boxes, Matroska by its segment. Safe for bytes from outside.
func checkWhole(r io.ReaderAt, sizeBytes int64) error {
	head := make([]byte, 12)
	if _, err := r.ReadAt(head, 0); err != nil {
		return nil // too short to state a length, which the demuxer will say better
	}
	switch {
	case isTopLevelBox(string(head[4:8])):
		return checkBoxes(r, sizeBytes)
	case binary.BigEndian.Uint32(head) == ebmlHeader:
		return checkSegment(r, sizeBytes)
	default:
		return nil
	}
}

func cutOff(what string, stated uint64, present int64) error {
	return fmt.Errorf("%w: the file is cut off: its %s says %d bytes, and %d are there; upload it again", ErrNotMedia, what, stated, present)
}

// isTopLevelBox reports the types with which a file of ISO/IEC 14496-12 or QuickTime may begin and of which a length
// past the end means that something is missing. What follows them may be anything.
func isTopLevelBox(name string) bool {
	switch name {
	case "ftyp", "moov", "mdat", "free", "skip", "wide", "styp", "sidx", "moof", "uuid", "pdin", "meta":
		return true
	default:
		return false
	}
}

// maxTopLevelBoxes bounds the walk; a fragmented film of ten hours has fewer.
const maxTopLevelBoxes = 1 << 20

// checkBoxes walks the boxes of the file (ISO/IEC 14496-12 §4.2) until one is not known.
func checkBoxes(r io.ReaderAt, sizeBytes int64) error {
	header := make([]byte, 16)
	offset := int64(0)
	for range maxTopLevelBoxes {
		n, _ := r.ReadAt(header, offset)
		if n < 8 || !isTopLevelBox(string(header[4:8])) {
			return nil
		}
		size := uint64(binary.BigEndian.Uint32(header))
		if size == 1 && n == len(header) {
			size = binary.BigEndian.Uint64(header[8:])
		}
		if size == 0 {
			return nil // up to the end of the file
		}
		if left := sizeBytes - offset; size > uint64(left) {
			return cutOff(string(header[4:8])+" box", size, left)
		}
		if size < 8 {
			return nil // the demuxer refuses it
		}
		offset += int64(size)
	}
	return nil
}

// Element ids of Matroska (RFC 9559).
const (
	ebmlHeader     = 0x1A45DFA3
	segmentElement = 0x18538067
)

// checkSegment compares the length of the segment with the file's. A live recording states none.
func checkSegment(r io.ReaderAt, sizeBytes int64) error {
	length, at, ok := readElementSize(r, 4)
	if !ok || length > uint64(sizeBytes) {
		return nil
	}
	offset := at + int64(length)
	id := make([]byte, 4)
	if _, err := r.ReadAt(id, offset); err != nil || binary.BigEndian.Uint32(id) != segmentElement {
		return nil
	}
	length, at, ok = readElementSize(r, offset+4)
	if left := sizeBytes - at; ok && length > uint64(max(left, 0)) {
		return cutOff("segment", length, left)
	}
	return nil
}

// readElementSize reads the variable-length size of an element (RFC 8794 §6) and where its content begins; false when
// the size is unknown or not there.
func readElementSize(r io.ReaderAt, offset int64) (size uint64, content int64, ok bool) {
	field := make([]byte, 8)
	n, _ := r.ReadAt(field, offset)
	if n == 0 || field[0] == 0 {
		return 0, 0, false
	}
	width := bits.LeadingZeros8(field[0]) + 1
	if width > n {
		return 0, 0, false
	}
	mask := uint64(1)<<(7*width) - 1
	size = binary.BigEndian.Uint64(field) >> (64 - 8*width) & mask
	return size, offset + int64(width), size != mask
}
