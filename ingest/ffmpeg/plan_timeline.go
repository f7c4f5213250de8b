package ffmpeg

import (
	"math/big"

	"headwater/packager"
)

// timeline is where a source's outputs begin and end, in exact ticks of the instants that ffmpeg -copyts keeps.
type timeline struct {
	timescale packager.Timescale
	zero, end packager.Ticks
	// hold is how long the last picture is shown past its own end, so that no sound is cut off.
	hold packager.Ticks
}

// minTimescale is the least timescale of an output. MP4 muxers raise lower ones themselves, and audio is placed on
// video's zero by it.
const minTimescale = 10_000

// longestCut is how much sound after the last picture is cut off, in seconds; more of it is kept.
var longestCut = big.NewRat(1, 2)

func newTimeline(s *Source) timeline {
	var t timeline
	start, base, end := audioSpan(s)
	if s.Video == nil {
		t.timescale = timescaleOf(base)
		t.zero, t.end = t.ticks(base, start), t.ceil(end)
		return t
	}
	v := s.Video
	t.timescale = timescaleOf(v.TimeBase)
	t.zero, t.end = t.ticks(v.TimeBase, v.Start), t.ticks(v.TimeBase, v.End)
	if end != nil && new(big.Rat).Sub(end, t.instant(t.end)).Cmp(longestCut) > 0 {
		held := t.ceil(end)
		t.hold, t.end = held-t.end, held
	}
	return t
}

// audioSpan returns the earliest start of an audio stream in its time base, and the latest end in seconds; nil without
// audio.
func audioSpan(s *Source) (start packager.Ticks, base Rational, end *big.Rat) {
	var earliest *big.Rat
	for i := range s.Audio {
		a := &s.Audio[i]
		if from := a.TimeBase.instant(a.Start); earliest == nil || from.Cmp(earliest) < 0 {
			earliest, start, base = from, a.Start, a.TimeBase
		}
		if to := a.TimeBase.instant(a.End); end == nil || to.Cmp(end) > 0 {
			end = to
		}
	}
	return start, base, end
}

// timescaleOf returns the timescale in which every tick of base is a whole number: the time base's denominator, doubled
// up to minTimescale.
func timescaleOf(base Rational) packager.Timescale {
	scale := base.Den
	for scale < minTimescale {
		scale *= 2
	}
	return packager.Timescale(scale)
}

// ticks converts ticks of base, the time base that t's timescale was made for, exactly.
func (t timeline) ticks(base Rational, ticks packager.Ticks) packager.Ticks {
	return ticks * packager.Ticks(base.Num*(int64(t.timescale)/base.Den))
}

// instant returns ticks of t's timescale in seconds.
func (t timeline) instant(ticks packager.Ticks) *big.Rat {
	return Rational{1, int64(t.timescale)}.instant(ticks)
}

// ceil returns the first tick at or after instant.
func (t timeline) ceil(instant *big.Rat) packager.Ticks {
	scaled := new(big.Rat).Mul(instant, new(big.Rat).SetInt64(int64(t.timescale)))
	quotient, remainder := new(big.Int).DivMod(scaled.Num(), scaled.Denom(), new(big.Int))
	if remainder.Sign() > 0 {
		quotient.Add(quotient, big.NewInt(1))
	}
	return packager.Ticks(quotient.Int64())
}

// instant returns ticks of the time base r in seconds, exactly.
func (r Rational) instant(ticks packager.Ticks) *big.Rat {
	product := new(big.Int).Mul(big.NewInt(int64(ticks)), big.NewInt(r.Num))
	return new(big.Rat).SetFrac(product, big.NewInt(r.Den))
}

// zeroSample returns the sample, counted from the timeline's own zero, that sounds with the first picture.
func (t timeline) zeroSample(rate int) packager.Ticks {
	return packager.Rescale(t.zero, t.timescale, packager.Timescale(rate))
}

// decimal writes seconds to the microsecond, which is how finely ffmpeg reads them.
func decimal(seconds *big.Rat) string { return seconds.FloatString(6) }
