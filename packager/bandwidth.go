package packager

import "math/bits"

// Sizes tells the size of each segment, by its number, in one form of delivery.
type Sizes func(number int) int64

// CMAFSizes returns the sizes of the segments of t as they are stored.
func (s *Segmentation) CMAFSizes(t *Track) Sizes {
	return func(number int) int64 { return s.SizeBytes(t, number) }
}

// TransportSizes returns the sizes of the segments of t as transport streams, with audio in them unless it is nil.
func (s *Segmentation) TransportSizes(t, audio *Track) Sizes {
	return func(number int) int64 { return s.TransportBytes(number, t, audio) }
}

// IFrameSizes returns the sizes of the I-frames that the segments of t begin with; see [Fragment.IFrameBytes]. s has one
// fragment a segment ([Options.IFrames]).
func (s *Segmentation) IFrameSizes(t *Track) Sizes {
	return func(number int) int64 { return t.Fragments[number-1].IFrameBytes() }
}

// PeakBandwidth returns the peak segment bit rate of t in bits per second, rounded up: the largest bit rate of any run
// of segments that lasts 0.5 to 1.5 target durations (RFC 8216 §4.3.4.2). A presentation too short to have such a run
// is measured segment by segment. targetDuration is the playlist's, in seconds.
func (s *Segmentation) PeakBandwidth(t *Track, sizes Sizes, targetDuration int) int64 {
	target := Ticks(targetDuration) * Ticks(t.Timescale)
	peak, single := int64(0), int64(0)
	for first := 1; first <= s.Len(); first++ {
		var size int64
		var length Ticks
		for last := first; last <= s.Len(); last++ {
			_, duration := s.Span(t, last)
			size += sizes(last)
			length += duration
			if last == first {
				single = max(single, bitRate(size, length, t.Timescale))
			}
			if 2*length > 3*target {
				break
			}
			if 2*length >= target {
				peak = max(peak, bitRate(size, length, t.Timescale))
			}
		}
	}
	if peak == 0 {
		return single
	}
	return peak
}

// AverageBandwidth returns the bit rate of all segments of t in bits per second, rounded up.
func (s *Segmentation) AverageBandwidth(t *Track, sizes Sizes) int64 {
	var size int64
	for number := 1; number <= s.Len(); number++ {
		size += sizes(number)
	}
	first, last := t.Fragments[0], t.Fragments[s.starts[s.Len()]-1]
	return bitRate(size, last.End()-first.DecodeTime, t.Timescale)
}

// bitRate returns ceil(8 * sizeBytes * timescale / length).
func bitRate(sizeBytes int64, length Ticks, timescale Timescale) int64 {
	hi, lo := bits.Mul64(uint64(sizeBytes)*8, uint64(timescale))
	quotient, remainder := bits.Div64(hi, lo, uint64(length))
	if remainder > 0 {
		quotient++
	}
	return int64(quotient)
}
