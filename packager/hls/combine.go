package hls

import (
	"slices"

	"headwater/packager"
)

// hasChoice reports whether there is more to hear than what the one stream of selected, or each stream of pictures, has in it.
// Several encodings of one sound are a choice too: players must learn how many channels each has (RFC 8216 §4.3.4.1,
// CHANNELS).
func (a *audio) hasChoice(selected []*packager.Track) bool {
	if a.muxed {
		return len(a.members) > 1 || len(a.groups) > 1
	}
	return len(selected) > 1
}

// variants combines the video tracks among selected with the groups of a.
func (a *audio) variants(selected []*packager.Track) []variant {
	var video []*packager.Track
	for _, t := range selected {
		if t.Kind == packager.Video {
			video = append(video, t)
		}
	}
	if len(a.groups) == 0 {
		return silentVariants(video)
	}
	var variants []variant
	for place, g := range a.groups {
		for _, t := range video {
			v := variant{main: t, others: g.tracks, place: place, group: a.reference(g)}
			if a.muxed {
				v.muxed, v.others = a.split(g)
			}
			variants = append(variants, v)
		}
		if len(video) == 0 {
			variants = append(variants, a.soundOf(place))
		}
	}
	return variants
}

// reference returns the GROUP-ID by which variants name g; empty where no group is listed.
func (a *audio) reference(g group) string {
	if !a.listed {
		return ""
	}
	return g.id
}

// split returns the track of the default member of g, and the others.
func (a *audio) split(g group) (main *packager.Track, others []*packager.Track) {
	i := a.defaultMember()
	return g.tracks[i], slices.Delete(slices.Clone(g.tracks), i, i+1)
}

// soundOf returns the variant of a group without pictures.
func (a *audio) soundOf(place int) variant {
	v := variant{place: place, group: a.reference(a.groups[place])}
	v.main, v.others = a.split(a.groups[place])
	return v
}

// alone adds the variant of the sound of a film alone, if it is less than all that there is.
func (a *audio) alone(variants []variant, m *meter) []variant {
	if len(a.groups) == 0 || variants[0].main.Kind == packager.Audio {
		return variants
	}
	v := a.soundOf(0)
	m.measure(&v)
	if slices.ContainsFunc(variants, func(other variant) bool { return other.bandwidth <= v.bandwidth }) {
		return variants
	}
	return append(variants, v)
}

func silentVariants(video []*packager.Track) []variant {
	variants := make([]variant, 0, len(video))
	for _, t := range video {
		variants = append(variants, variant{main: t})
	}
	return variants
}
