package hls

import (
	"cmp"
	"slices"
	"strconv"

	"headwater/packager"
)

// startBandwidth is the BANDWIDTH up to which a variant may be listed first: what the Authoring Specification
// recommends to begin with where the network is not known (2000 kbit/s).
const startBandwidth = 2_000_000

// variant is one EXT-X-STREAM-INF: a video track with one audio group, or either alone.
type variant struct {
	main   *packager.Track   // whose playlist the variant names
	others []*packager.Track // of the audio group, less main
	group  string            // GROUP-ID; empty for none

	bandwidth, average int64
}

// AppendMaster appends the multivariant playlist of the tracks that o leaves. The error wraps [packager.ErrNoTrack].
//
// Audio lies in rendition groups, one for each codec and number of channels; every video track is a variant with every
// group. Without video the variants are the groups' default tracks. The first variant is where players start: the best
// H.264 SDR picture (or whatever comes nearest) with the first audio group within 2 Mbit/s. The others follow in the
// order of the groups and, inside a group, of the tracks.
//
// Bandwidths are those of the segments that the media playlists list, so a preview has its own.
func AppendMaster(dst []byte, p *packager.Presentation, o packager.Options) ([]byte, error) {
	return AppendLinkedMaster(dst, p, o, nil)
}

// AppendLinkedMaster appends the playlist of [AppendMaster] with every URL as link writes it.
func AppendLinkedMaster(dst []byte, p *packager.Presentation, o packager.Options, link packager.Link) ([]byte, error) {
	selected, err := o.Select(p, packager.HLS)
	if err != nil {
		return dst, err
	}
	sound := groupAudio(selected)
	variants := sound.variants(selected)
	s := o.Segmentation(p)
	meter := newMeter(s, s.TargetDuration(p))
	for i := range variants {
		meter.measure(&variants[i])
	}
	startFirst(variants)

	dst = append(dst, header...)
	if usesGroups(selected) {
		for _, g := range sound.groups {
			dst = sound.appendRenditions(dst, g, link)
		}
	}
	for _, v := range variants {
		dst = v.appendStream(dst, link)
	}
	return dst, nil
}

// usesGroups reports whether EXT-X-MEDIA is needed: a single audio track alone is all of its presentation.
func usesGroups(selected []*packager.Track) bool { return len(selected) > 1 }

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
	for _, g := range a.groups {
		id := g.id
		if !usesGroups(selected) {
			id = ""
		}
		for _, t := range video {
			variants = append(variants, variant{main: t, others: g.tracks, group: id})
		}
		if len(video) == 0 {
			main := slices.IndexFunc(a.members, func(m member) bool { return m.isDefault })
			others := slices.Delete(slices.Clone(g.tracks), main, main+1)
			variants = append(variants, variant{main: g.tracks[main], others: others, group: id})
		}
	}
	return variants
}

func silentVariants(video []*packager.Track) []variant {
	variants := make([]variant, 0, len(video))
	for _, t := range video {
		variants = append(variants, variant{main: t})
	}
	return variants
}

// meter measures each track once.
type meter struct {
	segmentation   *packager.Segmentation
	targetDuration int
	peaks          map[packager.TrackID]int64
}

func newMeter(s *packager.Segmentation, targetDuration int) *meter {
	return &meter{segmentation: s, targetDuration: targetDuration, peaks: map[packager.TrackID]int64{}}
}

func (m *meter) peak(t *packager.Track) int64 {
	peak, known := m.peaks[t.ID]
	if !known {
		peak = m.segmentation.PeakBandwidth(t, m.targetDuration)
		m.peaks[t.ID] = peak
	}
	return peak
}

// measure sets the bandwidths of v: the largest sums over the combinations of renditions that a player can choose
// (RFC 8216 §4.3.4.2). Without video only one track plays at a time.
func (m *meter) measure(v *variant) {
	var peak, average int64
	for _, t := range v.others {
		peak = max(peak, m.peak(t))
		average = max(average, m.segmentation.AverageBandwidth(t))
	}
	mainPeak, mainAverage := m.peak(v.main), m.segmentation.AverageBandwidth(v.main)
	if v.main.Kind == packager.Audio {
		v.bandwidth, v.average = max(peak, mainPeak), max(average, mainAverage)
		return
	}
	v.bandwidth, v.average = peak+mainPeak, average+mainAverage
}

// startFirst moves the variant to start with, one of the first group, to the front and keeps the order of the others.
func startFirst(variants []variant) {
	best := 0
	for i := range variants {
		if variants[i].group == variants[0].group && compareStart(variants[i], variants[best]) > 0 {
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
	if v.main.Kind == packager.Video && (v.main.CodecFamily() != "avc" || v.main.Video.Colour.VideoRange() != "SDR") {
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
	dst = link.Append(dst, playlistName(v.main))
	return append(dst, '\n')
}

// playlistName returns the URL of the media playlist of t, which lies beside the multivariant one.
func playlistName(t *packager.Track) []byte { return []byte(t.ID + ".m3u8") }

// codecs lists every codec of the variant once: the main track's, then those of its group.
func (v variant) codecs() string {
	list := v.main.Codec
	seen := []string{v.main.Codec}
	for _, t := range v.others {
		if !slices.Contains(seen, t.Codec) {
			seen = append(seen, t.Codec)
			list += "," + t.Codec
		}
	}
	return list
}
