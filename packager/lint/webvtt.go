package lint

import (
	"strings"
)

// checkSubtitles judges the playlists of TYPE=SUBTITLES and the WebVTT in them (RFC 8216 §3.5). IMSC is not judged.
func (c *client) checkSubtitles(s *hlsStream) {
	seen := map[string]bool{}
	for _, r := range s.master.subtitles {
		address := resolve(s.where, r.uri)
		if seen[address] {
			continue
		}
		seen[address] = true
		text, base, ok := c.manifest(address, playlistTypes)
		if !ok {
			continue
		}
		m := parseMedia(&c.report, base, text)
		if len(m.maps) > 0 || m.encrypted || !m.ended {
			c.skip(base, "subtitles in fragmented MP4, encrypted or live")
			continue
		}
		c.checkTexts(base, m)
	}
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
