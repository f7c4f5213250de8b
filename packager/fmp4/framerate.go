package fmp4

import "headwater/packager"

// broadcastRates are the rates that timestamps in whole milliseconds only come near to.
var broadcastRates = []packager.FrameRate{
	{Num: 24000, Den: 1001}, {Num: 24, Den: 1}, {Num: 25, Den: 1}, {Num: 30000, Den: 1001}, {Num: 30, Den: 1},
	{Num: 48000, Den: 1001}, {Num: 48, Den: 1}, {Num: 50, Den: 1}, {Num: 60000, Den: 1001}, {Num: 60, Den: 1},
	{Num: 100, Den: 1}, {Num: 120000, Den: 1001}, {Num: 120, Den: 1},
}

// frameRate returns the average frame rate of a video track: exact where all pictures last equally long, a broadcast
// rate where it is within 0.03 % of one (30 and 29.97 Hz differ by 0.1 %), else rounded to thousandths.
func frameRate(t *packager.Track) packager.FrameRate {
	pictures := uint64(0)
	for _, f := range t.Fragments {
		pictures += uint64(f.Samples)
	}
	length := uint64(t.Duration())
	if pictures == 0 || length == 0 {
		return packager.FrameRate{}
	}
	if length%pictures == 0 {
		return reduced(uint64(t.Timescale), length/pictures)
	}
	rate := float64(pictures) * float64(t.Timescale) / float64(length)
	for _, b := range broadcastRates {
		ratio := rate * float64(b.Den) / float64(b.Num)
		if ratio > 0.9997 && ratio < 1.0003 {
			return b
		}
	}
	return reduced(uint64(max(rate*1000+0.5, 1)), 1000)
}

// reduced returns num/den in lowest terms, with den first cut to what its field holds.
func reduced(num, den uint64) packager.FrameRate {
	a, b := num, den
	for b != 0 {
		a, b = b, a%b
	}
	num, den = num/a, den/a
	for num>>32 != 0 || den>>32 != 0 {
		num, den = max(num>>1, 1), max(den>>1, 1)
	}
	return packager.FrameRate{Num: uint32(num), Den: uint32(den)}
}
