package ffmpeg

import (
	"cmp"
	"math/big"
	"slices"
)

// keptAudio are the codecs of Ladder.PassthroughAudio.
var keptAudio = []string{"heaac", "ac3", "ec3", "opus", "flac", "mp3"}

// family returns the codec of a in the words of Ladder.PassthroughAudio; empty for those that are none of them.
func (a *AudioStream) family() string {
	switch a.Codec {
	case "aac":
		if a.Profile == "HE-AAC" || a.Profile == "HE-AACv2" {
			return "heaac"
		}
		return ""
	case "eac3":
		return "ec3"
	case "ac3", "opus", "flac", "mp3":
		return a.Codec
	default:
		return ""
	}
}

// maxKeptChannels is what the model of a track holds.
const maxKeptChannels = 8

// coarsestTick is the longest tick, in 1/seconds, of streams whose packets are copied while they are decoded too: ffmpeg (5.1)
// then rounds their times to either side by half a tick. In AVI a tick is as long as a packet.
const coarsestTick = 1000

// keepable reports whether the packets of a can be stored beside AAC-LC: in time, without gaps, with one that begins at most a
// packet after zero. Packets that begin elsewhere than at zero stay where they are: the AAC-LC rendition has what is missing of
// the first. Sound for which silence cannot be made must last until half a packet before the end, which is as near as packets
// come to the cuts inside.
func keepable(a *AudioStream, t timeline) bool {
	if a.Channels > maxKeptChannels || a.TimeBase.Num*coarsestTick > a.TimeBase.Den || a.Discontinuities > 0 || a.TimeBase.instant(a.MaxDrift).Cmp(maxCopyDrift) >= 0 {
		return false
	}
	packet := a.TimeBase.instant(a.PacketDuration)
	late := new(big.Rat).Sub(a.TimeBase.instant(a.Start-a.Priming), t.instant(t.zero))
	missing := new(big.Rat).Sub(t.instant(t.end), a.TimeBase.instant(a.End))
	return late.Cmp(packet) <= 0 && (a.silenceable() || missing.Add(missing, missing).Cmp(packet) <= 0)
}

// keptAudioOutput returns the output of the packets of a, in another codec than like, which is its stereo one.
func keptAudioOutput(like Output, a *AudioStream, codec string) Output {
	o := like
	o.Copy, o.Expendable, o.Codec = true, true, codec
	o.Channels, o.SampleRate, o.BitRate = a.Channels, a.SampleRate, 0
	return o
}

// silenceable reports whether packets of silence can follow those of a: an encoder makes them, for loudspeakers that are known.
func (a *AudioStream) silenceable() bool {
	switch a.family() {
	case "ac3", "ec3":
		return a.ChannelLayout != "" && a.Channels <= surround // ffmpeg would make 5.1 of more
	case "opus", "mp3":
		return a.ChannelLayout != ""
	default:
		return false
	}
}

// ac3BitRates are those that AC-3 frames may have, in bits per second (ETSI TS 102 366 table 4.13).
var ac3BitRates = []int64{
	32_000, 40_000, 48_000, 56_000, 64_000, 80_000, 96_000, 112_000, 128_000, 160_000, 192_000, 224_000, 256_000, 320_000,
	384_000, 448_000, 512_000, 576_000, 640_000,
}

// silenceOutput returns the silence that can follow kept, the copy of a.
func silenceOutput(kept Output, a *AudioStream) Output {
	o := kept
	o.Copy, o.Silence = false, true
	if o.Codec != "ac3" {
		o.BitRate = 64_000
		if o.Codec == "ec3" {
			o.BitRate = 32_000 * int64(a.Channels)
		}
		return o
	}
	// The sample entry of AC-3 tells the bit rate. What was measured is a little off.
	o.BitRate = slices.MinFunc(ac3BitRates, func(x, y int64) int {
		return cmp.Compare(max(x-a.BitRate, a.BitRate-x), max(y-a.BitRate, a.BitRate-y))
	})
	return o
}
