package ffmpeg

import (
	"slices"

	"headwater/packager"
)

// maxFrameRate is the highest frame rate that is kept, in frames per second. It is a little above 60 because measured
// averages are.
const maxFrameRate = 61

// planVideo returns the ladder's rungs for v by falling height: of each codec none above the picture's size, and one of just
// that size when it lies between rungs or below the lowest. Rungs hardly smaller than that one are left out.
func planVideo(v *VideoStream, ladder Ladder) []Output {
	width, height := v.DisplaySize()
	var rungs []Rung
	for _, codec := range videoCodecs {
		rungs = append(rungs, rungsFor(evenFloor(min(width, height)), ladder.rungsOf(codec))...)
	}
	slices.SortStableFunc(rungs, func(a, b Rung) int { return b.Height - a.Height })
	outputs := make([]Output, len(rungs))
	for i, rung := range rungs {
		w, h := fitSize(width, height, rung.Height)
		outputs[i] = Output{
			Kind: packager.Video, Stream: v.Index,
			Rung: rung, Width: w, Height: h, FrameRate: cappedFrameRate(v),
		}
	}
	return outputs
}

// videoCodecs are the codecs of rungs, those first that most players show.
var videoCodecs = []string{"avc", "hevc", "av1", "vp9"}

// rungsOf returns the rungs of one codec.
func (l Ladder) rungsOf(codec string) (rungs []Rung) {
	for _, rung := range l.Rungs {
		if rung.Codec == codec {
			rungs = append(rungs, rung)
		}
	}
	return rungs
}

// rungsFor returns those of rungs, all of one codec, that a picture of a shorter side gets.
func rungsFor(short int, all []Rung) (rungs []Rung) {
	if len(all) == 0 {
		return nil
	}
	if short < all[0].Height {
		rungs = append(rungs, ownRung(short, all))
	}
	for _, rung := range all {
		if rung.Height <= short && (len(rungs) == 0 || clearlySmaller(rung.Height, rungs[0].Height)) {
			rungs = append(rungs, rung)
		}
	}
	return rungs
}

// ownRung returns the rung for a source whose shorter side is below the first rung: the settings of the next larger
// one.
func ownRung(short int, rungs []Rung) Rung {
	own := rungs[0]
	for _, rung := range rungs[1:] {
		if rung.Height < short {
			break
		}
		own = rung
	}
	own.Height = short
	return own
}

// clearlySmaller reports whether a rung of height earns its place below one of top: a tenth less.
func clearlySmaller(height, top int) bool { return height*10 <= top*9 }

// fitSize scales width by height to the given shorter side, both sides even and at least 2.
func fitSize(width, height, short int) (w, h int) {
	if width < height {
		h, w = fitSize(height, width, short)
		return w, h
	}
	if evenFloor(height) == short {
		return evenFloor(width), short
	}
	return max(2, (width*short+height)/(2*height)*2), short
}

func evenFloor(n int) int { return max(2, n/2*2) }

// frameRateDivisor returns how many frames of v become one, so that no more than maxFrameRate are left.
func frameRateDivisor(v *VideoStream) int64 {
	rate := v.AverageFrameRate
	if rate.Num <= maxFrameRate*rate.Den {
		return 1
	}
	return (rate.Num + maxFrameRate*rate.Den - 1) / (maxFrameRate * rate.Den)
}

// cappedFrameRate returns the average frame rate that is left of v's.
func cappedFrameRate(v *VideoStream) Rational {
	return Rational{v.AverageFrameRate.Num, v.AverageFrameRate.Den * frameRateDivisor(v)}
}
