package lint

import "strings"

// checkSubtitles judges the playlists of TYPE=SUBTITLES and what is in them: WebVTT (RFC 8216 §3.5), or text in fragmented
// MP4 (HLS Authoring Specification 5.10).
func (c *client) checkSubtitles(s *hlsStream) {
	seen := map[string]bool{}
	for _, r := range s.master.subtitles {
		c.unless(r.language != "", hlsLanguage, s.where+" group "+r.group, "%q has no LANGUAGE", r.name)
		address := resolve(s.where, r.uri)
		if seen[address] {
			continue
		}
		seen[address] = true
		text, base, ok := c.manifest(address, playlistTypes)
		if !ok {
			continue
		}
		p := &hlsPlaylist{where: base, parsed: parseMedia(&c.report, base, text)}
		if p.parsed.encrypted || !p.parsed.ended {
			c.skip(base, "subtitles that are encrypted or live")
			continue
		}
		c.checkTextLength(s, p)
		c.compareBreaks(p, s.playlists)
		if len(p.parsed.maps) == 0 {
			c.checkTexts(base, p.parsed)
			continue
		}
		if c.measurePlaylist(p); p.track != nil {
			name := p.track.entry.name
			c.unless(p.track.kind == "text" && (name == "wvtt" || name == "stpp"), hlsSubtitles, base, "the media are %s %s", p.track.kind, name)
			c.checkEXTINF(p)
		}
	}
}

// checkTextLength wants subtitles to be there for as long as the pictures are, or the sound where there are none (5.2 to 5.5).
func (c *client) checkTextLength(s *hlsStream, p *hlsPlaylist) {
	lead := s.pictures()
	if lead == nil {
		if len(s.playlists) == 0 {
			return
		}
		lead = s.playlists[0]
	}
	length, want := p.parsed.length(), lead.parsed.length()
	c.unless(length+breakSlack >= want, hlsCoverage, p.where, "subtitles last %d ms, %s %d ms", length/1e6, lead.where, want/1e6)
}

// length returns how long all segments last, in nanoseconds.
func (m *mediaPlaylist) length() (sum int64) {
	for _, s := range m.segments {
		sum += s.duration
	}
	return sum
}

// checkTexts judges the segments of a WebVTT playlist.
func (c *client) checkTexts(address string, m *mediaPlaylist) {
	for _, segment := range m.segments {
		where := resolve(address, segment.uri)
		answer, ok := c.getPart(part{where, segment.byteRange})
		if !ok {
			continue
		}
		c.judgeType(where, answer, textTypes)
		checkVTT(&c.report, where, string(answer.Body), len(m.segments) > 1)
	}
}

// checkVTT judges one WebVTT segment: its header, the map to the time of the stream, and that cues rise and last.
func checkVTT(r *report, where, text string, mapped bool) {
	lines := strings.Split(strings.ReplaceAll(strings.TrimPrefix(text, "\uFEFF"), "\r\n", "\n"), "\n")
	header := lines[0] == "WEBVTT" || strings.HasPrefix(lines[0], "WEBVTT ") || strings.HasPrefix(lines[0], "WEBVTT\t")
	r.unless(header, hlsSubtitles, where, "does not begin with WEBVTT")
	hasMap, last := false, int64(0)
	for i, line := range lines {
		if i > 0 && strings.HasPrefix(line, "X-TIMESTAMP-MAP=") {
			hasMap = true
			known := strings.Contains(line, "LOCAL:") && strings.Contains(line, "MPEGTS:")
			r.unless(known, hlsSubtitles, where, "%.80q lacks LOCAL or MPEGTS", line)
		}
		from, to, timed := strings.Cut(line, "-->")
		if !timed {
			continue
		}
		to, _, _ = strings.Cut(strings.TrimSpace(to), " ")
		begin, okBegin := parseCueTime(strings.TrimSpace(from))
		end, okEnd := parseCueTime(to)
		r.unless(okBegin && okEnd && begin < end && begin >= last, hlsCues, where, "cue %.60q follows one at %d ms", line, last)
		last = max(last, begin)
	}
	r.unless(hasMap || !mapped, hlsSubtitles, where, "no X-TIMESTAMP-MAP")
}

// parseCueTime reads [hh:]mm:ss.ttt in milliseconds.
func parseCueTime(s string) (milliseconds int64, ok bool) {
	clock, fraction, _ := strings.Cut(s, ".")
	fields := strings.Split(clock, ":")
	if len(fraction) != 3 || len(fields) < 2 || len(fields) > 3 {
		return 0, false
	}
	total := int64(0)
	for _, field := range fields {
		n, err := parseInteger(field)
		if err != nil || len(field) < 2 || len(field) > 6 {
			return 0, false
		}
		total = total*60 + n
	}
	rest, err := parseInteger(fraction)
	return total*1000 + rest, err == nil
}
