package ffmpeg

import "math/big"

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

// keepable reports whether the packets of a can be stored beside AAC-LC: in time, without gaps, with one that begins at most a packet
// after zero, until half a packet before the end, which is as near as packets come to the cuts inside. Packets that begin
// elsewhere than at zero stay where they are: the AAC-LC rendition has what is missing of the first.
func keepable(a *AudioStream, t timeline) bool {
	if a.Channels > maxKeptChannels || a.TimeBase.Num*coarsestTick > a.TimeBase.Den || a.Discontinuities > 0 || a.TimeBase.instant(a.MaxDrift).Cmp(maxCopyDrift) >= 0 {
		return false
	}
	packet := a.TimeBase.instant(a.PacketDuration)
	late := new(big.Rat).Sub(a.TimeBase.instant(a.Start-a.Priming), t.instant(t.zero))
	missing := new(big.Rat).Sub(t.instant(t.end), a.TimeBase.instant(a.End))
	return late.Cmp(packet) <= 0 && missing.Add(missing, missing).Cmp(packet) <= 0
}

// keptAudioOutput returns the output of the packets of a, in another codec than like, which is its stereo one.
func keptAudioOutput(like Output, a *AudioStream, codec string) Output {
	o := like
	o.Copy, o.Expendable, o.Codec = true, true, codec
	o.Channels, o.SampleRate, o.BitRate = a.Channels, a.SampleRate, 0
	return o
}
