package lint

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/Eyevinn/hls-m3u8/m3u8"
)

// hlsStream is a multivariant playlist with what it names.
type hlsStream struct {
	where     string
	master    *masterPlaylist
	playlists []*hlsPlaylist // each once, in the order of their first mention
	byURL     map[string]*hlsPlaylist
}

// hlsPlaylist is one media playlist with its media.
type hlsPlaylist struct {
	where  string
	parsed *mediaPlaylist
	parts  []part   // of its segments
	tracks []*track // in one multiplex, pictures first; empty when they could not be measured
	track  *track   // the first of tracks
}

// hls judges the playlist at address; nil when it could not be fetched.
func (c *client) hls(address string) *hlsStream {
	text, base, ok := c.manifest(address, playlistTypes)
	if !ok {
		return nil
	}
	c.direct = true
	defer func() { c.direct = false }()
	s := &hlsStream{where: base, byURL: map[string]*hlsPlaylist{}}
	if isMediaPlaylist(text) {
		s.master = &masterPlaylist{}
		c.judgePlaylist(s, address, base, text)
		return s
	}
	s.master = parseMaster(&c.report, base, text)
	if s.master.variables {
		c.skip(base, "the playlist has variables")
		return nil
	}
	c.secondOpinion(base, text, m3u8.MASTER, len(s.master.variants)+len(s.master.iframes))
	for _, r := range s.master.renditions {
		if r.uri != "" { // else it is in the segments of the variants
			c.addPlaylist(s, resolve(base, r.uri))
		}
	}
	for _, v := range s.master.variants {
		c.addPlaylist(s, resolve(base, v.uri))
	}
	c.checkGroups(s)
	for _, v := range s.master.variants {
		c.checkVariant(s, v)
	}
	c.checkVideoRange(s)
	c.checkTogether(s)
	c.checkSubtitles(s)
	c.checkIFrames(s)
	c.checkSteering(s)
	return s
}

// isMediaPlaylist tells by the tags that stand in media playlists only (RFC 8216 §4.3.3).
func isMediaPlaylist(text string) bool {
	return strings.Contains(text, "\n#EXTINF:") && !strings.Contains(text, "\n#EXT-X-STREAM-INF:")
}

// secondOpinion compares what hls-m3u8 makes of a playlist with what this package did: the number of its URIs.
func (c *client) secondOpinion(where, text string, kind m3u8.ListType, uris int) {
	playlist, found, err := decodeM3U8(text)
	if err != nil {
		c.add(hlsSecondOpinion, where, "%v", err)
		return
	}
	read := -1
	switch p := playlist.(type) {
	case *m3u8.MasterPlaylist:
		read = len(p.Variants)
	case *m3u8.MediaPlaylist:
		read = int(p.Count())
	}
	c.unless(found == kind && read == uris, hlsSecondOpinion, where, "reads %d URIs, not %d", read, uris)
}

// decodeM3U8 reads a playlist with hls-m3u8. Version 0.6.1 panics on some texts, such as an EXT-X-KEY without attributes.
func decodeM3U8(text string) (p m3u8.Playlist, kind m3u8.ListType, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			err = fmt.Errorf("the reader breaks: %v", broken)
		}
	}()
	return m3u8.Decode(*bytes.NewBufferString(text), true)
}

func (c *client) addPlaylist(s *hlsStream, address string) {
	if s.byURL[address] != nil {
		return
	}
	if text, base, ok := c.manifest(address, playlistTypes); ok {
		c.judgePlaylist(s, address, base, text)
	}
}

