package fmp4

import (
	"math"
	"slices"

	"github.com/Eyevinn/mp4ff/mp4"

	"headwater/packager"
)

// gop is the timing of the pictures of one fragment.
type gop struct {
	presentations []packager.Ticks // in decode order, on the track's timeline
	sorted        []packager.Ticks // in presentation order, once sort was called
	usual         packager.Ticks   // median distance of pictures, of the last fragment that had two
}

// sort orders the presentation times and refuses what cannot be decoded or presented alone: a picture before the first
// in decode order, or two at once.
func (g *gop) sort() error {
	g.sorted = append(g.sorted[:0], g.presentations...)
	slices.Sort(g.sorted)
	if g.sorted[0] != g.presentations[0] {
		return unsuitable("pictures lead the IDR picture at %d", g.presentations[0])
	}
	for i := 1; i < len(g.sorted); i++ {
		if g.sorted[i] == g.sorted[i-1] {
			return unsuitable("two pictures at %d", g.sorted[i])
		}
	}
	if len(g.sorted) > 1 {
		g.usual = medianDistance(g.sorted)
	}
	return nil
}

// time gives samples, in decode order, durations and composition offsets, the last ending at end.
//
// Decode times are the sorted presentation times, late by as many pictures as the encoder reordered, so that no picture
// is presented before it is decoded. The first is decoded at the fragment's start all the same, and those that the delay
// puts before it share its interval. Towards the end pictures are decoded later than that where a player that takes a
// sample's duration for the picture's would else see it last beyond the fragment (ADR 0001).
func (g *gop) time(samples []mp4.Sample, end packager.Ticks) error {
	if err := g.sort(); err != nil {
		return err
	}
	if last := g.sorted[len(g.sorted)-1]; last >= end {
		return unsuitable("a picture at %d follows the IDR picture at %d", last, end)
	}
	delay := g.delay()
	if delay > 0 && g.sorted[1]-g.sorted[0] <= packager.Ticks(delay) {
		return unsuitable("pictures %d ticks apart where %d are reordered", g.sorted[1]-g.sorted[0], delay)
	}
	next := end
	for i := len(samples) - 1; i >= 0; i-- {
		presentation := g.presentations[i]
		decode := max(g.decode(i, delay), next-(end-presentation))
		length, offset := next-decode, presentation-decode
		if length > math.MaxUint32 || offset > math.MaxInt32 {
			return unsuitable("a picture of %d ticks, delayed by %d", length, offset)
		}
		samples[i].Dur, samples[i].CompositionTimeOffset = uint32(length), int32(offset)
		next = decode
	}
	return nil
}

// delay returns by how many pictures decoding runs ahead of presentation at most.
func (g *gop) delay() int {
	delay := 0
	for i, presentation := range g.presentations {
		rank, _ := slices.BinarySearch(g.sorted, presentation)
		delay = max(delay, i-rank)
	}
	return delay
}

// decode returns when picture i, in decode order, is decoded at the earliest.
func (g *gop) decode(i, delay int) packager.Ticks {
	if i > delay || delay == 0 {
		return g.sorted[i-delay]
	}
	first, second := g.sorted[0], g.sorted[1]
	return first + (second-first)*packager.Ticks(i)/packager.Ticks(delay+1)
}

// end returns when the last picture ends: after stated, the duration that the source's muxer gives it, or as the
// pictures before it where that is not plausible.
func (g *gop) end(stated packager.Ticks) (packager.Ticks, error) {
	if err := g.sort(); err != nil {
		return 0, err
	}
	last := g.sorted[len(g.sorted)-1]
	if stated > 0 && g.mayEnd(last+stated) {
		return last + stated, nil
	}
	if len(g.sorted) > 1 {
		return 2*last - g.sorted[len(g.sorted)-2], nil
	}
	if g.usual > 0 {
		return last + g.usual, nil
	}
	return 0, unsuitable("one picture of no stated duration")
}

// mayEnd reports whether the last picture may end at an instant: within two usual distances. Without any the instant
// alone decides.
func (g *gop) mayEnd(at packager.Ticks) bool {
	last := g.sorted[len(g.sorted)-1]
	return at > last && (g.usual == 0 || at-last <= 2*g.usual)
}

func medianDistance(sorted []packager.Ticks) packager.Ticks {
	distances := make([]packager.Ticks, len(sorted)-1)
	for i := range distances {
		distances[i] = sorted[i+1] - sorted[i]
	}
	slices.Sort(distances)
	return distances[len(distances)/2]
}
