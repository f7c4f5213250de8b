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

// time gives samples, in decode order, the sorted presentation times as decode times, the last lasting until end, and
// signed composition offsets to match (ISO/IEC 14496-12 §8.6.1.3).
func (g *gop) time(samples []mp4.Sample, end packager.Ticks) error {
	if err := g.sort(); err != nil {
		return err
	}
	for i := range samples {
		next := end
		if i+1 < len(g.sorted) {
			next = g.sorted[i+1]
		}
		length := next - g.sorted[i]
		offset := g.presentations[i] - g.sorted[i]
		if length <= 0 && next == end {
			return unsuitable("pictures until %d follow the IDR picture at %d", g.sorted[i], end)
		}
		if length > math.MaxUint32 || offset < math.MinInt32 || offset > math.MaxInt32 {
			return unsuitable("a picture of %d ticks, moved by %d", length, offset)
		}
		samples[i].Dur = uint32(length)
		samples[i].CompositionTimeOffset = int32(offset)
	}
	return nil
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
