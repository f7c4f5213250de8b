package ffmpeg

import (
	"math/big"
	"slices"

	"headwater/packager"
)

// Channels of the audio outputs.
const (
	stereo   = 2
	surround = 6 // 5.1
)

const (
	// aacFrameSamples is the number of samples in a packet of AAC-LC (ISO/IEC 14496-3 §4.5.1.1).
	aacFrameSamples = 1024
	// fallbackSampleRate replaces sample rates that are not kept.
	fallbackSampleRate = 48_000
	// copyBitRateFactor is how many times the ladder's bit rate copied audio may have.
	copyBitRateFactor = 2
)

var (
	// maxCopyDrift is the greatest distance between packet times and the sum of packet lengths before it in copied
	// audio, in seconds. Stored times are such sums.
	maxCopyDrift = big.NewRat(5, 1000)
	// maxCopyOffset is how far from zero a packet of copied audio may begin, in seconds: half of the allowed error.
	maxCopyOffset = big.NewRat(1, 2000)
)

// planAudio returns the audio renditions of every stream: stereo, and 5.1 where the source has as much, then the source's own
// packets, if the ladder passes their codec, and those in other codecs that the ladder wants. mayCopy allows to keep packets of
// AAC-LC that suit.
func planAudio(s *Source, ladder Ladder, t timeline, mayCopy bool) []Output {
	var outputs []Output
	add := func(a *AudioStream, channels int, bitRate int64) {
		o := Output{
			Kind: packager.Audio, Stream: a.Index, Channels: channels, SampleRate: keptSampleRate(a.SampleRate), BitRate: bitRate,
			Language: a.Language, Label: a.Title, Role: a.Role, Default: a == defaultAudio(s.Audio),
		}
		if mayCopy && a.Channels == channels && a.BitRate <= copyBitRateFactor*bitRate && copyable(a, t) {
			o.Copy, o.BitRate = true, 0
		}
		outputs = append(outputs, o)
	}
	for i := range s.Audio {
		a, first := &s.Audio[i], len(outputs)
		add(a, stereo, ladder.StereoBitRate)
		if a.Channels >= surround {
			add(a, surround, ladder.SurroundBitRate)
		}
		kept := ""
		if codec := a.family(); slices.Contains(ladder.PassthroughAudio, codec) && keepable(a, t) {
			kept = codec
			copied := keptAudioOutput(outputs[first], a, codec)
			outputs = append(outputs, copied)
			if a.silenceable() {
				outputs = append(outputs, silenceOutput(copied, a))
			}
		}
		for _, codec := range ladder.ExtraAudio {
			if codec != kept {
				outputs = append(outputs, extraAudio(outputs[first], a, codec))
			}
		}
	}
	return outputs
}

// extraAudio returns the output of a stream in another codec than like, which is its stereo one.
func extraAudio(like Output, a *AudioStream, codec string) Output {
	encoder := audioEncoders[codec]
	o := like
	o.Copy, o.Codec, o.Channels, o.BitRate = false, codec, stereo, encoder.stereoBitRate
	if a.Channels >= surround && encoder.surround {
		o.Channels, o.BitRate = surround, encoder.surroundBitRate
	}
	if encoder.sampleRate != 0 {
		o.SampleRate = encoder.sampleRate
	}
	return o
}

// defaultAudio returns the stream that plays when the viewer chose none: the first that says so, else the first.
func defaultAudio(streams []AudioStream) *AudioStream {
	for i := range streams {
		if streams[i].Default {
			return &streams[i]
		}
	}
	return &streams[0]
}

// keptSampleRate returns the rate at which sound sampled at rate is stored.
func keptSampleRate(rate int) int {
	switch rate {
	case 32_000, 44_100, 48_000:
		return rate
	default:
		return fallbackSampleRate
	}
}

// copyable reports whether the packets of a can be stored as they are: AAC-LC without gaps, with a packet that begins
// at zero, until the end.
func copyable(a *AudioStream, t timeline) bool {
	if a.Codec != "aac" || a.Profile != "LC" || a.SampleRate != keptSampleRate(a.SampleRate) || a.Discontinuities > 0 {
		return false
	}
	return a.TimeBase.instant(a.MaxDrift).Cmp(maxCopyDrift) < 0 && beginsOnZero(a, t) && coversEnd(a, t)
}

// beginsOnZero reports whether a packet of a begins within maxCopyOffset of zero.
func beginsOnZero(a *AudioStream, t timeline) bool {
	first := a.TimeBase.instant(a.Start - a.Priming)
	lead := new(big.Rat).Sub(t.instant(t.zero), first)
	packets := new(big.Rat).Mul(lead, big.NewRat(int64(a.SampleRate), aacFrameSamples))
	nearest := roundHalfUp(packets)
	if nearest.Sign() < 0 {
		return false
	}
	boundary := new(big.Rat).SetFrac(nearest.Mul(nearest, big.NewInt(aacFrameSamples)), big.NewInt(int64(a.SampleRate)))
	return boundary.Sub(boundary, lead).Abs(boundary).Cmp(maxCopyOffset) <= 0
}

// coversEnd reports whether a lasts to the end, give or take half a packet.
func coversEnd(a *AudioStream, t timeline) bool {
	missing := new(big.Rat).Sub(t.instant(t.end), a.TimeBase.instant(a.End))
	return missing.Cmp(big.NewRat(aacFrameSamples/2, int64(a.SampleRate))) <= 0
}

// roundHalfUp returns the integer nearest to r.
func roundHalfUp(r *big.Rat) *big.Int {
	doubled := new(big.Int).Add(new(big.Int).Lsh(r.Num(), 1), r.Denom())
	return doubled.Div(doubled, new(big.Int).Lsh(r.Denom(), 1)) // Euclidean: rounds down, as the denominator is positive
}
