package hls

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"headwater/packager"
)

// startBandwidth is the BANDWIDTH up to which a variant may be listed first: what the Authoring Specification
// recommends to begin with where the network is not known (2000 kbit/s).
const startBandwidth = 2_000_000

// variant is one EXT-X-STREAM-INF: a video track with one audio group, or either alone.
type variant struct {
	main   *packager.Track   // whose playlist the variant names
	muxed  *packager.Track   // whose sound is in the stream of main; nil for none
	others []*packager.Track // of the audio group, less those two
	place  int               // of the group among all
	group  string            // GROUP-ID; empty for none

	bandwidth, average int64
}

// AppendMaster appends the multivariant playlist of kind, an HLSMaster, TSMaster or ByteRangeMaster, with the tracks that o
// leaves. The error wraps [packager.ErrNoTrack].
//
// Audio lies in rendition groups, one for each codec and number of channels; every video track is a variant with every
// group. Without video the variants are the groups' default tracks. The first variant is where players start: the best
// H.264 SDR picture (or whatever comes nearest) with the first audio group within 2 Mbit/s. The others follow in the
// order of the groups and, inside a group, of the tracks. A film ends with a variant of its sound alone, for networks that
// carry no more, if that is less than any of the others.
//
// Bandwidths are those of the segments that the media playlists list, so a preview has its own.
func AppendMaster(dst []byte, p *packager.Presentation, kind packager.ResourceKind, o packager.Options, link packager.Link) ([]byte, error) {
	format := kind.Format()
	selected, err := o.Select(p, format)
	if err != nil {
		return dst, err
	}
	sound := groupAudio(selected)
	sound.muxed = format == packager.HLSTS && !o.SeparateAudio && selected[0].Kind == packager.Video
	sound.listed = len(selected) > 1 && !(sound.muxed && len(sound.members) == 1)
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
	return dst, nil
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

// stream is what a media playlist lists: a track, or two in one transport stream.
type stream struct{ main, muxed packager.TrackID }

// rate is how many bits per second a stream takes, at most and on average.
type rate struct{ peak, average int64 }

// meter measures each stream once.
type meter struct {
	segmentation   *packager.Segmentation
	format         packager.Format
	targetDuration int
	rates          map[stream]rate
}

func (m *meter) rate(t, muxed *packager.Track) rate {
	key := stream{main: t.ID}
	if muxed != nil {
		key.muxed = muxed.ID
	}
	r, known := m.rates[key]
	if !known {
		sizes := m.segmentation.CMAFSizes(t)
		if m.format == packager.HLSTS {
			sizes = m.segmentation.TransportSizes(t, muxed)
		}
		r = rate{m.segmentation.PeakBandwidth(t, sizes, m.targetDuration), m.segmentation.AverageBandwidth(t, sizes)}
		m.rates[key] = r
	}
	return r
}

// measure sets the bandwidths of v: the largest sums over the combinations of renditions that a player can choose
// (RFC 8216 §4.3.4.2). Without video only one track plays at a time. Sound that is in the stream comes with it, whatever is
// played in its place.
func (m *meter) measure(v *variant) {
	var other rate
	for _, t := range v.others {
		r := m.rate(t, nil)
		other.peak, other.average = max(other.peak, r.peak), max(other.average, r.average)
	}
	main := m.rate(v.main, v.muxed)
	if v.main.Kind == packager.Audio {
		v.bandwidth, v.average = max(other.peak, main.peak), max(other.average, main.average)
		return
	}
	v.bandwidth, v.average = other.peak+main.peak, other.average+main.average
}

// startFirst moves the variant to start with, one of the first group, to the front and keeps the order of the others.
func startFirst(variants []variant) {
	best := 0
	for i := range variants {
		if variants[i].place == variants[0].place && compareStart(variants[i], variants[best]) > 0 {
			best = i
		}
	}
	start := variants[best]
	copy(variants[1:best+1], variants[:best])
	variants[0] = start
}

// compareStart is positive when a is the better variant to start with: one that every player shows, then one within
// startBandwidth, then the one of most bits within it or of fewest beyond.
func compareStart(a, b variant) int {
	return cmp.Or(
		cmp.Compare(a.playsAnywhere(), b.playsAnywhere()),
		cmp.Compare(a.withinStart(), b.withinStart()),
	)
}

// playsAnywhere is 1 for H.264 in standard dynamic range, and for audio.
func (v variant) playsAnywhere() int {
	if v.main.Kind == packager.Video && !v.main.PlaysAnywhere() {
		return 0
	}
	return 1
}

// withinStart rises with the bandwidth up to startBandwidth and is negative, and falls, beyond.
func (v variant) withinStart() int64 {
	if v.bandwidth > startBandwidth {
		return -v.bandwidth
	}
	return v.bandwidth
}

func (v variant) appendStream(dst []byte, link packager.Link) []byte {
	dst = append(dst, "#EXT-X-STREAM-INF:BANDWIDTH="...)
	dst = strconv.AppendInt(dst, v.bandwidth, 10)
	dst = append(dst, ",AVERAGE-BANDWIDTH="...)
	dst = strconv.AppendInt(dst, v.average, 10)
	dst = append(dst, ",CODECS="...)
	dst = appendQuoted(dst, v.codecs())
	if v.main.SupplementalCodec != "" {
		dst = append(dst, ",SUPPLEMENTAL-CODECS="...)
		dst = appendQuoted(dst, v.main.SupplementalCodec)
	}
	if video := v.main.Video; v.main.Kind == packager.Video {
		dst = append(dst, ",RESOLUTION="...)
		dst = strconv.AppendInt(dst, int64(video.Width), 10)
		dst = append(dst, 'x')
		dst = strconv.AppendInt(dst, int64(video.Height), 10)
		dst = append(dst, ",FRAME-RATE="...)
		dst = appendFrameRate(dst, video.FrameRate)
		dst = append(dst, ",VIDEO-RANGE="...)
		dst = append(dst, video.Colour.VideoRange()...)
	}
	if v.group != "" {
		dst = append(dst, ",AUDIO="...)
		dst = appendQuoted(dst, v.group)
	}
	dst = append(dst, '\n')
	dst = link.Append(dst, playlistName(v.main, v.muxed))
	return append(dst, '\n')
}

// playlistName returns the URL of the media playlist of t, with audio in its stream unless that is nil. It lies beside the
// multivariant one.
func playlistName(t, audio *packager.Track) []byte {
	if audio == nil {
		return []byte(t.ID + ".m3u8")
	}
	return []byte(t.ID + "+" + audio.ID + ".m3u8")
}

// codecs lists every codec of the variant once: the main track's, then those of its group.
func (v variant) codecs() string {
	tracks := []*packager.Track{v.main}
	if v.muxed != nil {
		tracks = append(tracks, v.muxed)
	}
	var list []string
	for _, t := range append(tracks, v.others...) {
		if !slices.Contains(list, t.Codec) {
			list = append(list, t.Codec)
		}
	}
	return strings.Join(list, ",")
}
