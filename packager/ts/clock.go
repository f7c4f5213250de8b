package ts

import "headwater/packager"

// Frequencies of the time stamps and of the program clock (ISO/IEC 13818-1 §2.4.3.5, §2.4.3.7), in Hz.
const (
	stampHz = 90_000
	clockHz = 27_000_000
)

// Base is the time stamp of the instant 0 of a presentation: ten seconds, which leaves room for what is decoded before.
const Base = 10 * stampHz

// ahead is how much earlier the program clock shows a time than it is decoded, in ticks of 27 MHz: a picture has arrived
// before it is due, and is kept for less than the second that the decoder model allows (§2.4.2.7).
const ahead = clockHz / 2

// stampMask keeps the 33 bits of a time stamp, which wraps around.
const stampMask = 1<<33 - 1

// stamp returns the time stamp of an instant of a track.
func stamp(t packager.Ticks, timescale packager.Timescale) int64 {
	return Base + int64(packager.Rescale(t, timescale, stampHz))
}

// clock returns what the program clock shows when a packet comes whose content is decoded at an instant of a track.
func clock(t packager.Ticks, timescale packager.Timescale) int64 {
	return Base*(clockHz/stampHz) - ahead + int64(packager.Rescale(t, timescale, clockHz))
}

// longestClockGap is how far apart the program clock is told, in thousandths of a second. The limit is 100 (§2.7.2).
const longestClockGap = 90

// clockPackets returns how many packets that only tell the clock follow a PES packet whose content lasts a while.
func clockPackets(duration packager.Ticks, timescale packager.Timescale) int64 {
	if duration <= 0 {
		return 0
	}
	return (int64(duration)*1000 - 1) / (longestClockGap * int64(timescale))
}
