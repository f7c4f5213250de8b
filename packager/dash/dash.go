// Package dash writes the DASH manifests of a presentation (ISO/IEC 23009-1): static MPDs of one Period.
//   - Over segments, for the profiles isoff-live and cmaf: SegmentTemplate with $Number$ and a SegmentTimeline in integer
//     ticks, or, with the option template=duration and where segments are equally long, with @duration: see
//     adr/0003-counted-segments.md.
//   - Over one file a track, for the profile isoff-on-demand: BaseURL and the range of the file's index.
//
// With a [packager.Link] each URL is written as that writes it, for CDNs that want every URL signed. A template cannot be
// signed, so that segments are then listed, for the profile isoff-main: see adr/0002-signed-children.md.
//
// [AppendManifest] is a pure function of the presentation and the options of the URL. It appends to the caller's buffer,
// keeps no reference to it, and is safe for concurrent use. URLs are relative and leave the options behind (see
// [packager.Options.UpToAsset]), so DASH and HLS name one copy of every segment.
//
// The writer is our own: see adr/0001-own-mpd-writer.md.
//
// Non-goals: live MPDs, several Periods, encryption.
package dash

import (
	"slices"
	"strconv"

	"headwater/packager"
)

// Version belongs into the ETag of the manifest ([packager.Presentation.ManifestETag]): raise it with any change of what
// this package writes.
const Version = 3

// ContentType is the MIME type of the manifest (ISO/IEC 23009-1 annex C).
const ContentType = "application/dash+xml"

// nanoseconds is the unit of xs:duration values: the finest that players keep.
const nanoseconds packager.Timescale = 1_000_000_000

