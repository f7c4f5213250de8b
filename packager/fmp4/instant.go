package fmp4

import "headwater/packager"

// Instant is a moment of the source's timeline, which may be negative. The zero value is the source's zero.
type Instant struct {
	Ticks     packager.Ticks
	Timescale packager.Timescale // 0 only in the zero value
}

// in returns the instant in another timescale, rounded to the nearest tick.
func (i Instant) in(timescale packager.Timescale) packager.Ticks {
	if i.Timescale == 0 {
		return 0
	}
	return packager.Rescale(i.Ticks, i.Timescale, timescale)
}