// judgePlaylist judges a media playlist, which was named by address and lies at where, and adds it to the stream.
func (c *client) judgePlaylist(s *hlsStream, address, where, text string) {
	p := &hlsPlaylist{where: where, parsed: parseMedia(&c.report, where, text)}
	s.byURL[address] = p
	s.playlists = append(s.playlists, p)
	// Version 0.6.1 of hls-m3u8 wants no quotes around the BYTERANGE of an EXT-X-MAP; RFC 8216 §4.3.2.5 does.
	if !slices.ContainsFunc(p.parsed.maps, func(m mapReference) bool { return m.sizeBytes > 0 }) {
		c.secondOpinion(where, text, m3u8.MEDIA, len(p.parsed.segments))
	}
	c.checkPlaylist(s, p)
	c.checkMaps(p)
	c.measurePlaylist(p)
	if p.track != nil {
		c.checkEXTINF(p)
	}
	c.checkMedia(p)
}

func (c *client) checkPlaylist(s *hlsStream, p *hlsPlaylist) {
	m := p.parsed
	c.unless(m.independent || s.master.independent, hlsIndependent, p.where, "nothing says that segments are independent")
	c.unless(m.vod == m.ended, hlsVOD, p.where, "EXT-X-PLAYLIST-TYPE:VOD %t, EXT-X-ENDLIST %t", m.vod, m.ended)
	for i, segment := range m.segments {
		rounded := (segment.duration + 5e8) / 1e9
		c.unless(rounded <= m.targetDuration, hlsTargetDuration, p.where,
			"EXTINF of segment %d is %d ns, EXT-X-TARGETDURATION %d", i+1, segment.duration, m.targetDuration)
	}
}

// checkEXTINF compares sums of EXTINF with the media. The sum over any contiguous group is off by the difference of how
// far its two ends have drifted, so the range of the drift is the largest error.
func (c *client) checkEXTINF(p *hlsPlaylist) {
	var sum, least, most int64
	t := p.track
	begin := nanoseconds(t.segments[0].start, t.timescale)
	for i, s := range t.segments {
		sum += p.parsed.segments[i].duration
		drift := sum - (nanoseconds(s.end(), t.timescale) - begin)
		least, most = min(least, drift), max(most, drift)
	}
	frame := t.sampleNanoseconds()
	// A last packet of sound that is cut short makes the average shorter than a frame is.
	c.unless(most-least <= frame+frame/100, hlsEXTINF, p.where, "sums of EXTINF are up to %d ns off, a frame has %d ns", most-least, frame)
}

// checkVariant compares one EXT-X-STREAM-INF with the media that it and its group name.
func (c *client) checkVariant(s *hlsStream, v variant) {
	where := s.where + " variant " + v.uri
	main := s.trackOf(v.uri)
	if main == nil {
		return
	}
	tracks := s.byURL[resolve(s.where, v.uri)].tracks
	multiplexed := len(tracks)
	tracks = tracks[:multiplexed:multiplexed]
	for _, r := range s.master.renditions {
		if t := s.trackOf(r.uri); r.group == v.audio && t != nil {
			tracks = append(tracks, t)
		}
	}
	c.checkVariantCodecs(where, v, tracks)
	if main.kind == "video" {
		c.checkPicture(where, v, main)
	}
	c.checkRates(where, v, append([]*track{main}, tracks[multiplexed:]...), s.byURL[resolve(s.where, v.uri)].parsed.targetDuration)
}

func (h *hlsStream) trackOf(uri string) *track {
	if p := h.byURL[resolve(h.where, uri)]; p != nil {
		return p.track
	}
	return nil
}

func (c *client) checkVariantCodecs(where string, v variant, tracks []*track) {
	declared := strings.Split(v.codecs, ",")
	used := make([]bool, len(declared))
	for _, t := range tracks {
		found := false
		for i, codec := range declared {
			if sameCodec(codec, t.entry.codec) || (t.entry.adts || t.entry.explicitSBR) && impliesSBR(codec) {
				found, used[i] = true, true
			}
		}
		c.checkSBR(where, v, t)
		c.unless(found, hlsCodecs, where, "CODECS %q lacks %s of %s", v.codecs, t.entry.codec, t.initURL)
	}
	for i, codec := range declared {
		text := codec == "wvtt" || strings.HasPrefix(codec, "stpp.")
		c.unless(used[i] || text, hlsCodecs, where, "CODECS names %q, which no track has", codec)
	}
	name := tracks[0].entry.name
	c.unless(name != "avc3" && name != "hev1" && name != "dvhe", hlsSampleEntry, where, "the sample entry is %s", name)
}

