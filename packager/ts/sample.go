package ts

import (
	"encoding/binary"

	"headwater/packager"
)

// Sample is what the muxer has to know of one sample.
type Sample struct {
	SizeBytes, Duration uint32
	CompositionOffset   int32
	Sync                bool
}

// Flags of tfhd and trun (ISO/IEC 14496-12 §8.8.7, §8.8.8).
const (
	tfhdBaseOffset      = 0x000001
	tfhdDescription     = 0x000002
	tfhdDuration        = 0x000008
	tfhdSize            = 0x000010
	tfhdFlags           = 0x000020
	trunDataOffset      = 0x000001
	trunFirstFlags      = 0x000004
	trunDuration        = 0x000100
	trunSize            = 0x000200
	trunFlags           = 0x000400
	trunCompositionTime = 0x000800
	sampleIsNonSync     = 0x010000
)

// defaults are those of a tfhd.
type defaults struct{ duration, flags uint32 }

// appendSamples appends the samples of a moof as they are stored, one traf with one trun; they must take dataBytes and be as
// many as the index says.
func appendSamples(dst []Sample, moof []byte, f *packager.Fragment) ([]Sample, error) {
	name, payload, _ := nextBox(moof)
	if string(name) != "moof" {
		return dst, corrupt("box %q where moof is due", name)
	}
	traf := findBox(payload, "traf")
	d, ok := readDefaults(findBox(traf, "tfhd"))
	if !ok {
		return dst, corrupt("moof without tfhd")
	}
	dst, ok = appendRun(dst, findBox(traf, "trun"), d)
	if !ok || len(dst) != int(f.Samples) {
		return dst, corrupt("%d samples, %d in the index", len(dst), f.Samples)
	}
	var bytes uint64
	for i := range dst {
		bytes += uint64(dst[i].SizeBytes)
	}
	if bytes+boxHeaderBytes != uint64(f.SizeBytes-f.MoofSizeBytes) {
		return dst, corrupt("%d bytes of samples in a fragment of %d with a moof of %d", bytes, f.SizeBytes, f.MoofSizeBytes)
	}
	return dst, nil
}

func readDefaults(tfhd []byte) (d defaults, ok bool) {
	r := fieldReader{b: tfhd}
	flags := r.u32() & 0xffffff
	r.u32() // track_ID
	if flags&tfhdBaseOffset != 0 {
		r.u32()
		r.u32()
	}
	if flags&tfhdDescription != 0 {
		r.u32()
	}
	if flags&tfhdDuration != 0 {
		d.duration = r.u32()
	}
	if flags&tfhdSize != 0 {
		r.u32()
	}
	if flags&tfhdFlags != 0 {
		d.flags = r.u32()
	}
	return d, !r.short
}

func appendRun(dst []Sample, trun []byte, d defaults) ([]Sample, bool) {
	r := fieldReader{b: trun}
	flags := r.u32() & 0xffffff
	count := r.u32()
	if flags&trunDataOffset != 0 {
		r.u32()
	}
	firstFlags, hasFirst := d.flags, flags&trunFirstFlags != 0
	if hasFirst {
		firstFlags = r.u32()
	}
	if r.short || flags&trunSize == 0 || uint64(count)*4 > uint64(len(r.b)) {
		return dst, false // stored runs list their sizes, so that a long one is no invention
	}
	for i := range count {
		duration, sampleFlags, offset := d.duration, d.flags, uint32(0)
		if i == 0 && hasFirst {
			sampleFlags = firstFlags
		}
		if flags&trunDuration != 0 {
			duration = r.u32()
		}
		size := r.u32()
		if flags&trunFlags != 0 {
			sampleFlags = r.u32()
		}
		if flags&trunCompositionTime != 0 {
			offset = r.u32()
		}
		if r.short {
			return dst, false
		}
		dst = append(dst, Sample{size, duration, int32(offset), sampleFlags&sampleIsNonSync == 0})
	}
	return dst, true
}

// fieldReader takes big-endian fields; past the end they are 0 and short is set.
type fieldReader struct {
	b     []byte
	short bool
}

func (r *fieldReader) u32() uint32 {
	if len(r.b) < 4 {
		r.b, r.short = nil, true
		return 0
	}
	v := binary.BigEndian.Uint32(r.b)
	r.b = r.b[4:]
	return v
}
