package packager

import "math/bits"

// PeakBandwidth returns the peak segment bit rate of t in bits per second, rounded up: the largest bit rate of any run
// of segments that lasts 0.5 to 1.5 target durations (RFC 8216 §4.3.4.2). A presentation too short to have such a run
// is measured segment by segment. targetDuration is the playlist's, in seconds.
func (s *Segmentation) PeakBandwidth(t *Track, targetDuration int) int64 {
	shortest := Ticks(targetDuration) * Ticks(t.Timescale) / 2
	peak, single := int64(0), int64(0)
	for first := 1; first <= s.Len(); first++ {
		var size int64
		var length Ticks
		for last := first; last <= s.Len(); last++ {
			_, duration := s.Span(t, last)
			size += s.SizeBytes(t, last)
			length += duration
			if last == first {
				single = max(single, bitRate(size, length, t.Timescale))
			}
			if length > 3*shortest {
				break
			}
			if length >= shortest {
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
func (s *Segmentation) AverageBandwidth(t *Track) int64 {
	first, last := t.Fragments[0], t.Fragments[s.starts[s.Len()]-1]
	return bitRate(last.Offset+int64(last.SizeBytes)-first.Offset, last.End()-first.DecodeTime, t.Timescale)
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
