package dash

import (
	"math"

	"headwater/packager"
)

// minBufferTime returns the longest segment of the grid, rounded down to milliseconds. Players that wait for so much
// media before they start (shaka-player) are then content with one segment of video.
func minBufferTime(g *packager.Grid, s *packager.Segmentation) duration {
	const millisecond = 1_000_000
	var longest duration
	for number := 1; number <= s.Len(); number++ {
		first, end := s.Intervals(number)
		longest = max(longest, durationFromTicks(g.Cuts[end]-g.Cuts[first], g.Timescale))
	}
	return max(longest/millisecond, 1) * millisecond
}

// bandwidth returns the least rate in bits per second at which a client never runs dry that begins with any segment of t
// and presents it buffer after it asked (ISO/IEC 23009-1 §5.3.5.2): the largest of bits(i..j) / (buffer + start(j) -
// start(i)) over all runs of segments i to j, because segment j is due so long after the request of segment i.
//
// That maximum is found by Dinkelbach's iteration: worstRun at a rate finds the run that misses its time by most bits,
// whose own rate is the next one to try. Each step takes time linear in the segments; a handful suffice.
func bandwidth(t *packager.Track, s *packager.Segmentation, buffer duration) int64 {
	rate := 0.0
	for {
		next := worstRun(t, s, float64(buffer)/float64(nanoseconds), rate)
		if next <= rate {
			return int64(math.Ceil(rate))
		}
		rate = next
	}
}

// worstRun returns the rate that the run of segments needs which lacks most bits at the given rate. A run that ends with
// a segment either begins with it or continues the worst run before it.
func worstRun(t *packager.Track, s *packager.Segmentation, buffer, rate float64) float64 {
	worst, needs := math.Inf(-1), 0.0
	var bits, seconds float64 // of the worst run that ends with the segment at hand
	previous := 0.0
	for number := 1; number <= s.Len(); number++ {
		own := float64(s.SizeBytes(t, number)) * 8
		if number > 1 && bits-rate*(seconds+previous) > -rate*buffer {
			bits, seconds = bits+own, seconds+previous
		} else {
			bits, seconds = own, buffer
		}
		if missing := bits - rate*seconds; missing > worst {
			worst, needs = missing, bits/seconds
		}
		_, ticks := s.Span(t, number)
		previous = float64(ticks) / float64(t.Timescale)
	}
	return needs
}