// impliesSBR reports whether a codecs value is one that ADTS headers write as plain AAC (ISO/IEC 14496-3 §1.6.5).
func impliesSBR(codec string) bool { return codec == "mp4a.40.5" || codec == "mp4a.40.29" }

func (c *client) checkPicture(where string, v variant, t *track) {
	c.unless(v.width == int64(t.entry.width) && v.height == int64(t.entry.height), hlsResolution, where,
		"RESOLUTION is %dx%d, the video %dx%d", v.width, v.height, t.entry.width, t.entry.height)
	c.unless(sameFrameRate(float64(v.frameRate)/1e9, t), hlsFrameRate, where,
		"FRAME-RATE is %.3f, the video has %d frames in %.3f s", float64(v.frameRate)/1e9, t.samples(), t.seconds())
	want := t.entry.supplemental
	if t.entry.supplementalBrand != "" {
		want += "/" + t.entry.supplementalBrand
	}
	c.unless(strings.EqualFold(v.supplemental, want), hlsSupplemental, where,
		"SUPPLEMENTAL-CODECS is %q, the media has %q", v.supplemental, want)
}

// sameFrameRate allows for one frame over the whole film, and for three decimals.
func sameFrameRate(declared float64, t *track) bool {
	return math.Abs(declared*t.seconds()-float64(t.samples())) <= 1.001+0.0006*t.seconds()
}

func (t *track) seconds() float64 { return float64(t.measuredDuration()) / float64(t.timescale) }

// checkRates measures what a player may have to fetch: the variant with the heaviest member of its group.
func (c *client) checkRates(where string, v variant, tracks []*track, targetDuration int64) {
	if slices.ContainsFunc(tracks, func(t *track) bool { return !t.whole() }) {
		return
	}
	peak, average := tracks[0].peakRate(targetDuration), tracks[0].averageRate()
	var audioPeak, audioAverage rates
	for _, t := range tracks[1:] {
		audioPeak, audioAverage = audioPeak.orMore(t.peakRate(targetDuration)), audioAverage.orMore(t.averageRate())
	}
	if tracks[0].kind == "audio" {
		peak, average = peak.orMore(audioPeak), average.orMore(audioAverage)
	} else {
		peak, average = peak.plus(audioPeak), average.plus(audioAverage)
	}
	c.unless(peak.low <= 2*average.high || tracks[0].kind != "video", hlsPeak, where, "the peak segment bit rate is %.0f, the average %.0f", peak.low, average.high)
	declaredPeak, declaredAverage := float64(v.bandwidth), float64(v.average)
	c.unless(!understates(v.bandwidth, peak) && declaredPeak <= peak.high*appleTolerance, hlsBandwidth, where,
		"BANDWIDTH is %d, the peak segment bit rate %.0f", v.bandwidth, peak.low)
	c.unless(declaredAverage <= average.high*appleTolerance && declaredAverage*appleTolerance >= average.low, hlsAverageBandwidth, where,
		"AVERAGE-BANDWIDTH is %d, the average segment bit rate %.0f", v.average, average.low)
	exact := !overstates(v.bandwidth, peak) && !understates(v.average, average) && !overstates(v.average, average)
	c.unless(exact, hlsExactRates, where, "BANDWIDTH is %d, AVERAGE-BANDWIDTH %d, the media has %.0f and %.0f",
		v.bandwidth, v.average, peak.low, average.low)
}

// videoRanges are the values of VIDEO-RANGE by transfer characteristics; of all others it is SDR.
var videoRanges = map[int]string{16: "PQ", 18: "HLG"}

