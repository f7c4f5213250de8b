package fmp4

import "headwater/packager"

// ownIntervalSeconds is the length of the intervals of a grid that audio makes for itself.
const ownIntervalSeconds = 2

// audioGrid is a grid in the timescale of an audio track.
type audioGrid struct {
	own      bool             // made by the audio itself: without end
	cuts     []packager.Ticks // of a given grid, with its end
	interval packager.Ticks   // of an own grid
}

func newAudioGrid(g *packager.Grid, timescale packager.Timescale) audioGrid {
	if g == nil {
		return audioGrid{own: true, interval: ownIntervalSeconds * packager.Ticks(timescale)}
	}
	cuts := make([]packager.Ticks, len(g.Cuts))
	for i, cut := range g.Cuts {
		cuts[i] = packager.Rescale(cut, g.Timescale, timescale)
	}
	return audioGrid{cuts: cuts}
}

func (g *audioGrid) intervals() int { return len(g.cuts) - 1 }

// due reports whether fragment number begun, from 0, begins at a packet of this time and length: whether its cut is no
// nearer to the packet's end. A packet begins at most one fragment, so that none is empty.
func (g *audioGrid) due(begun int, time, length packager.Ticks) bool {
	if begun == 0 {
		return true
	}
	if g.own {
		return 2*(packager.Ticks(begun)*g.interval-time) <= length
	}
	return begun < g.intervals() && 2*(g.cuts[begun]-time) <= length
}

// over reports whether a packet of this time is past the grid's end and no fragment needs it.
func (g *audioGrid) over(begun int, time packager.Ticks) bool {
	return !g.own && begun >= g.intervals() && time >= g.cuts[g.intervals()]
}

// missing returns how far audio that ends at end falls short of the grid: at least a packet where an interval has none.
func (g *audioGrid) missing(begun int, end, packet packager.Ticks) packager.Ticks {
	if g.own {
		return 0
	}
	short := max(g.cuts[g.intervals()]-end, 0)
	if begun < g.intervals() {
		return max(short, packet)
	}
	return short
}
