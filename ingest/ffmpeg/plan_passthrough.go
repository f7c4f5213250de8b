package ffmpeg

import (
	"fmt"
	"slices"
	"strings"

	"headwater/packager"
)

// Fit says how well a source's video can be stored without encoding it.
type Fit uint8

// The fits. A source without video is Unfit.
const (
	// Unfit: it must be encoded.
	Unfit Fit = iota
	// NearlySuits: it plays as it is, but its key frames are too far apart for a ladder beside it.
	NearlySuits
	// Suits: it is stored as it is, and its key frames are the grid of the ladder.
	Suits
)

// String returns "unfit", "nearly suits" or "suits".
func (f Fit) String() string {
	switch f {
	case NearlySuits:
		return "nearly suits"
	case Suits:
		return "suits"
	default:
		return "unfit"
	}
}

// Distances of key frames in seconds.
const (
	longestSuiting       = 4
	longestNearlySuiting = 12
)

// timedFormats are the containers, by ffprobe's names, that state the presentation time of every picture.
var timedFormats = []string{"mp4", "matroska", "mpegts"}

// fit judges from what is cheap to know; the packager looks at the bitstream itself and may still refuse. The reason
// is in words for the user, empty for Suits.
func fit(s *Source, ladder Ladder, t timeline) (f Fit, reason string) {
	if reasons := unfitReasons(s, ladder, t); len(reasons) > 0 {
		return Unfit, strings.Join(reasons, "; ")
	}
	v := s.Video
	longest := v.TimeBase.Seconds(longestInterval(v))
	reason = fmt.Sprintf("its key frames are up to %.1f s apart", longest)
	switch {
	case longest > longestNearlySuiting:
		return Unfit, reason
	case longest > longestSuiting:
		return NearlySuits, reason
	default:
		return Suits, ""
	}
}

// unfitReasons lists what keeps the video of s from being stored as it is, apart from the distance of its key frames.
func unfitReasons(s *Source, ladder Ladder, t timeline) []string {
	v := s.Video
	var reasons []string
	because := func(unfit bool, format string, args ...any) {
		if unfit {
			reasons = append(reasons, fmt.Sprintf(format, args...))
		}
	}
	because(!ladder.passes(v.Codec), "its codec is %s", v.Codec)
	because(v.Codec == "h264" && (v.BitDepth != 8 || !isYUV420(v.PixelFormat)), "its pixels are %s", v.PixelFormat)
	because(v.Codec == "h264" && v.Colour.VideoRange() != "SDR", "its colours are HDR")
	because(!hasTimes(s.Format), "its container (%s) does not state when pictures are shown", s.Format)
	because(v.Interlaced, "it is interlaced")
	because(v.SampleAspect.Num != v.SampleAspect.Den, "its pixels are not square (%d:%d)", v.SampleAspect.Num, v.SampleAspect.Den)
	because(v.Rotation != 0 || v.Mirrored, "it is rotated")
	because(v.Width%2 != 0 || v.Height%2 != 0, "its size is odd (%dx%d)", v.Width, v.Height)
	because(min(v.Width, v.Height) > ladder.Rungs[0].Height, "it is larger than %d lines", ladder.Rungs[0].Height)
	because(frameRateDivisor(v) > 1, "it has more than 60 frames a second")
	because(v.BitRate > ladder.PassthroughMaxBitRate, "its bit rate is %.1f of %.1f Mbit/s",
		megabits(v.BitRate), megabits(ladder.PassthroughMaxBitRate))
	because(v.OpenGOP, "its groups of pictures are open")
	because(v.ParametersChange, "its codec parameters change")
	because(v.Discarded > 0, "its edit list hides pictures")
	because(len(v.Keys) == 0 || v.Keys[0] != v.Start, "it does not begin with a key frame")
	because(t.hold > 0, "its sound outlasts it")
	return reasons
}

// passes reports whether video in codec, by ffmpeg's name, may be stored as it came.
func (l Ladder) passes(codec string) bool {
	return slices.ContainsFunc(l.PassthroughCodecs, func(name string) bool { return passthroughCodecs[name] == codec })
}

func isYUV420(pixelFormat string) bool { return pixelFormat == "yuv420p" || pixelFormat == "yuvj420p" }

func hasTimes(format string) bool {
	return slices.ContainsFunc(strings.Split(format, ","), func(name string) bool { return slices.Contains(timedFormats, name) })
}

func megabits(bitRate int64) float64 { return float64(bitRate) / 1e6 }

// longestInterval returns the greatest distance between neighbouring keys, or the last one and the end.
func longestInterval(v *VideoStream) packager.Ticks {
	longest := v.End - v.Keys[len(v.Keys)-1]
	for i := 1; i < len(v.Keys); i++ {
		longest = max(longest, v.Keys[i]-v.Keys[i-1])
	}
	return longest
}

// PassthroughCuts chooses the grid of a video whose key frames, rising and at least one, are shown at keys and which
// ends at end, all in ticks of base: from each cut the farthest key (or the end) that is at most 2.2 s on, else the
// next one. The cuts begin with the first key and finish with end.
func PassthroughCuts(keys []packager.Ticks, end packager.Ticks, base Rational) []packager.Ticks {
	reach := packager.Ticks(22 * base.Den / (10 * base.Num))
	points := append(slices.Clone(keys), end)
	cuts := points[:1:1]
	for i := 0; i+1 < len(points); {
		cut := points[i]
		i++
		for i+1 < len(points) && points[i+1]-cut <= reach {
			i++
		}
		cuts = append(cuts, points[i])
	}
	return cuts
}
