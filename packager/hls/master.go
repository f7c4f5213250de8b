package hls

import (
	"slices"

	"headwater/packager"
)

// AppendMaster appends the multivariant playlist of kind, an HLSMaster, TSMaster or ByteRangeMaster, with the tracks that o
// leaves. The error wraps [packager.ErrNoTrack].
//
// Audio lies in rendition groups, one for each codec and number of channels; every video track is a variant with every
// group. Without video the variants are the groups' default tracks. The first variant is where players start: the best
// H.264 SDR picture (or whatever comes nearest) with the first audio group within 2 Mbit/s. The others follow in the
// order of the groups and, inside a group, of the tracks. A film ends with a variant of its sound alone, for networks that
// carry no more, if that is less than any of the others. I-frame playlists come last (HLS Authoring Specification 6.1).
//
// Bandwidths are those of the segments that the media playlists list, so a preview has its own.
func AppendMaster(dst []byte, p *packager.Presentation, kind packager.ResourceKind, o packager.Options, link packager.Link) ([]byte, error) {
	format := kind.Format()
	selected, err := o.Select(p, format)
	if err != nil {
		return dst, err
	}
	sound := groupAudio(p, selected)
	sound.muxed = format == packager.HLSTS && !o.SeparateAudio && hasPictures(selected)
	sound.listed = sound.hasChoice(selected)
	variants := sound.variants(selected)
	s := o.Segmentation(p)
	m := meter{segmentation: s, format: format, targetDuration: s.TargetDuration(p), rates: map[stream]rate{}}
	for i := range variants {
		m.measure(&variants[i])
	}
	startFirst(variants)
	variants = sound.alone(variants, &m)

	dst = appendHeader(dst, format)
	if sound.listed {
		for _, g := range sound.groups {
			dst = sound.appendRenditions(dst, g, link)
		}
	}
	for _, v := range variants {
		dst = v.appendStream(dst, link)
	}
	if hasPictures(selected) {
		dst = appendIFrameStreams(dst, selected, o.IFrames(p), link)
	}
	return dst, nil
}

func hasPictures(tracks []*packager.Track) bool {
	return slices.ContainsFunc(tracks, func(t *packager.Track) bool { return t.Kind == packager.Video })
}
