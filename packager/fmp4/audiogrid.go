package fmp4

import "headwater/packager"

// ownIntervalSeconds is the length of the intervals of a grid that audio makes for itself.
const ownIntervalSeconds = 2

// leastRest is the shortest last interval of such a grid, in 1/leastRest of its others: sound in other codecs, whose packets may be
// five times as long, has to have one that begins in it.
const leastRest = 4

// audioGrid is a grid in the timescale of an audio track.
type audioGrid struct {
	cuts []packager.Ticks // of a given grid, with its end

	own      bool           // made by the audio itself
	interval packager.Ticks // of an own grid
	end      packager.Ticks // of an own grid; 0 for none
}

func newAudioGrid(cfg AudioConfig, timescale packager.Timescale) audioGrid {
	if cfg.Grid == nil {
		g := audioGrid{own: true, interval: ownIntervalSeconds * packager.Ticks(timescale)}
		if cfg.End != (Instant{}) {
			g.end = max(cfg.End.in(timescale)-cfg.Zero.in(timescale), 1)
		}
		return g
	}
	cuts := make([]packager.Ticks, len(cfg.Grid.Cuts))
	for i, cut := range cfg.Grid.Cuts {
		cuts[i] = packager.Rescale(cut, cfg.Grid.Timescale, timescale)
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
		cut := packager.Ticks(begun) * g.interval
		return 2*(cut-time) <= length && (g.end == 0 || g.end-cut >= g.interval/leastRest)
	}
	return begun < g.intervals() && 2*(g.cuts[begun]-time) <= length
}

// over reports whether a packet of this time is past the grid's end and no fragment needs it.
func (g *audioGrid) over(begun int, time packager.Ticks) bool {
	if g.own {
		return g.end > 0 && time >= g.end
	}
	return begun >= g.intervals() && time >= g.cuts[g.intervals()]
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
