package fmp4

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/Eyevinn/mp4ff/bits"
	"github.com/Eyevinn/mp4ff/mp4"
)

// Limits of what a file may make this package hold. They lie far above what an encoder writes for one interval of a
// grid and low enough that several tracks fit a small machine at once.
const (
	maxMetadataBytes   = 4 << 20   // of one ftyp, moov or moof
	maxFragmentBytes   = 128 << 20 // of one mdat that is written
	maxFragmentSamples = 1 << 16
	maxSourceTime      = 1 << 53 // of source timestamps, as of stored ones
)

const (
	shortHeaderBytes = 8
	largeHeaderBytes = 16
)

// boxHeader is the start of a box (ISO/IEC 14496-12 §4.2).
type boxHeader struct {
	name         string
	headerBytes  int
	payloadBytes int64
}

// parseBoxHeader reads a header from b, which holds at least 8 bytes. large says that 16 are needed and b has fewer.
func parseBoxHeader(b []byte) (h boxHeader, large bool, err error) {
	h = boxHeader{name: string(b[4:8]), headerBytes: shortHeaderBytes}
	size := uint64(binary.BigEndian.Uint32(b))
	if size == 1 {
		if len(b) < largeHeaderBytes {
			return h, true, nil
		}
		h.headerBytes = largeHeaderBytes
		size = binary.BigEndian.Uint64(b[8:])
	}
	if size < uint64(h.headerBytes) || size > 1<<62 {
		return h, false, corrupt("box %q of %d bytes", h.name, size)
	}
	h.payloadBytes = int64(size) - int64(h.headerBytes)
	return h, false, nil
}

// decodeBox parses one whole box, headers included. The bytes come from outside and the decoders of mp4ff are many, so
// a panic in one of them counts as a damaged box.
func decodeBox[B mp4.Box](box []byte) (decoded B, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = corrupt("box %q: %v", box[4:8], p)
		}
	}()
	parsed, err := mp4.DecodeBoxSR(0, bits.NewFixedSliceReader(box))
	if err != nil {
		return decoded, corrupt("%v", err)
	}
	decoded, ok := parsed.(B)
	if !ok {
		return decoded, corrupt("box %q where another is due", box[4:8])
	}
	return decoded, nil
}

// readError wraps an error of the source: an end inside a box is damage, anything else is passed on.
func readError(what string, offset int64, err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return corrupt("ends inside %s at %d", what, offset)
	}
	return fmt.Errorf("reading %s at %d: %w", what, offset, err)
}
