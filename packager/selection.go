package packager

import (
	"fmt"
	"slices"
)

// TargetSeconds returns the segment target that o asks for.
func (o Options) TargetSeconds() int {
	if o.Seg == 0 {
		return DefaultTargetSeconds
	}
	return o.Seg
}

// Segmentation returns the segments of p that o leaves: those of its target, up to the end of its preview.
func (o Options) Segmentation(p *Presentation) *Segmentation {
	target := o.TargetSeconds()
	return p.Segmentation(target).first(o.Segments(p, target))
}

// Segments returns how many segments of p under the segmentation of targetSeconds (1 to [MaxTargetSeconds]) o leaves.
// They are the first ones: all of them without a preview, else those that begin before second Preview, so that the last
// of them holds it. It does not allocate.
func (o Options) Segments(p *Presentation, targetSeconds int) int {
	s := p.Segmentation(targetSeconds)
	if o.Preview == 0 {
		return s.Len()
	}
	return s.startingBefore(&p.Grid, Ticks(o.Preview)*Ticks(p.Grid.Timescale))
}

// IFrames returns the intervals of p that the segments which o leaves have, each by itself: every one begins with an I-frame.
func (o Options) IFrames(p *Presentation) *Segmentation {
	s := o.Segmentation(p)
	_, end := s.Intervals(s.Len())
	return p.Fragmentation().first(end)
}

// Selects reports whether t is one of the tracks that o leaves.
func (o Options) Selects(t *Track) bool {
	if !o.admits(t) {
		return false
	}
	if t.Kind == Audio && len(o.Lang) > 0 && !slices.Contains(o.Lang, t.Language) {
		return false
	}
	restricted := slices.ContainsFunc(o.Codecs, func(family string) bool { return kindOfFamily(family) == t.Kind })
	return !restricted || slices.Contains(o.Codecs, t.CodecFamily())
}

// Select returns the tracks of p that o leaves and f delivers, in p's order. The error is that of Check.
func (o Options) Select(p *Presentation, f Format) ([]*Track, error) {
	if err := o.Check(p, f); err != nil {
		return nil, err
	}
	var selected []*Track
	for i := range p.Tracks {
		if t := &p.Tracks[i]; o.Selects(t) && f.delivers(t) {
			selected = append(selected, t)
		}
	}
	return selected, nil
}

// Check returns [ErrNoTrack] when a kind that p has is left without any track in f, because a film without its sound is not
// what the caller asked for; where o names tracks, the kinds of those count. It also does for a preview in a format of
// whole files, of which there is none. It does not allocate unless it fails.
func (o Options) Check(p *Presentation, f Format) error {
	var had, left [3]bool
	for i := range p.Tracks {
		t := &p.Tracks[i]
		had[t.Kind] = had[t.Kind] || o.names(t)
		left[t.Kind] = left[t.Kind] || o.Selects(t) && f.delivers(t)
	}
	if o.Preview != 0 && formats[f].whole {
		return fmt.Errorf("options %q: no preview of %s: %w", o, f, ErrNoTrack)
	}
	if had != left || had == [3]bool{} {
		return fmt.Errorf("options %q leave no video or no audio for %s: %w", o, f, ErrNoTrack)
	}
	return nil
}

// Listed returns the track whose playlist r is, of its segments or its I-frames. The error wraps [ErrNoTrack] when o or the
// format leaves it out, or its audio, and for I-frames of sound. It does not allocate unless it fails.
func (o Options) Listed(p *Presentation, r Resource) (*Track, error) {
	f := r.Kind.Format()
	t, audio := p.Track(r.Track), p.Track(r.Audio)
	listed := t != nil && o.Selects(t) && f.delivers(t)
	if r.Kind.IFrames() {
		listed = listed && t.Kind == Video
	}
	if r.Audio != "" {
		listed = listed && audio != nil && o.Selects(audio) && f.delivers(audio) && t.Kind == Video && audio.Kind == Audio
	}
	if !listed || o.Preview != 0 && formats[f].whole {
		return nil, fmt.Errorf("playlist %s of asset %s: %w", r.AppendPath(nil), p.Asset, ErrNoTrack)
	}
	return t, nil
}
