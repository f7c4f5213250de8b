package packager

import (
	"math/rand/v2"
	"slices"
	"testing"
)

func gridOf(timescale Timescale, lengths ...Ticks) *Grid {
	g := &Grid{ID: "grid", Timescale: timescale, Cuts: []Ticks{0}}
	for _, length := range lengths {
		g.Cuts = append(g.Cuts, g.End()+length)
	}
	return g
}

func repeat(length Ticks, n int) []Ticks { return slices.Repeat([]Ticks{length}, n) }

func TestSegmentation(t *testing.T) {
	f := func(g *Grid, target int, want ...int32) {
		t.Helper()
		if got := newSegmentation(g, target).starts; !slices.Equal(got, want) {
			t.Errorf("target %d: segments start at intervals %v, want %v", target, got, want)
		}
	}
	f(gridOf(1000, repeat(2000, 7)...), 6, 0, 3, 6, 7)
	f(gridOf(30000, repeat(60060, 7)...), 6, 0, 3, 6, 7) // 2.002 s: no drift
	f(gridOf(1000, repeat(2000, 4)...), 1, 0, 1, 2, 3, 4)
	f(gridOf(1000, 9000, 1000), 6, 0, 1, 2)       // one interval may be longer
	f(gridOf(1000, 4000, 4000), 6, 0, 1, 2)       // 8 s is more than half a second past
	f(gridOf(1000, 3500, 3000, 2000), 6, 0, 2, 3) // 6.5 s is allowed and nearer than 3.5 s
	f(gridOf(1000, 5800, 400), 6, 0, 2)           // equally near: the longer
	f(gridOf(1000, 700), 6, 0, 1)
	f(gridOf(1000, append(repeat(2000, 6), 83)...), 6, 0, 3, 7) // two frames at the end are no segment
	f(gridOf(1000, append(repeat(2000, 6), 501)...), 6, 0, 3, 6, 7)
}

// TestSegmentation_invariants holds for any grid: segments are the grid, in order, none longer than allowed.
func TestSegmentation_invariants(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		g := gridOf(1000)
		for range 1 + r.IntN(100) {
			g.Cuts = append(g.Cuts, g.End()+1+Ticks(r.IntN(5000)))
		}
		target := 1 + r.IntN(MaxTargetSeconds)
		s := newSegmentation(g, target)
		next := 0
		for number := 1; number <= s.Len(); number++ {
			first, end := s.Intervals(number)
			if first != next || end <= first {
				t.Fatalf("segment %d has intervals %d to %d, want them from %d", number, first, end, next)
			}
			if length := g.Cuts[end] - g.Cuts[first]; end-first > 1 && length > Ticks(target)*1000+500 {
				t.Fatalf("target %d: segment %d of %d intervals lasts %d ms", target, number, end-first, length)
			}
			next = end
		}
		if next != g.Intervals() {
			t.Fatalf("the segments end at interval %d of %d", next, g.Intervals())
		}
	}
}

func TestSegmentationID(t *testing.T) {
	f := func(id string, want int, ok bool) {
		t.Helper()
		got, gotOK := parseSegmentationID(id)
		if got != want && ok || gotOK != ok {
			t.Errorf("%q: got %d, %t, want %d, %t", id, got, gotOK, want, ok)
		}
		if ok && string((&Segmentation{TargetSeconds: want}).AppendID(nil)) != id {
			t.Errorf("%d is not written as %q", want, id)
		}
	}
	f("6s1", 6, true)
	f("20s1", 20, true)
	f("21s1", 0, false)
	f("0s1", 0, false)
	f("06s1", 0, false)
	f("6s2", 0, false)
	f("6s", 0, false)
	f("6", 0, false)
	f("", 0, false)
}
