package packager

import (
	"fmt"
	"slices"
)

// Limits of a viewer (a playback session, a policy) are Options of which MaxHeight, Preview and Tracks count; the zero
// value limits nothing. The others choose what is listed and hide nothing.

// names reports whether t is one of the tracks that o names, if it names any.
func (o Options) names(t *Track) bool { return len(o.Tracks) == 0 || slices.Contains(o.Tracks, t.ID) }

// admits reports whether t exists under the limits o.
func (o Options) admits(t *Track) bool {
	return o.names(t) && (t.Kind != Video || o.MaxHeight == 0 || int(t.Video.Height) <= o.MaxHeight)
}

// Allows reports whether r exists under the limits o: its track is left, and its segment is in the preview. Under a
// preview there are no segments of a larger target than [DefaultTargetSeconds], because the longer they are, the more the
// last one shows beyond it, and no whole files. Of the resources that belong to no track it allows all. It does not allocate.
func (o Options) Allows(p *Presentation, r Resource) bool {
	if r.Track == "" {
		return true
	}
	if !o.admitsID(p, r.Track) || r.Audio != "" && !o.admitsID(p, r.Audio) {
		return false
	}
	switch r.Kind {
	case OnDemandFile:
		return o.Preview == 0
	case MediaSegment, TSSegment:
	default:
		return true
	}
	return !o.tooLong(r.TargetSeconds) && r.Number <= o.Segments(p, r.TargetSeconds)
}

func (o Options) admitsID(p *Presentation, id TrackID) bool {
	t := p.Track(id)
	return t != nil && o.admits(t)
}

// tooLong reports whether segments of targetSeconds are too long for the preview of o.
func (o Options) tooLong(targetSeconds int) bool {
	return o.Preview != 0 && targetSeconds > DefaultTargetSeconds
}

// Within reports whether o is at least as strict as limits, so that all that it lists is allowed by them. It does not
// allocate.
func (o Options) Within(limits Options) bool {
	return within(o.MaxHeight, limits.MaxHeight) && within(o.Preview, limits.Preview) &&
		!limits.tooLong(o.TargetSeconds()) && (len(limits.Tracks) == 0 || len(o.Tracks) > 0 && subset(o.Tracks, limits.Tracks))
}

// within reports whether n is at most limit, where 0 is without limit.
func within(n, limit int) bool { return limit == 0 || n != 0 && n <= limit }

func subset(ids, of []TrackID) bool {
	for _, id := range ids {
		if !slices.Contains(of, id) {
			return false
		}
	}
	return true
}

// Under returns o tightened to be within limits: the lower height, the shorter preview, the tracks that both name, and the
// default segment target where that of o is too long for the preview. The error wraps [ErrNoTrack] when no track is named
// by both, or is an [*OptionError] when the result is too long for an URL.
func (o Options) Under(limits Options) (Options, error) {
	o.MaxHeight, o.Preview = tighter(o.MaxHeight, limits.MaxHeight), tighter(o.Preview, limits.Preview)
	if o.tooLong(o.TargetSeconds()) {
		o.Seg = 0
	}
	switch {
	case len(o.Tracks) == 0:
		o.Tracks = limits.Tracks
	case len(limits.Tracks) > 0:
		asked := o.Tracks
		o.Tracks = intersect(asked, limits.Tracks)
		if len(o.Tracks) == 0 {
			return Options{}, fmt.Errorf("tracks %q are none of %q: %w", asked, limits.Tracks, ErrNoTrack)
		}
	}
	if element := o.String(); len(element) > maxOptionsLength {
		return Options{}, tooLongError(element)
	}
	return o, nil
}

// tighter returns the smaller of two limits, where 0 is none.
func tighter(a, b int) int {
	if a == 0 || b == 0 {
		return max(a, b)
	}
	return min(a, b)
}

// intersect returns the ids of a that b has too, in the order of a.
func intersect(a, b []TrackID) []TrackID {
	var both []TrackID
	for _, id := range a {
		if slices.Contains(b, id) {
			both = append(both, id)
		}
	}
	return both
}
