package packager

import (
	"math/bits"
	"strconv"
)

// Ticks is an instant or a length on a track's timeline, counted in units of 1/[Timescale] second.
type Ticks int64

// Timescale is a number of ticks per second (mdhd.timescale, ISO/IEC 14496-12 §8.4.2). Valid values are at least 1.
type Timescale uint32

// Rescale converts t from one timescale to another, rounded to the nearest tick, halves away from zero. The product
// is held in 128 bits, so nothing overflows that fits the result; a result outside int64 panics, because stored times
// are bounded far below by [Presentation.Validate].
func Rescale(t Ticks, from, to Timescale) Ticks {
	if from == to || t == 0 {
		return t
	}
	negative := t < 0
	magnitude := uint64(t)
	if negative {
		magnitude = -magnitude
	}
	hi, lo := bits.Mul64(magnitude, uint64(to))
	lo, carry := bits.Add64(lo, uint64(from)/2, 0)
	quotient, _ := bits.Div64(hi+carry, lo, uint64(from))
	if negative {
		return -Ticks(quotient)
	}
	return Ticks(quotient)
}

// CompareTicks compares the instant a in timescale as with the instant b in timescale bs exactly, without rounding:
// -1, 0 or +1. Both instants must not be negative.
func CompareTicks(a Ticks, as Timescale, b Ticks, bs Timescale) int {
	aHi, aLo := bits.Mul64(uint64(a), uint64(bs))
	bHi, bLo := bits.Mul64(uint64(b), uint64(as))
	switch {
	case aHi < bHi || aHi == bHi && aLo < bLo:
		return -1
	case aHi == bHi && aLo == bLo:
		return 0
	default:
		return 1
	}
}

// AppendSeconds appends t as decimal seconds with exactly decimals digits (0 to 9) after the point, rounded to the
// nearest, such as "6.006000".
func AppendSeconds(dst []byte, t Ticks, timescale Timescale, decimals int) []byte {
	unit := Timescale(1)
	for range decimals {
		unit *= 10
	}
	scaled := Rescale(t, timescale, unit)
	if scaled < 0 {
		dst = append(dst, '-')
		scaled = -scaled
	}
	dst = strconv.AppendInt(dst, int64(scaled)/int64(unit), 10)
	if decimals == 0 {
		return dst
	}
	dst = append(dst, '.')
	fraction := int64(scaled) % int64(unit)
	for digit := int64(unit) / 10; digit > 1 && fraction < digit; digit /= 10 {
		dst = append(dst, '0')
	}
	return strconv.AppendInt(dst, fraction, 10)
}
