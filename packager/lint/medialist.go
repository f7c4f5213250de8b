package lint

import (
	"fmt"
	"strings"
)

// masterTags have no place in a media playlist (RFC 8216 §4.3.4).
var masterTags = map[string]bool{
	"#EXT-X-MEDIA": true, "#EXT-X-STREAM-INF": true, "#EXT-X-I-FRAME-STREAM-INF": true, "#EXT-X-SESSION-DATA": true,
	"#EXT-X-SESSION-KEY": true, "#EXT-X-CONTENT-STEERING": true,
}

// mediaParser is a media playlist as far as it was read, and what applies to the segments to come.
type mediaParser struct {
	mediaPlaylist
	next reference
	// ends has where the last range of each file ended.
	ends   map[string]int64
	ranged string // the value of EXT-X-BYTERANGE for the next segment
	// needs is the lowest version that the tags so far ask for.
	needs    int64
	reason   string
	problems []error
}

// parseMedia reads a media playlist. Tags that it does not know are passed over (RFC 8216 §6.3.1).
func parseMedia(r *report, where, text string) *mediaPlaylist {
	m := &mediaParser{ends: map[string]int64{}}
	p := &playlistParser{report: r, where: where}
	p.parse(text, func(tag, value string) error { return m.tag(p, tag, value) })
	for _, err := range m.problems {
		r.add(hlsSyntax, where, "%v", err)
	}
	r.unless(len(m.segments) > 0, hlsSyntax, where, "no segment")
	r.unless(p.seen["#EXT-X-TARGETDURATION"], hlsSyntax, where, "no EXT-X-TARGETDURATION")
	r.unless(max(m.version, 1) >= m.needs, hlsVersion, where, "EXT-X-VERSION is %d, %s needs %d", m.version, m.reason, m.needs)
	return &m.mediaPlaylist
}

func (m *mediaParser) tag(p *playlistParser, tag, value string) (err error) {
	switch tag {
	case "#EXT-X-VERSION":
		m.version, err = parseInteger(value)
	case "#EXT-X-INDEPENDENT-SEGMENTS":
		m.independent = true
	case "#EXT-X-TARGETDURATION":
		m.targetDuration, err = parseInteger(value)
	case "#EXT-X-MEDIA-SEQUENCE", "#EXT-X-DISCONTINUITY-SEQUENCE":
		_, err = parseInteger(value)
	case "#EXT-X-PLAYLIST-TYPE":
		m.vod = value == "VOD"
	case "#EXT-X-ENDLIST":
		m.ended = true
	case "#EXT-X-I-FRAMES-ONLY":
		m.iframesOnly = true
		m.need(4, "EXT-X-I-FRAMES-ONLY")
	case "#EXT-X-DISCONTINUITY":
		m.next.discontinuity = true
	case "#EXT-X-BYTERANGE":
		m.ranged = value
		m.need(4, "EXT-X-BYTERANGE")
	case "#EXT-X-KEY":
		return m.key(value)
	case "#EXT-X-MAP":
		return m.mapping(value)
	case "#EXTINF":
		if m.next.duration, err = parseEXTINF(value); err == nil {
			p.due = m.segment
		}
		if strings.Contains(strings.Split(value, ",")[0], ".") {
			m.need(3, "a fraction in EXTINF")
		}
	case "#EXT-X-ALLOW-CACHE":
		p.report.add(hlsRemoved, p.where, "%s", tag)
	case "#EXT-X-DEFINE":
		m.variables = true
		m.need(8, "EXT-X-DEFINE")
	default:
		if masterTags[tag] {
			return fmt.Errorf("tag %.40s does not belong into a media playlist", tag)
		}
	}
	return err
}

// need notes that the playlist uses something of a later protocol version (RFC 8216 §7).
func (m *mediaParser) need(version int64, reason string) {
	if version > m.needs {
		m.needs, m.reason = version, reason
	}
}

// segment ends a segment with its URI.
func (m *mediaParser) segment(uri string) {
	m.next.uri = uri
	if m.ranged != "" {
		implied, begun := m.ends[uri]
		if !begun {
			implied = -1
		}
		r, err := parseByteRange(m.ranged, implied)
		if err != nil {
			m.problems = append(m.problems, fmt.Errorf("segment %d: %w", len(m.segments)+1, err))
		}
		m.next.byteRange = r
		m.ends[uri] = r.end()
	}
	m.segments = append(m.segments, m.next)
	m.next = reference{mapping: m.next.mapping}
	m.ranged = ""
}

func (m *mediaParser) mapping(list string) error {
	a, err := parseAttributes(list)
	if err != nil {
		return err
	}
	at := mapReference{}
	if at.uri, err = a.quoted("URI"); err != nil || at.uri == "" {
		return fmt.Errorf("EXT-X-MAP without a URI: %w", err)
	}
	if ranged, err := a.quoted("BYTERANGE"); err != nil {
		return err
	} else if ranged != "" {
		if at.byteRange, err = parseByteRange(ranged, 0); err != nil {
			return err
		}
	}
	if m.maps = append(m.maps, at); len(m.segments) == 0 {
		m.mapURI = at.uri
	}
	m.next.mapping = len(m.maps)
	if m.iframesOnly {
		m.need(5, "EXT-X-MAP")
	} else {
		m.need(6, "EXT-X-MAP")
	}
	return nil
}

func (m *mediaParser) key(list string) error {
	a, err := parseAttributes(list)
	if err != nil {
		return err
	}
	method := a["METHOD"].value
	if method == "" || method != "NONE" && a["URI"].value == "" {
		return fmt.Errorf("EXT-X-KEY without METHOD or URI")
	}
	m.encrypted = m.encrypted || method != "NONE"
	if _, found := a["KEYFORMAT"]; found {
		m.need(5, "KEYFORMAT")
	}
	if _, found := a["IV"]; found {
		m.need(2, "IV")
	}
	return nil
}

func parseEXTINF(value string) (int64, error) {
	duration, _, found := strings.Cut(value, ",")
	if !found {
		return 0, fmt.Errorf("EXTINF without a comma")
	}
	return parseDecimal(duration)
}
