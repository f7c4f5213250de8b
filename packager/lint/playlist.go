package lint

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// masterPlaylist is a multivariant playlist, parsed.
type masterPlaylist struct {
	version     int64
	independent bool
	renditions  []rendition // of TYPE=AUDIO
	subtitles   []rendition
	variants    []variant
	iframes     []iframeVariant
	variables   bool   // EXT-X-DEFINE is there
	steering    string // the SERVER-URI of EXT-X-CONTENT-STEERING
}

// rendition is one EXT-X-MEDIA.
type rendition struct {
	kind, group, name, language, channels, characteristics, uri string

	isDefault, autoselect bool
}

// variant is one EXT-X-STREAM-INF and its URI.
type variant struct {
	supplemental       string // SUPPLEMENTAL-CODECS
	bandwidth, average int64
	codecs             string
	width, height      int64
	frameRate          int64 // frames in 10^9 s; 0 for none
	videoRange         string
	audio, subtitles   string // GROUP-IDs
	uri                string
}

// mediaPlaylist is a media playlist, parsed.
type mediaPlaylist struct {
	version        int64
	independent    bool
	targetDuration int64
	vod, ended     bool
	mapURI         string // of the first EXT-X-MAP, when it stands before the first segment
	maps           []mapReference
	encrypted      bool
	iframesOnly    bool
	variables      bool // EXT-X-DEFINE is there
	segments       []reference
}

// mapReference is one EXT-X-MAP.
type mapReference struct {
	uri string
	byteRange
}

// reference is one segment of a playlist.
type reference struct {
	uri      string
	duration int64 // nanoseconds
	byteRange
	mapping       int  // the number of its EXT-X-MAP, from 1; 0 for none
	discontinuity bool // EXT-X-DISCONTINUITY stands before it
}

// playlistParser reads one playlist line by line; it keeps what it could read and reports the rest.
type playlistParser struct {
	report *report
	where  string
	seen   map[string]bool // tags that may stand once
	// due is the URI line that the tag before asks for; nil when none is.
	due func(uri string)
	// strict says that nothing may come between a tag and its URI, as in multivariant playlists.
	strict bool
}

// mediaTags have no place in a multivariant playlist (RFC 8216 §4.3.2, §4.3.3).
var mediaTags = map[string]bool{
	"#EXTINF": true, "#EXT-X-BYTERANGE": true, "#EXT-X-DISCONTINUITY": true, "#EXT-X-KEY": true, "#EXT-X-MAP": true,
	"#EXT-X-PROGRAM-DATE-TIME": true, "#EXT-X-TARGETDURATION": true, "#EXT-X-MEDIA-SEQUENCE": true,
	"#EXT-X-DISCONTINUITY-SEQUENCE": true, "#EXT-X-ENDLIST": true, "#EXT-X-PLAYLIST-TYPE": true, "#EXT-X-I-FRAMES-ONLY": true,
}

// singleTags may stand at most once in a playlist.
var singleTags = map[string]bool{
	"#EXT-X-VERSION": true, "#EXT-X-INDEPENDENT-SEGMENTS": true, "#EXT-X-TARGETDURATION": true,
	"#EXT-X-MEDIA-SEQUENCE": true, "#EXT-X-PLAYLIST-TYPE": true, "#EXT-X-ENDLIST": true,
}

// parse feeds every tag to handle, which says what is wrong with it.
func (p *playlistParser) parse(text string, handle func(tag, value string) error) {
	p.seen = map[string]bool{}
	if !utf8.ValidString(text) || strings.HasPrefix(text, "\uFEFF") {
		p.report.add(hlsSyntax, p.where, "not UTF-8 without a byte order mark")
	}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if err := p.line(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"), number, handle); err != nil {
			p.report.add(hlsSyntax, p.where, "line %d: %v", number, err)
		}
	}
	if number == 0 || p.due != nil {
		p.report.add(hlsSyntax, p.where, "ends early, after line %d", number)
	}
}

func (p *playlistParser) line(line string, number int, handle func(tag, value string) error) error {
	if strings.ContainsFunc(line, unicode.IsControl) {
		return fmt.Errorf("control character")
	}
	if (line == "#EXTM3U") != (number == 1) {
		return fmt.Errorf("%.40q: #EXTM3U stands in the first line and nowhere else", line)
	}
	if number == 1 || line == "" {
		return nil
	}
	if !strings.HasPrefix(line, "#") {
		if p.due == nil {
			return fmt.Errorf("a URI without a tag before it")
		}
		p.due(line)
		p.due = nil
		return nil
	}
	if !strings.HasPrefix(line, "#EXT") {
		return nil // a comment
	}
	tag, value, _ := strings.Cut(line, ":")
	if p.due != nil && (p.strict || tag == "#EXTINF" || tag == "#EXT-X-ENDLIST") {
		p.due = nil
		return fmt.Errorf("want the URI of the tag before")
	}
	if singleTags[tag] && p.seen[tag] {
		return fmt.Errorf("%s given twice", tag)
	}
	if p.seen["#EXT-X-ENDLIST"] {
		return fmt.Errorf("%s after #EXT-X-ENDLIST", tag)
	}
	p.seen[tag] = true
	return handle(tag, value)
}

