package lint

import (
	"math"
	"math/big"
	"math/bits"
)

// nanoseconds returns ticks as nanoseconds, rounded down; far beyond any film it saturates.
func nanoseconds(ticks int64, timescale uint32) int64 {
	whole, rest := ticks/int64(timescale), ticks%int64(timescale)
	const farthest = math.MaxInt64 / 2_000_000_000
	if whole > farthest || whole < -farthest {
		return farthest * 1e9
	}
	return whole*1e9 + rest*1e9/int64(timescale)
}

// rescale returns ticks of one timescale in another, rounded down.
func rescale(ticks int64, from, to uint32) int64 {
	high, low := bits.Mul64(uint64(max(ticks, 0)), uint64(to))
	if high >= uint64(from) {
		return math.MaxInt64 / 2
	}
	quotient, _ := bits.Div64(high, low, uint64(from))
	return int64(min(quotient, math.MaxInt64/2))
}

// compareTimes compares two instants in their timescales exactly: -1, 0 or +1.
func compareTimes(a int64, as uint32, b int64, bs uint32) int {
	left := new(big.Int).Mul(big.NewInt(a), big.NewInt(int64(bs)))
	return left.Cmp(new(big.Int).Mul(big.NewInt(b), big.NewInt(int64(as))))
}

// sameInstant compares two instants, allowing for the rounding of one to 90 kHz where their timescales differ.
func sameInstant(a int64, as uint32, b int64, bs uint32) bool {
	if as == bs || as != transportScale && bs != transportScale {
		return compareTimes(a, as, b, bs) == 0
	}
	distance := nanoseconds(a, as) - nanoseconds(b, bs)
	const tick = 1_000_000_000 / transportScale
	return distance <= tick && distance >= -tick
}

// bitsPerSecond returns the rate of so many bytes in so many ticks.
func bitsPerSecond(sizeBytes, ticks int64, timescale uint32) float64 {
	return float64(sizeBytes) * 8 * float64(timescale) / float64(ticks)
}

// rates is a bit rate in bits per second, as low and as high as it may be: where media do not tell to the tick how long
// they last, neither is it known to the bit.
type rates struct{ low, high float64 }

func (r rates) plus(other rates) rates { return rates{r.low + other.low, r.high + other.high} }

func (r rates) orMore(other rates) rates {
	return rates{max(r.low, other.low), max(r.high, other.high)}
}

// rate returns that of so many bytes in the segments of t up to the one of index last, which last so many ticks.
func (t *track) rate(sizeBytes, ticks int64, last int) rates {
	doubt := t.doubt
	if last == len(t.segments)-1 {
		doubt += t.endDoubt
	}
	return rates{
		low:  bitsPerSecond(sizeBytes, ticks+doubt, t.timescale),
		high: bitsPerSecond(sizeBytes, max(ticks-doubt, 1), t.timescale),
	}
}

// peakRate returns the peak segment bit rate of RFC 8216 §4.3.4.2: the largest rate of any contiguous set of segments
// that lasts 0.5 to 1.5 target durations; of any segment, where there is no such set.
func (t *track) peakRate(targetDuration int64) rates {
	shortest := float64(targetDuration) * float64(t.timescale) / 2
	var peak, single rates
	for i := range t.segments {
		var size, ticks int64
		for j, s := range t.segments[i:] {
			size, ticks = size+s.sizeBytes, ticks+s.duration
			rate := t.rate(size, ticks, i+j)
			if j == 0 {
				single = single.orMore(rate)
			}
			if float64(ticks) > 3*shortest {
				break
			}
			if float64(ticks) >= shortest {
				peak = peak.orMore(rate)
			}
		}
	}
	if peak.high == 0 {
		return single
	}
	return peak
}

// averageRate returns the average segment bit rate.
func (t *track) averageRate() rates {
	var size int64
	for _, s := range t.segments {
		size += s.sizeBytes
	}
	return t.rate(size, t.duration(), len(t.segments)-1)
}

// runsDry reports whether a client that is given rate bits per second, and starts any segment bufferTime nanoseconds
// after asking for it, lacks a segment at the time when it is due (ISO/IEC 23009-1 §5.3.5.2). It returns the number of
// that segment, from 1; 0 when it never lacks one.
func (t *track) runsDry(rate float64, bufferTime int64) int {
	// spare is how many seconds before it is due the segment at hand is complete, in the worst case of where the client
	// began. Beginning at the segment itself leaves bufferTime to fetch it.
	buffer := float64(bufferTime) / 1e9
	spare := buffer
	for i, s := range t.segments {
		fetch := float64(s.sizeBytes) * 8 / rate
		if i > 0 {
			spare = min(spare+float64(t.segments[i-1].duration)/float64(t.timescale), buffer)
		}
		if spare -= fetch; spare < -1e-6 {
			return i + 1
		}
	}
	return 0
}

// bandwidthTolerance is how far above what is measured a manifest may go.
const bandwidthTolerance = 1.01

// appleTolerance is how far Apple lets rates be off (HLS Authoring Specification 1.26, 1.27).
const appleTolerance = 1.1

// overstates reports whether a declared rate is too far above the measured one; a bit is for rounding up.
func overstates(declared int64, measured rates) bool {
	return float64(declared) > measured.high*bandwidthTolerance+1
}

// understates reports whether a declared rate is below the measured one, rounding of doubles aside.
func understates(declared int64, measured rates) bool {
	return float64(declared) < measured.low*(1-1e-9)
}
