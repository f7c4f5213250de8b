package mp4

import (
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/cespare/xxhash/v2"
)

// ErrCorrupt is wrapped by errors that say that bytes are no sample table, or a damaged one.
var ErrCorrupt = errors.New("corrupt sample table")

// A sample table is what a classic moov tells of the samples of a track, made when the track is, so that no download has to
// read it through:
//
//	"HWST" · version u16 · zero u16 · boxes · xxhash64 of all bytes before u64
//
// The boxes are stts, ctts (where any sample is not shown when it is decoded), stsz, and stss (where not every sample is a
// sync sample), as they go into the file (ISO/IEC 14496-12 §8.6.1, §8.7.3). All integers are big-endian.
const (
	tableMagic         = "HWST"
	tableVersion       = 1
	tableHeaderBytes   = 8
	tableChecksumBytes = 8
	tableOverhead      = tableHeaderBytes + tableChecksumBytes
)

// TableBuilder collects the samples of a track. The zero value is empty. It holds four bytes a sample, four more a sync
// sample, and eight wherever a duration or an offset differs from the one before: at most 24 a sample, besides what slices
// grow by ahead. It is for one goroutine.
type TableBuilder struct {
	durations, offsets []run
	sizes              []uint32
	syncs              []uint32 // numbers of the sync samples, from 1
	reordered          bool
}

// run is equal values of neighbouring samples.
type run struct{ count, value uint32 }

// Add adds the next sample.
func (b *TableBuilder) Add(sizeBytes, duration uint32, compositionOffset int32, sync bool) {
	b.durations = addToRun(b.durations, duration)
	b.offsets = addToRun(b.offsets, uint32(compositionOffset))
	b.reordered = b.reordered || compositionOffset != 0
	b.sizes = append(b.sizes, sizeBytes)
	if sync {
		b.syncs = append(b.syncs, uint32(len(b.sizes)))
	}
}

func addToRun(runs []run, value uint32) []run {
	if last := len(runs) - 1; last >= 0 && runs[last].value == value {
		runs[last].count++
		return runs
	}
	return append(runs, run{1, value})
}

// Append appends the sample table.
func (b *TableBuilder) Append(dst []byte) []byte {
	start := len(dst)
	dst = append(dst, tableMagic...)
	dst = binary.BigEndian.AppendUint16(dst, tableVersion)
	dst = binary.BigEndian.AppendUint16(dst, 0)
	dst = appendRuns(dst, "stts", 0, b.durations)
	if b.reordered {
		dst = appendRuns(dst, "ctts", 1, b.offsets) // version 1: offsets have a sign
	}
	dst = fullBox(dst, "stsz", 0, 0, func(dst []byte) []byte {
		dst = binary.BigEndian.AppendUint32(dst, 0) // sizes differ
		return appendUint32s(dst, b.sizes)
	})
	if len(b.syncs) < len(b.sizes) {
		dst = fullBox(dst, "stss", 0, 0, func(dst []byte) []byte { return appendUint32s(dst, b.syncs) })
	}
	return binary.BigEndian.AppendUint64(dst, xxhash.Sum64(dst[start:]))
}

func appendRuns(dst []byte, name string, version byte, runs []run) []byte {
	return fullBox(dst, name, version, 0, func(dst []byte) []byte {
		dst = binary.BigEndian.AppendUint32(dst, uint32(len(runs)))
		for _, r := range runs {
			dst = binary.BigEndian.AppendUint32(dst, r.count)
			dst = binary.BigEndian.AppendUint32(dst, r.value)
		}
		return dst
	})
}

// appendUint32s appends how many values there are, and the values.
func appendUint32s(dst []byte, values []uint32) []byte {
	dst = binary.BigEndian.AppendUint32(dst, uint32(len(values)))
	for _, v := range values {
		dst = binary.BigEndian.AppendUint32(dst, v)
	}
	return dst
}

// tableBoxes returns the boxes of a sample table. The error wraps ErrCorrupt. Safe for bytes from outside: the boxes are
// what somebody with the same checksum wrote, or it fails.
func tableBoxes(table []byte) ([]byte, error) {
	if len(table) < tableOverhead || string(table[:4]) != tableMagic {
		return nil, fmt.Errorf("%w: %d bytes without the %s header", ErrCorrupt, len(table), tableMagic)
	}
	if version := binary.BigEndian.Uint16(table[4:]); version != tableVersion {
		return nil, fmt.Errorf("%w: version %d", ErrCorrupt, version)
	}
	body := table[:len(table)-tableChecksumBytes]
	if binary.BigEndian.Uint64(table[len(body):]) != xxhash.Sum64(body) {
		return nil, fmt.Errorf("%w: checksum differs", ErrCorrupt)
	}
	return body[tableHeaderBytes:], nil
}