// checkVideoRange wants VIDEO-RANGE on every video variant unless all are SDR, and right where the media says more.
func (c *client) checkVideoRange(s *hlsStream) {
	allSDR := true
	for _, v := range s.master.variants {
		if t := s.trackOf(v.uri); t != nil {
			allSDR = allSDR && videoRanges[t.entry.transfer] == ""
		}
		allSDR = allSDR && (v.videoRange == "" || v.videoRange == "SDR")
	}
	for _, v := range s.master.variants {
		t := s.trackOf(v.uri)
		if t == nil || t.kind != "video" || allSDR {
			continue
		}
		want := videoRanges[t.entry.transfer]
		if want == "" {
			want = "SDR"
		}
		known := t.entry.known()
		c.unless(v.videoRange == want || !known && v.videoRange != "", hlsVideoRange, s.where+" variant "+v.uri,
			"VIDEO-RANGE is %q, transfer characteristics %d", v.videoRange, t.entry.transfer)
	}
}

// checkTogether compares the media playlists with the first of them: target durations, time ranges and cuts.
func (c *client) checkTogether(s *hlsStream) {
	var lead *hlsPlaylist
	for _, p := range s.playlists {
		c.unless(p.parsed.targetDuration == s.playlists[0].parsed.targetDuration, hlsEqualTarget, p.where,
			"EXT-X-TARGETDURATION is %d, %d in %s", p.parsed.targetDuration, s.playlists[0].parsed.targetDuration, s.playlists[0].where)
		if p.track != nil && (lead == nil || lead.track.kind == "audio" && p.track.kind == "video") {
			lead = p
		}
	}
	for _, p := range s.playlists {
		c.compareBreaks(p, s.playlists)
		if p.track != nil {
			c.compareRanges(hlsCoverage, p.where, p.track, lead.track)
			c.compareCuts(hlsAlignment, p.where, p.track, lead.track)
		}
	}
}

// compareRanges wants t to begin to end with lead, each within a frame or packet of the coarser of the two.
func (c *client) compareRanges(id ruleID, where string, t, lead *track) {
	slack := max(t.sampleNanoseconds(), lead.sampleNanoseconds())
	begin, leadBegin := nanoseconds(t.segments[0].start, t.timescale), nanoseconds(lead.segments[0].start, lead.timescale)
	near := t.kind == "audio" && begin-leadBegin <= slack && leadBegin-begin <= slack
	c.unless(near || begin-leadBegin <= 1e6 && leadBegin-begin <= 1e6, id, where, "begins at %d ns, %s at %d ns",
		begin, lead.initURL, leadBegin)
	end, leadEnd := nanoseconds(t.end(), t.timescale), nanoseconds(lead.end(), lead.timescale)
	c.unless(end-leadEnd <= slack && leadEnd-end <= slack, id, where, "ends at %d ns, %s at %d ns", end, lead.initURL, leadEnd)
}

// compareCuts wants t to be cut where lead is: video exactly, audio within a packet.
func (c *client) compareCuts(id ruleID, where string, t, lead *track) {
	if len(t.segments) != len(lead.segments) {
		c.add(id, where, "%d segments, %s has %d", len(t.segments), lead.initURL, len(lead.segments))
		return
	}
	slack := max(t.sampleNanoseconds(), lead.sampleNanoseconds())
	for i, s := range t.segments {
		if s.claimed || lead.segments[i].claimed {
			continue
		}
		leadStart := lead.segments[i].start
		equal := sameInstant(s.start, t.timescale, leadStart, lead.timescale)
		if t.kind == "audio" {
			distance := nanoseconds(s.start, t.timescale) - nanoseconds(leadStart, lead.timescale)
			equal = distance <= slack && distance >= -slack
		}
		if !equal {
			c.add(id, where, "segment %d starts at %d/%d s, in %s at %d/%d s",
				i+1, s.start, t.timescale, lead.initURL, leadStart, lead.timescale)
			return
		}
	}
}
