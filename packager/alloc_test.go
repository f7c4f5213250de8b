//go:build !race

package packager

import "testing"

// TestLimits_AllocateNothing: origins check them for every segment of a session.
func TestLimits_AllocateNothing(t *testing.T) {
	p := twoTracks(gridOf(30000, repeat(60060, 3000)...))
	limits := Options{MaxHeight: 720, Preview: 600, Tracks: []TrackID{"en", "v720"}}
	asked := Options{MaxHeight: 480, Preview: 60, Tracks: []TrackID{"v720"}}
	segment := Resource{Kind: MediaSegment, Track: "v720", TargetSeconds: 4, Number: 7}
	p.Segmentation(segment.TargetSeconds) // is kept
	allowed, within := false, false
	allocs := testing.AllocsPerRun(100, func() { allowed, within = limits.Allows(p, segment), asked.Within(limits) })
	if allocs != 0 || !allowed || !within {
		t.Errorf("%v allocations, allowed %t, within %t", allocs, allowed, within)
	}
}

func BenchmarkOptions_Allows(b *testing.B) {
	p := twoTracks(gridOf(30000, repeat(60060, 18000)...))
	limits := Options{MaxHeight: 720, Preview: 600, Tracks: []TrackID{"en", "v720"}}
	segment := Resource{Kind: MediaSegment, Track: "v720", TargetSeconds: 4, Number: 7}
	b.ReportAllocs()
	for b.Loop() {
		limits.Allows(p, segment)
	}
}