const (
	opening = `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		`<MPD xmlns="urn:mpeg:dash:schema:mpd:2011"`
	closing = "  </Period>\n</MPD>\n"
)

// Profiles of MPDs with templates, with lists and with files (§8).
const (
	profilesFile     = "urn:mpeg:dash:profile:isoff-on-demand:2011"
	profilesTemplate = "urn:mpeg:dash:profile:isoff-live:2011,urn:mpeg:dash:profile:cmaf:2019"
	profilesList     = "urn:mpeg:dash:profile:isoff-main:2011"
)

// AppendManifest appends the MPD of kind, a DASHManifest or an OnDemandManifest, with the tracks that o leaves. The error
// wraps [packager.ErrNoTrack].
//
// Video tracks of one codec family and video range are one AdaptationSet, a player switches between them. Every audio
// track is one of its own: nothing in the model says that two of them are encodings of one sound that a player may
// switch between unasked. Where the pictures make several, all show the same and so have the same Role (DASH-IF IOP
// 3.2.2), and the one that every player shows has the highest selectionPriority, for players that do not weigh codecs
// (dash.js); others (shaka-player) choose for themselves.
//
// mediaPresentationDuration and the Period's duration are the end of the grid, or of the last segment of a preview on it,
// rounded up by less than a nanosecond, so that no player cuts the last frame. minBufferTime is about the longest segment, or
// subsegment of a file, and bandwidth the least rate at which a client that begins at any of them never runs dry with it
// (§5.3.5.2).
//
// With a link every Representation has a SegmentList instead of a SegmentTemplate.
func AppendManifest(dst []byte, p *packager.Presentation, kind packager.ResourceKind, o packager.Options, link packager.Link) ([]byte, error) {
	selected, err := o.Select(p, kind.Format())
	if err != nil {
		return dst, err
	}
	m, err := newManifest(p, kind, selected, o, link)
	if err != nil {
		return dst, err
	}

	dst = append(dst, opening...)
	if slices.ContainsFunc(selected, func(t *packager.Track) bool { return t.SupplementalCodec != "" }) {
		dst = appendString(dst, "xmlns:"+scte214, namespaceSCTE214)
	}
	dst = appendString(dst, "profiles", m.profiles())
	dst = append(dst, ` type="static"`...)
	dst = appendDuration(dst, "mediaPresentationDuration", m.end)
	dst = appendDuration(dst, "minBufferTime", m.buffer)
	dst = appendDuration(dst, m.longest(), m.longestSegment(selected))
	dst = append(dst, ">\n  <Period id=\"1\" start=\"PT0S\""...)
	dst = appendDuration(dst, "duration", m.end)
	dst = append(dst, ">\n"...)
	sets := switchingSets(selected)
	m.choice = len(sets) > 1 && sets[1][0].Kind == packager.Video
	m.common = slices.ContainsFunc(selected, isDefaultAAC)
	for i, set := range sets {
		dst = m.appendSet(dst, i+1, set)
	}
	return append(dst, closing...), nil
}

// manifest holds what all elements of one MPD share.
type manifest struct {
	grid         *packager.Grid
	segmentation *packager.Segmentation
	end          duration // of the Period
	buffer       duration // minBufferTime
	up           string   // from the manifest to the folder of media
	link         packager.Link
	nominal      packager.Ticks // see nominalDuration; 0 where timelines are asked for
	choice       bool           // of AdaptationSets of video
	common       bool           // the default sound is there in AAC-LC, which every player knows
	// files are those of the tracks, where there are no segments; nil else.
	files map[packager.TrackID]packager.OnDemand
}

func newManifest(p *packager.Presentation, kind packager.ResourceKind, selected []*packager.Track, o packager.Options, link packager.Link) (*manifest, error) {
	m := &manifest{grid: &p.Grid, segmentation: o.Segmentation(p), up: o.UpToAsset(), link: link}
	m.end = durationFromTicks(m.segmentation.End(m.grid), m.grid.Timescale)
	if o.DurationTemplate && link == nil {
		m.nominal = nominalDuration(m.grid, m.segmentation, m.end)
	}
	if kind == packager.OnDemandManifest {
		m.segmentation, m.files = p.Fragmentation(), map[packager.TrackID]packager.OnDemand{}
		for _, t := range selected {
			file, err := p.OnDemandFile(t.ID)
			if err != nil {
				return nil, err
			}
			m.files[t.ID] = file
		}
	}
	m.buffer = minBufferTime(m.grid, m.segmentation)
	return m, nil
}

func (m *manifest) profiles() string {
	switch {
	case m.files != nil:
		return profilesFile
	case m.link != nil:
		return profilesList
	default:
		return profilesTemplate
	}
}

// longest returns the name of the attribute that tells how long the longest segment is.
func (m *manifest) longest() string {
	if m.files != nil {
		return "maxSubsegmentDuration"
	}
	return "maxSegmentDuration"
}

// duration is a length of time in nanoseconds.
type duration int64

// durationFromTicks rounds up.
func durationFromTicks(t packager.Ticks, timescale packager.Timescale) duration {
	d := packager.Rescale(t, timescale, nanoseconds)
	if packager.CompareTicks(d, nanoseconds, t, timescale) < 0 {
		d++
	}
	return duration(d)
}

func (m *manifest) longestSegment(tracks []*packager.Track) duration {
	var longest duration
	for _, t := range tracks {
		for number := 1; number <= m.segmentation.Len(); number++ {
			_, length := m.segmentation.Span(t, number)
			longest = max(longest, durationFromTicks(length, t.Timescale))
		}
	}
	return longest
}

// appendDuration appends an attribute of type xs:duration in seconds (DASH-IF Guidelines, timing model: never years or
// months), without trailing zeros.
func appendDuration(dst []byte, name string, d duration) []byte {
	dst = append(dst, ' ')
	dst = append(dst, name...)
	dst = append(dst, `="PT`...)
	dst = packager.AppendSeconds(dst, packager.Ticks(d), nanoseconds, 9)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	if dst[len(dst)-1] == '.' {
		dst = dst[:len(dst)-1]
	}
	return append(dst, `S"`...)
}

func appendInt[T ~int | ~int64 | ~uint8 | ~uint16 | ~uint32](dst []byte, name string, value T) []byte {
	dst = append(dst, ' ')
	dst = append(dst, name...)
	dst = append(dst, '=', '"')
	dst = strconv.AppendInt(dst, int64(value), 10)
	return append(dst, '"')
}
