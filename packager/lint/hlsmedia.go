package lint

import (
	"slices"
	"strings"
)

// What Apple asks of segments and key frames, in nanoseconds (HLS Authoring Specification 1.13, 7.5, 7.6, 7.7).
const (
	keyInterval   = 2_000_000_000
	nominalLength = 6_000_000_000
	nominalSlack  = 1_000_000_000
	targetSlack   = 500_000_000
)

// checkMedia judges what the media of a playlist are like, beyond what their formats ask.
func (c *client) checkMedia(p *hlsPlaylist) {
	for _, t := range p.tracks {
		c.unless(t.oldEvent == "", hlsEvents, t.oldEvent, "an emsg of version 0")
		if t.kind != "video" {
			continue
		}
		c.unless(t.rateBreak == "", hlsDiscontinuity, p.where, "the frame rate changes in %s, without EXT-X-DISCONTINUITY", t.rateBreak)
		distance := nanoseconds(t.keyDistance, t.timescale)
		c.unless(distance <= keyInterval+t.sampleNanoseconds(), hlsKeyFrames, p.where, "key frames lie up to %d ms apart", distance/1e6)
	}
	if p.track == nil {
		return
	}
	target := p.parsed.targetDuration * 1e9
	for i, s := range p.track.segments {
		length := nanoseconds(s.duration, p.track.timescale)
		if length > target+targetSlack {
			c.add(hlsTargetDuration, p.where, "segment %d lasts %d ms, EXT-X-TARGETDURATION is %d", i+1, length/1e6, p.parsed.targetDuration)
			break
		}
	}
	if p.track.kind == "video" {
		c.checkNominalLength(p)
	}
}

// checkNominalLength wants most segments to last about 6 s. What is shorter than two of them is not judged: it may have cuts
// where the source has key frames.
func (c *client) checkNominalLength(p *hlsPlaylist) {
	var lengths []int64
	var total int64
	for _, s := range p.parsed.segments {
		lengths = append(lengths, s.duration)
		total += s.duration
	}
	if total < 2*nominalLength {
		return
	}
	slices.Sort(lengths)
	middle := lengths[len(lengths)/2]
	c.unless(near(middle, nominalLength, nominalSlack), hlsSegmentDuration, p.where, "the median segment lasts %d ms", middle/1e6)
}

// checkMaps wants EXT-X-DISCONTINUITY where another EXT-X-MAP begins to hold: its media are encoded otherwise.
func (c *client) checkMaps(p *hlsPlaylist) {
	for i, s := range p.parsed.segments {
		if i == 0 || s.discontinuity || s.mapping == 0 {
			continue
		}
		before := p.parsed.segments[i-1].mapping
		if before == s.mapping || before > 0 && p.mapPart(before) == p.mapPart(s.mapping) {
			continue
		}
		c.add(hlsDiscontinuity, p.where, "EXT-X-MAP changes before segment %d, without EXT-X-DISCONTINUITY", i+1)
	}
}

// breakSlack is how far apart cuts of pictures and of sound may lie, in nanoseconds: some packets.
const breakSlack = 100_000_000

// breaks are the times at which EXT-X-DISCONTINUITY stands between segments, in nanoseconds of the playlist.
func (m *mediaPlaylist) breaks() (times []int64) {
	var now int64
	for i, s := range m.segments {
		if i > 0 && s.discontinuity {
			times = append(times, now)
		}
		now += s.duration
	}
	return times
}

// compareBreaks wants discontinuities at the same times in all playlists, those of subtitles and I-frames too.
func (c *client) compareBreaks(p *hlsPlaylist, all []*hlsPlaylist) {
	if len(all) == 0 {
		return
	}
	lead := all[0]
	got, want := p.parsed.breaks(), lead.parsed.breaks()
	if len(got) != len(want) {
		c.add(hlsDiscontinuity, p.where, "%d discontinuities, %s has %d", len(got), lead.where, len(want))
		return
	}
	for i := range got {
		if !near(got[i], want[i], breakSlack) {
			c.add(hlsDiscontinuity, p.where, "discontinuity %d stands at %d ms, in %s at %d ms", i+1, got[i]/1e6, lead.where, want[i]/1e6)
			return
		}
	}
}

// checkSBR wants HE-AAC in MP4 to say that it is: a decoder that meets SBR unannounced starts with half the sampling rate.
// It shows where CODECS or the sample entry say more than the configuration.
func (c *client) checkSBR(where string, v variant, t *track) {
	e := t.entry
	if e.codec != "mp4a.40.2" || e.adts || e.explicitSBR {
		return
	}
	c.unless(!slices.ContainsFunc(strings.Split(v.codecs, ","), impliesSBR), hlsExplicitSBR, where,
		"CODECS %q names HE-AAC, the AudioSpecificConfig of %s does not", v.codecs, t.initURL)
	c.unless(e.coreRate == 0 || e.samplingRate != 2*e.coreRate, hlsExplicitSBR, where,
		"the sample entry of %s has %d Hz, its AudioSpecificConfig %d and no SBR", t.initURL, e.samplingRate, e.coreRate)
}
