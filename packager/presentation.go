package packager

import (
	"fmt"
	"sync/atomic"
)

// maxTicks bounds every stored time, so that manifests stay exact in players that hold numbers as doubles (DASH-IF
// Guidelines, timing model: no time value above 2^53).
const maxTicks = Ticks(1) << 53

// Limits of one presentation index: far above what a ladder needs, low enough to bound what a reader allocates.
const (
	MaxTracks    = 256
	MaxIntervals = 1 << 20 // 24 days of 2 s intervals
)

// Grid is the list of cut instants that all tracks of a presentation share. Interval i runs from Cuts[i] to Cuts[i+1].
type Grid struct {
	ID        GridID
	Timescale Timescale
	// Cuts rise strictly from 0 to the end of the presentation: one more than there are intervals.
	Cuts []Ticks
}

// Intervals returns the number of intervals, which is the number of fragments of every track.
func (g *Grid) Intervals() int { return max(len(g.Cuts)-1, 0) }

// End returns the last cut: the duration of the presentation.
func (g *Grid) End() Ticks { return g.Cuts[len(g.Cuts)-1] }

func (g *Grid) validate() error {
	if err := validateID("grid", string(g.ID)); err != nil {
		return err
	}
	if g.Timescale == 0 || len(g.Cuts) < 2 || len(g.Cuts)-1 > MaxIntervals || g.Cuts[0] != 0 {
		return fmt.Errorf("grid %s: timescale %d, %d cuts: want a timescale and 2 to %d cuts from 0",
			g.ID, g.Timescale, len(g.Cuts), MaxIntervals+1)
	}
	for i := 1; i < len(g.Cuts); i++ {
		if g.Cuts[i] <= g.Cuts[i-1] || g.Cuts[i] > maxTicks {
			return fmt.Errorf("grid %s: cut %d at %d follows %d", g.ID, i, g.Cuts[i], g.Cuts[i-1])
		}
	}
	return nil
}

// Presentation is the playable view of one generation of an asset. Build one with its fields and call Validate, or
// read one with [ParseIndex]; from then on it must not change and is safe for concurrent use.
type Presentation struct {
	Asset AssetID
	// Generation counts the asset's published versions from 1.
	Generation uint32
	Grid       Grid
	// Tracks are ordered: video by falling height, then audio, the default one first.
	Tracks []Track
	// Checksum identifies the bytes of the index that the presentation was read from; ETags derive from it.
	Checksum uint64

	segmentations [MaxTargetSeconds + 1]atomic.Pointer[Segmentation]
}

// Validate reports the first rule of DESIGN §3 that p breaks: ids, one fragment a grid interval in every track, video
// cut exactly on the grid, audio at the nearest packet, contiguous extents and times.
func (p *Presentation) Validate() error {
	if err := validateAssetID(p.Asset); err != nil {
		return err
	}
	if p.Generation == 0 || len(p.Tracks) == 0 || len(p.Tracks) > MaxTracks {
		return fmt.Errorf("asset %s: generation %d with %d tracks: want generation 1 or more and 1 to %d tracks",
			p.Asset, p.Generation, len(p.Tracks), MaxTracks)
	}
	if err := p.Grid.validate(); err != nil {
		return err
	}
	seen := make(map[TrackID]bool, len(p.Tracks))
	for i := range p.Tracks {
		t := &p.Tracks[i]
		if seen[t.ID] {
			return fmt.Errorf("track %s: listed twice", t.ID)
		}
		seen[t.ID] = true
		if err := t.Validate(p.Grid.Intervals()); err != nil {
			return err
		}
		if err := p.validateCuts(t); err != nil {
			return err
		}
	}
	return nil
}

// validateCuts compares the fragments of t with the grid: equal instants for video, at most one packet apart for
// audio.
func (p *Presentation) validateCuts(t *Track) error {
	for i := range t.Fragments {
		start, cut := t.Fragments[i].DecodeTime, p.Grid.Cuts[i]
		if t.Kind == Video {
			if CompareTicks(start, t.Timescale, cut, p.Grid.Timescale) != 0 {
				return fmt.Errorf("track %s: fragment %d starts at %d/%d s, the grid cuts at %d/%d s",
					t.ID, i, start, t.Timescale, cut, p.Grid.Timescale)
			}
			continue
		}
		packet := Rescale(Ticks(t.Audio.FrameSamples), Timescale(t.Audio.SampleRate), t.Timescale)
		if distance := start - Rescale(cut, p.Grid.Timescale, t.Timescale); distance > packet || distance < -packet {
			return fmt.Errorf("track %s: fragment %d starts %d ticks from its cut, a packet has %d", t.ID, i, distance, packet)
		}
	}
	end := t.Duration()
	if t.Kind == Video && CompareTicks(end, t.Timescale, p.Grid.End(), p.Grid.Timescale) != 0 {
		return fmt.Errorf("track %s: ends at %d/%d s, the grid at %d/%d s", t.ID, end, t.Timescale, p.Grid.End(), p.Grid.Timescale)
	}
	return nil
}

// Track finds a track by id; nil when p has none of that name.
func (p *Presentation) Track(id TrackID) *Track {
	for i := range p.Tracks {
		if p.Tracks[i].ID == id {
			return &p.Tracks[i]
		}
	}
	return nil
}

// Segmentation returns the grouping of the grid's intervals into segments of about targetSeconds
// (1 to [MaxTargetSeconds]). It is computed once and shared.
func (p *Presentation) Segmentation(targetSeconds int) *Segmentation {
	slot := &p.segmentations[targetSeconds]
	if s := slot.Load(); s != nil {
		return s
	}
	s := newSegmentation(&p.Grid, targetSeconds)
	slot.Store(s)
	return s
}
