package lint

import (
	"slices"
	"strings"
)

// iframeVariant is one EXT-X-I-FRAME-STREAM-INF.
type iframeVariant struct {
	uri, codecs   string
	bandwidth     int64
	width, height int64
	videoRange    string
}

func (m *masterPlaylist) addIFrames(list string) error {
	if len(m.iframes) == maxMembers {
		return errMembers
	}
	a, err := parseAttributes(list)
	if err != nil {
		return err
	}
	v := iframeVariant{}
	if err = a.quotedInto([]field{{"CODECS", &v.codecs}, {"URI", &v.uri}}); err != nil {
		return err
	}
	if v.bandwidth, err = a.integer("BANDWIDTH"); err != nil {
		return err
	}
	if resolution, found := a["RESOLUTION"]; found {
		if v.width, v.height, err = parseResolution(resolution.value); err != nil {
			return err
		}
	}
	v.videoRange, err = a.enumerated("VIDEO-RANGE", "SDR", "HLG", "PQ")
	m.iframes = append(m.iframes, v)
	return err
}

// motionJPEG is the codec of I-frames that are JPEG pictures (HLS Authoring Specification 6.17).
const motionJPEG = "mjpg"

// checkIFrames judges the playlists for trick play (HLS Authoring Specification 6 and 9). That their pictures decode is not
// judged.
func (c *client) checkIFrames(s *hlsStream) {
	c.checkIFrameLists(s)
	for _, v := range s.master.iframes {
		where := s.where + " I-frames " + v.uri
		c.unless(v.uri != "" && v.bandwidth > 0, hlsSyntax, where, "no URI or no BANDWIDTH")
		c.unless(v.codecs != "", hlsIFrames, where, "no CODECS")
		c.unless(!strings.Contains(v.codecs, "mp4a"), hlsIFrames, where, "CODECS %q names sound", v.codecs)
		c.unless(v.width > 0, hlsIFrames, where, "no RESOLUTION")
		if v.uri == "" {
			continue
		}
		text, base, ok := c.manifest(resolve(s.where, v.uri), playlistTypes)
		if !ok {
			continue
		}
		p := &hlsPlaylist{where: base, parsed: parseMedia(&c.report, base, text)}
		c.unless(p.parsed.iframesOnly, hlsIFrames, base, "no EXT-X-I-FRAMES-ONLY")
		c.unless(p.parsed.ended, hlsVOD, base, "no EXT-X-ENDLIST")
		for _, segment := range p.parsed.segments {
			p.parts = append(p.parts, part{resolve(base, segment.uri), segment.byteRange})
		}
		c.compareBreaks(p, s.playlists)
		if lead := s.pictures(); lead != nil {
			length, want := p.parsed.length(), lead.parsed.length()
			c.unless(near(length, want, breakSlack), hlsIFrameTimes, base, "lasts %d ms, %s %d ms", length/1e6, lead.where, want/1e6)
		}
		c.checkPictures(where, v, p)
	}
}

// checkIFrameLists wants I-frames of what has pictures (6.1), and some that need no display of a high range (6.16).
func (c *client) checkIFrameLists(s *hlsStream) {
	pictures := slices.ContainsFunc(s.master.variants, func(v variant) bool { return v.width > 0 }) || s.pictures() != nil
	if !pictures || len(s.master.variants) == 0 {
		return
	}
	sdr := slices.ContainsFunc(s.master.iframes, func(v iframeVariant) bool { return v.videoRange == "" || v.videoRange == "SDR" })
	c.unless(sdr, hlsIFrameLists, s.where, "%d lists of I-frames, none of them SDR", len(s.master.iframes))
}

// pictures returns the first playlist of pictures that could be measured; nil when there is none.
func (h *hlsStream) pictures() *hlsPlaylist {
	for _, p := range h.playlists {
		if p.track != nil && p.track.kind == "video" {
			return p
		}
	}
	return nil
}

// checkPictures fetches the I-frames of a list, or a sample, and wants each to be one.
func (c *client) checkPictures(where string, v iframeVariant, p *hlsPlaylist) {
	m := p.parsed
	check := iframeChecker{client: c, playlist: p}
	switch {
	case m.encrypted:
		c.skip(p.where, "the I-frames are encrypted")
		return
	case m.variables:
		c.skip(p.where, "the playlist has variables")
		return
	case v.codecs == motionJPEG:
		check.judge = check.jpeg
	case len(m.maps) > 0:
		if !check.readHeader(where, v) {
			return
		}
		check.judge = check.fragment
	default:
		check.judge = check.transport
	}
	chosen := c.choose(len(p.parts))
	parts := make([]part, len(chosen))
	for i, number := range chosen {
		parts[i] = p.parts[number]
	}
	c.each(parts, func(i int, answer Response, ok bool) {
		if ok {
			check.judge(chosen[i], parts[i].String(), answer)
		}
	})
}
