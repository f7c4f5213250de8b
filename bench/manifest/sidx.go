package manifest

import (
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ReadIndex returns the segments that body, the bytes of r.Index, lists (ISO/IEC 14496-12 §8.16.3). They are ranges of
// r.Media. An index of indexes is an error.
func ReadIndex(r *Rendition, body []byte) ([]Segment, error) {
	if r.Index == nil {
		return nil, errors.New("the rendition has no index")
	}
	offset := r.Index.Offset
	for len(body) >= 8 {
		size := uint64(binary.BigEndian.Uint32(body))
		if size < 8 || size > uint64(len(body)) {
			return nil, fmt.Errorf("a box of %d bytes in an index of %d", size, len(body))
		}
		if string(body[4:8]) == "sidx" {
			return readSidx(r, body[8:size], offset+int64(size))
		}
		body = body[size:]
		offset += int64(size)
	}
	return nil, errors.New("no sidx in the index range")
}

// readSidx reads the payload of the box; anchor is the first byte behind it.
func readSidx(r *Rendition, body []byte, anchor int64) ([]Segment, error) {
	const fixed, entry = 4 + 4 + 4 + 4 + 4 + 2 + 2, 12
	if len(body) < fixed {
		return nil, fmt.Errorf("a sidx of %d bytes", len(body))
	}
	scale := ticks{uint64(binary.BigEndian.Uint32(body[8:]))}
	firstOffset, rest := uint64(binary.BigEndian.Uint32(body[16:])), body[20:]
	if body[0] > 0 { // times of 64 bits
		if len(body) < fixed+8 {
			return nil, fmt.Errorf("a sidx of %d bytes", len(body))
		}
		firstOffset, rest = binary.BigEndian.Uint64(body[20:]), body[28:]
	}
	count := int(binary.BigEndian.Uint16(rest[2:]))
	rest = rest[4:]
	if scale.scale == 0 || firstOffset > 1<<60 || count == 0 || len(rest) < count*entry {
		return nil, fmt.Errorf("a sidx of %d entries in %d bytes, timescale %d", count, len(rest), scale.scale)
	}
	segments := make([]Segment, 0, count)
	at, now := anchor+int64(firstOffset), uint64(0)
	var start time.Duration
	for ; count > 0; count, rest = count-1, rest[entry:] {
		size := binary.BigEndian.Uint32(rest)
		if size>>31 != 0 || size == 0 {
			return nil, errors.New("an index of indexes is not supported")
		}
		now += uint64(binary.BigEndian.Uint32(rest[4:]))
		end, ok := scale.duration(now)
		if !ok {
			return nil, fmt.Errorf("the index ends after %s", maxDuration)
		}
		segments = append(segments, Segment{Resource: Resource{URL: r.Media.URL, Offset: at, Length: int64(size)},
			Init: r.Init, Start: start, Duration: end - start})
		at, start = at+int64(size), end
	}
	return segments, nil
}
