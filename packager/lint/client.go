package lint

import (
	"net/url"
	"slices"
	"strings"
)

// Limits of one run: a manifest of a few bytes may name any number of segments.
const (
	maxManifestBytes = 16 << 20
	maxReferences    = 1 << 18
)

// Media types that a client may be sent, by what it asked for (HLS Authoring Specification 10.4, ISO/IEC 23009-1).
var (
	playlistTypes     = []string{"application/vnd.apple.mpegurl"}
	mpdTypes          = []string{"application/dash+xml"}
	videoInitTypes    = []string{"video/mp4"}
	videoSegmentTypes = []string{"video/iso.segment", "video/mp4"}
	audioTypes        = []string{"audio/mp4"}
	transportTypes    = []string{"video/mp2t"}
	textTypes         = []string{"text/vtt"}
)

// client fetches as a player would, and measures every track once.
type client struct {
	report
	fetch      Fetch
	references int               // fetched so far
	listed     int               // segments that timelines have listed so far
	tracks     map[string]*track // by all URLs of the track
}

func newClient(fetch Fetch) *client {
	return &client{fetch: fetch, tracks: map[string]*track{}}
}

// resolve returns what reference means at base (RFC 3986 §5).
func resolve(base, reference string) string {
	b, err := url.Parse(base)
	if err != nil {
		return reference
	}
	r, err := url.Parse(reference)
	if err != nil {
		return reference
	}
	return b.ResolveReference(r).String()
}

// get fetches a URL; ok is false where there is nothing to judge.
func (c *client) get(address string) (answer Response, ok bool) {
	c.references++
	if c.references > maxReferences {
		if c.references == maxReferences+1 {
			c.add(reachable, address, "more than %d references", maxReferences)
		}
		return Response{}, false
	}
	answer, err := c.fetch(address)
	if err != nil {
		c.add(reachable, address, "%v", err)
		return Response{}, false
	}
	return answer, true
}

// manifest fetches a playlist or an MPD.
func (c *client) manifest(address string, types []string) (text string, ok bool) {
	answer, ok := c.get(address)
	if !ok {
		return "", false
	}
	if len(answer.Body) > maxManifestBytes {
		c.add(reachable, address, "%d bytes, more than %d", len(answer.Body), maxManifestBytes)
		return "", false
	}
	c.judgeType(address, answer, types)
	return string(answer.Body), true
}

func (c *client) judgeType(address string, answer Response, types []string) {
	known := answer.ContentType == "" || slices.Contains(types, answer.ContentType)
	c.unless(known, mimeType, address, "Content-Type is %s, want %s", answer.ContentType, strings.Join(types, " or "))
}

// measure fetches all of a track. It returns nil when the track cannot be judged, which then has been reported.
func (c *client) measure(initURL string, segmentURLs []string) *track {
	key := initURL + "\n" + strings.Join(segmentURLs, "\n")
	if t, known := c.tracks[key]; known {
		return t
	}
	t := c.measureAnew(initURL, segmentURLs)
	c.tracks[key] = t
	return t
}

func (c *client) measureAnew(initURL string, segmentURLs []string) *track {
	answer, ok := c.get(initURL)
	if !ok {
		return nil
	}
	h, ok := parseHeader(&c.report, initURL, answer.Body)
	if !ok {
		return nil
	}
	initTypes, segmentTypes := videoInitTypes, videoSegmentTypes
	if h.kind == "audio" {
		initTypes, segmentTypes = audioTypes, audioTypes
	}
	c.judgeType(initURL, answer, initTypes)
	check := checker{report: &c.report, track: track{header: h, initURL: initURL}}
	whole := len(segmentURLs) > 0
	for _, address := range segmentURLs {
		answer, ok := c.get(address)
		if ok {
			c.judgeType(address, answer, segmentTypes)
			ok = check.add(address, answer.Body)
		}
		whole = whole && ok
	}
	if !whole {
		return nil
	}
	return &check.track
}
