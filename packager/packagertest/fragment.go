package packagertest

import (
	"encoding/binary"

	"headwater/packager"
	"headwater/packager/ts"
)

// Box returns a box around contents.
func Box(name string, contents ...[]byte) []byte {
	b := append(make([]byte, 4, 8), name...)
	for _, c := range contents {
		b = append(b, c...)
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

// Sample flags (ISO/IEC 14496-12 §8.8.3.1) as track files have them.
const (
	syncFlags    = 0x02000000
	nonSyncFlags = 0x01010000
)

// AppendFragment appends moof and mdat as track files have them, and fills in what f tells of both. content appends the
// bytes of a sample, of which the first four become the length of a NAL unit where kind is video.
func AppendFragment(dst []byte, f *packager.Fragment, kind packager.Kind, samples []ts.Sample, content func(dst []byte, sizeBytes int) []byte) []byte {
	run := binary.BigEndian.AppendUint32([]byte{1, 0, 0x0f, 0x01}, uint32(len(samples)))
	run = append(run, 0, 0, 0, 0) // data offset
	var data []byte
	for _, s := range samples {
		flags := uint32(nonSyncFlags)
		if s.Sync {
			flags = syncFlags
		}
		for _, field := range []uint32{s.Duration, s.SizeBytes, flags, uint32(s.CompositionOffset)} {
			run = binary.BigEndian.AppendUint32(run, field)
		}
		start := len(data)
		data = content(data, int(s.SizeBytes))
		if kind == packager.Video {
			binary.BigEndian.PutUint32(data[start:], s.SizeBytes-4)
		}
	}
	moof := Box("moof", Box("traf", Box("tfhd", []byte{0, 2, 0, 0, 0, 0, 0, 1}), Box("trun", run)))
	f.MoofSizeBytes, f.SizeBytes = uint32(len(moof)), uint32(len(moof)+8+len(data))
	f.FirstSampleSizeBytes, f.Samples = samples[0].SizeBytes, uint32(len(samples))
	return append(append(dst, moof...), Box("mdat", data)...)
}
