package lint

import "strings"

// iframeVariant is one EXT-X-I-FRAME-STREAM-INF.
type iframeVariant struct {
	uri, codecs string
	bandwidth   int64
}

func (m *masterPlaylist) addIFrames(list string) error {
	a, err := parseAttributes(list)
	if err != nil {
		return err
	}
	v := iframeVariant{}
	if err = a.quotedInto([]field{{"CODECS", &v.codecs}, {"URI", &v.uri}}); err != nil {
		return err
	}
	if v.bandwidth, err = a.integer("BANDWIDTH"); err == nil && len(m.iframes) == maxMembers {
		return errMembers
	}
	m.iframes = append(m.iframes, v)
	return err
}

// checkIFrames judges the playlists for trick play (HLS Authoring Specification 6 and 9.1). What only a player shows, such
// as whether their pictures decode, is not judged.
func (c *client) checkIFrames(s *hlsStream) {
	for _, v := range s.master.iframes {
		where := s.where + " I-frames " + v.uri
		c.unless(v.uri != "" && v.bandwidth > 0, hlsSyntax, where, "no URI or no BANDWIDTH")
		c.unless(v.codecs != "", hlsIFrames, where, "no CODECS")
		c.unless(!strings.Contains(v.codecs, "mp4a"), hlsIFrames, where, "CODECS %q names sound", v.codecs)
		if v.uri == "" {
			continue
		}
		address := resolve(s.where, v.uri)
		text, base, ok := c.manifest(address, playlistTypes)
		if !ok {
			continue
		}
		m := parseMedia(&c.report, base, text)
		c.unless(m.iframesOnly, hlsIFrames, base, "no EXT-X-I-FRAMES-ONLY")
		var pictures []part
		for _, i := range c.choose(len(m.segments)) {
			if segment := m.segments[i]; segment.sizeBytes > 0 {
				pictures = append(pictures, part{resolve(base, segment.uri), segment.byteRange})
			}
		}
		c.each(pictures, func(int, Response, bool) {}) // that they are there is all that is judged
	}
}
