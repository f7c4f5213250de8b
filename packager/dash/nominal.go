package dash

import (
	"math"

	"headwater/packager"
)

// nominalDuration returns the duration on the grid by which templates can count segments of video instead of listing them
// (§5.3.9.5.3); 0 for none. All segments have it but the last one, which may be shorter, and a player that divides the
// Period, which lasts end, by it finds as many as there are: by exact arithmetic, or by that of browsers, in which
// 60.06 / 2.002 is more than 30.
func nominalDuration(g *packager.Grid, s *packager.Segmentation, end duration) packager.Ticks {
	nominal := s.Uniform(g)
	if nominal == 0 || countedInDoubles(end, nominal, g.Timescale) != s.Len() {
		return 0
	}
	if packager.CompareTicks(packager.Ticks(end), nanoseconds, packager.Ticks(s.Len())*nominal, g.Timescale) > 0 {
		return 0 // end is rounded up
	}
	return nominal
}

// countedInDoubles returns how many segments dash.js (5.2.1) and shaka-player (5.2.12) find, and ask for, in a Period.
func countedInDoubles(end duration, nominal packager.Ticks, timescale packager.Timescale) int {
	period := float64(end) / float64(nanoseconds)
	return int(math.Ceil(period / (float64(nominal) / float64(timescale))))
}

// counts reports whether the template of t has the nominal duration. Video is cut exactly on the grid; sound, of which each
// track is a set of its own, has every edge at the nearest packet, and each may be off by less than half a segment
// (DASH-IF Guidelines, addressing).
func (m *manifest) counts(t *packager.Track) bool {
	if m.nominal == 0 || t.Kind == packager.Video {
		return m.nominal > 0
	}
	half := packager.Rescale(m.nominal, m.grid.Timescale, t.Timescale) / 2
	near := func(edge, cut packager.Ticks) bool {
		distance := edge - packager.Rescale(cut, m.grid.Timescale, t.Timescale)
		return distance < half && distance > -half
	}
	end := packager.Ticks(0)
	for number := 1; number <= m.segmentation.Len(); number++ {
		first, _ := m.segmentation.Intervals(number)
		start, length := m.segmentation.Span(t, number)
		if !near(start, m.grid.Cuts[first]) {
			return false
		}
		end = start + length
	}
	return near(end, m.segmentation.End(m.grid))
}
