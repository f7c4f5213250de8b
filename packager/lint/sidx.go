package lint

import "fmt"

// segmentIndex is a sidx (ISO/IEC 14496-12 §8.16.3), in its timescale.
type segmentIndex struct {
	trackID     uint32
	timescale   uint32
	earliest    int64
	firstOffset int64
	references  []indexReference
}

// indexReference is one subsegment.
type indexReference struct {
	isIndex       bool
	sizeBytes     int64
	duration      int64
	startsWithSAP bool
	sapType       uint8
}

func parseIndex(body []byte) (*segmentIndex, error) {
	r := &reader{b: body}
	version, _ := r.versionFlags()
	x := &segmentIndex{trackID: r.u32(), timescale: r.u32()}
	if version == 0 {
		x.earliest, x.firstOffset = int64(r.u32()), int64(r.u32())
	} else {
		x.earliest, x.firstOffset = int64(r.u64()), int64(r.u64())
	}
	r.skip(2)
	count := r.u16()
	if x.timescale == 0 || x.earliest < 0 || x.earliest > maxTime || x.firstOffset < 0 || x.firstOffset > maxTime {
		return nil, fmt.Errorf("sidx has timescale %d, earliest_presentation_time %d, first_offset %d", x.timescale, x.earliest, x.firstOffset)
	}
	if len(r.b) != 12*int(count) {
		return nil, fmt.Errorf("sidx counts %d references in %d bytes", count, len(r.b))
	}
	for range count {
		size, duration, access := r.u32(), r.u32(), r.u32()
		x.references = append(x.references, indexReference{
			isIndex: size>>31 == 1, sizeBytes: int64(size & 0x7FFFFFFF), duration: int64(duration),
			startsWithSAP: access>>31 == 1, sapType: uint8(access >> 28 & 7),
		})
	}
	return x, r.err("sidx")
}

// sizeBytes returns how long all that is referenced is.
func (x *segmentIndex) sizeBytes() (sum int64) {
	for _, r := range x.references {
		sum += r.sizeBytes
	}
	return sum
}