// parseMaster reads a multivariant playlist.
func parseMaster(r *report, where, text string) *masterPlaylist {
	m := &masterPlaylist{}
	p := &playlistParser{report: r, where: where, strict: true}
	p.parse(text, func(tag, value string) (err error) {
		switch tag {
		case "#EXT-X-VERSION":
			m.version, err = parseInteger(value)
		case "#EXT-X-INDEPENDENT-SEGMENTS":
			m.independent = true
		case "#EXT-X-MEDIA":
			return m.addRendition(value)
		case "#EXT-X-STREAM-INF":
			var v variant
			r.unless(!strings.Contains(value, "PROGRAM-ID="), hlsRemoved, where, "PROGRAM-ID in EXT-X-STREAM-INF")
			if v, err = parseVariant(value); err == nil {
				p.due = func(uri string) {
					v.uri = uri
					if len(m.variants) < maxMembers {
						m.variants = append(m.variants, v)
					}
				}
			}
			if err == nil && len(m.variants) == maxMembers {
				err = errMembers
			}
		case "#EXT-X-I-FRAME-STREAM-INF":
			return m.addIFrames(value)
		case "#EXT-X-DEFINE":
			m.variables = true
		case "#EXT-X-CONTENT-STEERING":
			return m.steer(value)
		case "#EXT-X-ALLOW-CACHE":
			r.add(hlsRemoved, where, "%s", tag)
		default:
			if mediaTags[tag] {
				return fmt.Errorf("tag %.40s does not belong into a multivariant playlist", tag)
			}
		}
		return err
	})
	r.unless(len(m.variants) > 0, hlsSyntax, where, "no variant")
	return m
}

// maxMembers is how many variants, and how many renditions of one kind, are read: each is compared with many others.
const maxMembers = 2048

var errMembers = fmt.Errorf("more than %d variants or renditions", maxMembers)

func (m *masterPlaylist) addRendition(list string) error {
	if max(len(m.renditions), len(m.subtitles)) == maxMembers {
		return errMembers
	}
	a, err := parseAttributes(list)
	if err != nil {
		return err
	}
	r := rendition{}
	err = a.quotedInto([]field{
		{"GROUP-ID", &r.group}, {"NAME", &r.name}, {"LANGUAGE", &r.language}, {"CHANNELS", &r.channels},
		{"CHARACTERISTICS", &r.characteristics}, {"URI", &r.uri},
	})
	if err != nil {
		return err
	}
	r.kind, err = a.enumerated("TYPE", "AUDIO", "VIDEO", "SUBTITLES", "CLOSED-CAPTIONS")
	if err != nil || r.kind == "" || r.group == "" || r.name == "" {
		return fmt.Errorf("want TYPE, GROUP-ID and NAME: %w", err)
	}
	if r.kind == "SUBTITLES" && r.uri == "" || r.kind == "CLOSED-CAPTIONS" && (r.uri != "" || a["INSTREAM-ID"].value == "") {
		return fmt.Errorf("want a URI for SUBTITLES, and INSTREAM-ID without URI for CLOSED-CAPTIONS")
	}
	if r.isDefault, err = a.flag("DEFAULT"); err != nil {
		return err
	}
	if r.autoselect, err = a.flag("AUTOSELECT"); err != nil {
		return err
	}
	switch r.kind {
	case "AUDIO":
		m.renditions = append(m.renditions, r)
	case "SUBTITLES":
		m.subtitles = append(m.subtitles, r)
	}
	return nil
}

func parseVariant(list string) (v variant, err error) {
	a, err := parseAttributes(list)
	if err != nil {
		return v, err
	}
	if err = a.quotedInto([]field{{"CODECS", &v.codecs}, {"AUDIO", &v.audio}, {"SUPPLEMENTAL-CODECS", &v.supplemental}, {"SUBTITLES", &v.subtitles}}); err != nil {
		return v, err
	}
	if v.bandwidth, err = a.integer("BANDWIDTH"); err != nil {
		return v, err
	}
	if v.average, err = a.integer("AVERAGE-BANDWIDTH"); err != nil {
		return v, err
	}
	if resolution, found := a["RESOLUTION"]; found {
		if v.width, v.height, err = parseResolution(resolution.value); err != nil {
			return v, err
		}
	}
	if rate, found := a["FRAME-RATE"]; found {
		if v.frameRate, err = parseDecimal(rate.value); err != nil {
			return v, err
		}
	}
	v.videoRange, err = a.enumerated("VIDEO-RANGE", "SDR", "HLG", "PQ")
	if err == nil && v.bandwidth == 0 {
		err = fmt.Errorf("BANDWIDTH is missing")
	}
	return v, err
}
