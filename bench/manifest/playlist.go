package manifest

import (
	"errors"
	"fmt"
	"iter"
	"math"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// ReadPlaylist returns the segments of the HLS media playlist (RFC 8216 §4.3.2, §4.3.3) that came from address. It returns
// [ErrLive] (wrapped) for one without EXT-X-ENDLIST.
func ReadPlaylist(address string, body []byte) ([]Segment, error) {
	base, err := url.Parse(address)
	if err != nil {
		return nil, fmt.Errorf("address of the playlist: %w", err)
	}
	if len(body) > MaxBytes {
		return nil, fmt.Errorf("playlist of %d bytes, at most %d", len(body), MaxBytes)
	}
	text := strings.TrimPrefix(string(body), "\xef\xbb\xbf")
	if !strings.HasPrefix(text, "#EXTM3U") {
		return nil, fmt.Errorf("not a playlist: it begins with %.20q", text)
	}
	return readPlaylist(base, text)
}

func readPlaylist(base *url.URL, text string) ([]Segment, error) {
	p := playlist{base: base}
	number := 0
	for line := range lines(text) {
		number++
		if err := p.line(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	switch {
	case !p.ended:
		return nil, fmt.Errorf("no EXT-X-ENDLIST: %w", ErrLive)
	case len(p.segments) == 0:
		return nil, errors.New("a media playlist without segments")
	}
	return p.segments, nil
}

// playlist is a media playlist while it is read.
type playlist struct {
	base     *url.URL
	segments []Segment
	init     *Resource
	ended    bool

	duration  time.Duration // of the next segment
	announced bool          // duration is set
	ranged    bool          // offset and length are set for the next segment
	offset    int64
	length    int64
	total     time.Duration
}

func (p *playlist) line(line string) (err error) {
	switch tag, value := cutTag(line); tag {
	case "":
		return p.uri(line)
	case "#EXTINF":
		text, _, _ := strings.Cut(value, ",")
		p.duration, err = parseSeconds(text)
		p.announced = true
	case "#EXT-X-BYTERANGE":
		p.length, p.offset, err = p.byteRange(value)
		p.ranged = true
	case "#EXT-X-MAP":
		p.init, err = p.mapping(parseAttributes(value))
	case "#EXT-X-ENDLIST":
		p.ended = true
	}
	if err != nil {
		return fmt.Errorf("%.20s: %w", line, err)
	}
	return nil
}

// uri ends the description of one segment.
func (p *playlist) uri(line string) error {
	if !p.announced {
		return fmt.Errorf("%.50q stands without EXTINF", line)
	}
	if len(p.segments) == maxSegments {
		return fmt.Errorf("more than %d segments", maxSegments)
	}
	address, err := resolve(p.base, line)
	if err != nil {
		return err
	}
	s := Segment{Resource: Resource{URL: address.String()}, Init: p.init, Start: p.total, Duration: p.duration}
	if p.ranged {
		if p.offset < 0 {
			p.offset = p.behind(s.URL)
		}
		s.Offset, s.Length = p.offset, p.length
	}
	p.total += p.duration
	if p.total > maxDuration {
		return fmt.Errorf("it plays longer than %s", maxDuration)
	}
	p.segments = append(p.segments, s)
	p.announced, p.ranged = false, false
	return nil
}

// behind is where a range without an offset begins: behind the segment before, when that is of the same file.
func (p *playlist) behind(address string) int64 {
	if len(p.segments) == 0 || p.segments[len(p.segments)-1].URL != address {
		return 0
	}
	last := p.segments[len(p.segments)-1]
	return last.Offset + last.Length
}

// byteRange parses length[@offset]; offset is -1 when it is not there.
func (p *playlist) byteRange(text string) (length, offset int64, err error) {
	lengthText, offsetText, found := strings.Cut(text, "@")
	offset = -1
	length, err = parseUint(lengthText)
	if err == nil && found {
		offset, err = parseUint(offsetText)
	}
	if err == nil && (length == 0 || max(offset, 0) > math.MaxInt64/2-length) {
		err = fmt.Errorf("range %.40q", text)
	}
	return length, offset, err
}

func (p *playlist) mapping(a attributes) (*Resource, error) {
	address, err := resolve(p.base, a["URI"])
	if err != nil {
		return nil, err
	}
	init := &Resource{URL: address.String()}
	if text, ok := a["BYTERANGE"]; ok {
		init.Length, init.Offset, err = p.byteRange(text)
		init.Offset = max(init.Offset, 0)
	}
	return init, err
}

// lines yields the lines of a playlist that are not empty, without their ends.
func lines(text string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.SplitSeq(text, "\n") {
			line = strings.TrimRight(line, "\r \t")
			if line != "" && !yield(line) {
				return
			}
		}
	}
}

// cutTag splits a tag or comment from its value; both are empty for a line that is none.
func cutTag(line string) (tag, value string) {
	if line[0] != '#' {
		return "", ""
	}
	tag, value, _ = strings.Cut(line, ":")
	return tag, value
}

// attributes are those of a tag (RFC 8216 §4.2), without quotes.
type attributes map[string]string

// parseAttributes reads an attribute list. What is malformed ends it.
func parseAttributes(text string) attributes {
	a := attributes{}
	for text != "" {
		name, rest, found := strings.Cut(text, "=")
		if !found {
			break
		}
		var value string
		if quoted, ok := strings.CutPrefix(rest, `"`); ok {
			value, rest, _ = strings.Cut(quoted, `"`)
			_, rest, _ = strings.Cut(rest, ",")
		} else {
			value, rest, _ = strings.Cut(rest, ",")
		}
		a[strings.TrimSpace(name)] = value
		text = rest
	}
	return a
}

// parseUint parses a decimal number of 0 or more.
func parseUint(text string) (int64, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 63)
	if err != nil {
		return 0, fmt.Errorf("%.40q is no number in range", text)
	}
	return int64(n), nil
}

// parseSeconds parses a decimal number of seconds.
func parseSeconds(text string) (time.Duration, error) {
	seconds, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
	if err != nil || !(seconds >= 0 && seconds <= maxDuration.Seconds()) {
		return 0, fmt.Errorf("%.40q is no number of seconds in range", text)
	}
	return time.Duration(math.Round(seconds * 1e9)), nil
}

// parseResolution parses WIDTHxHEIGHT; zeros where it is not that.
func parseResolution(text string) (width, height int) {
	w, h, _ := strings.Cut(text, "x")
	wide, errW := strconv.ParseUint(w, 10, 31)
	high, errH := strconv.ParseUint(h, 10, 31)
	if errW != nil || errH != nil {
		return 0, 0
	}
	return int(wide), int(high)
}
