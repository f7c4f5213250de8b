package lint

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Limits of one run: a manifest of a few bytes may name any number of segments.
const (
	maxManifestBytes = 16 << 20
	maxReferences    = 1 << 18
)

// Media types that a client may be sent, by what it asked for (HLS Authoring Specification 10.4, RFC 8216 §4, ISO/IEC
// 23009-1).
var (
	playlistTypes     = []string{"application/vnd.apple.mpegurl", "audio/mpegurl"}
	mpdTypes          = []string{"application/dash+xml"}
	videoInitTypes    = []string{"video/mp4"}
	videoSegmentTypes = []string{"video/iso.segment", "video/mp4"}
	audioTypes        = []string{"audio/mp4"}
	audioSegmentTypes = []string{"audio/mp4", "video/iso.segment"}
	transportTypes    = []string{"video/mp2t"}
	textTypes         = []string{"text/vtt"}
	steeringTypes     = []string{"application/vnd.apple.steering-list"}
	subtitleTypes     = []string{"application/mp4"}
)

// client fetches as a player would, and measures every track once.
type client struct {
	report
	fetch        Fetch
	options      Options
	references   int                 // fetched so far
	listed       int                 // segments that timelines have listed so far
	ended        bool                // as many were found as are reported
	addressBytes int                 // of the URLs that templates have named so far
	addressLimit int                 // of addressBytes
	measured     int                 // tracks
	tracks       map[string]*track   // by all URLs of the track
	direct       bool                // what is fetched should not be redirected
	entries      map[string]Response // the entry manifests that were fetched to tell what they are
	headers      map[part]Response   // init segments
	plainHosts   map[string]bool     // that were asked over plain http
}

func newClient(fetch Fetch, o Options) *client {
	return &client{
		fetch: fetch, options: o, tracks: map[string]*track{}, entries: map[string]Response{}, headers: map[part]Response{},
		plainHosts: map[string]bool{}, addressLimit: maxAddressBytes,
	}
}

// resolve returns what reference means at base (RFC 3986 §5).
func resolve(base, reference string) string { return newBase(base).resolve(reference) }

// baseURL is what references are relative to, read once for all of them.
type baseURL struct{ parsed *url.URL }

func newBase(address string) baseURL {
	parsed, err := url.Parse(address)
	if err != nil {
		return baseURL{}
	}
	return baseURL{parsed}
}

func (b baseURL) resolve(reference string) string {
	r, err := url.Parse(reference)
	if b.parsed == nil || err != nil {
		return reference
	}
	return b.parsed.ResolveReference(r).String()
}

// get fetches all of what a URL names; ok is false where there is nothing to judge.
func (c *client) get(address string) (answer Response, ok bool) {
	if answer, known := c.entries[address]; known {
		return answer, true
	}
	return c.getPart(part{url: address})
}

// getPart fetches a part of a resource.
func (c *client) getPart(p part) (answer Response, ok bool) {
	if !c.admit(p) {
		return Response{}, false
	}
	return c.accept(p, c.ask(p))
}

// maxHeaderBytes and maxHeaders bound the init segments that are kept.
const (
	maxHeaderBytes = 64 << 10
	maxHeaders     = 1024
)

// getHeader fetches an init segment, once for all playlists that name it.
func (c *client) getHeader(p part) (answer Response, ok bool) {
	if answer, known := c.headers[p]; known {
		return answer, true
	}
	answer, ok = c.getPart(p)
	if ok && len(answer.Body) <= maxHeaderBytes && len(c.headers) < maxHeaders {
		c.headers[p] = answer
	}
	return answer, ok
}

// outcome is what came of one fetch.
type outcome struct {
	answer Response
	err    error
}

func (c *client) ask(p part) outcome {
	to := int64(-1)
	if p.sizeBytes > 0 {
		to = p.end()
	}
	answer, err := c.fetch(p.url, p.offset, to)
	return outcome{answer, err}
}

// admit counts a fetch; it is false where there have been too many, of fetches or of findings.
func (c *client) admit(p part) bool {
	if len(c.findings) >= maxFindings { // nothing more could be reported
		if !c.ended {
			c.skip(p.url, fmt.Sprintf("this and all behind it, after %d findings", maxFindings))
		}
		c.ended = true
		return false
	}
	c.references++
	if c.references == maxReferences+1 {
		c.add(reachable, p.url, "more than %d references", maxReferences)
	}
	return c.references <= maxReferences
}

// accept reports what is wrong with an outcome.
func (c *client) accept(p part, o outcome) (answer Response, ok bool) {
	switch size := int64(len(o.answer.Body)); {
	case errors.Is(o.err, ErrUnjudged):
		c.skip(p.url, o.err.Error())
	case errors.Is(o.err, ErrOldTLS):
		c.add(transportSecurity, p.url, "%v", o.err)
	case o.err != nil:
		c.add(reachable, p.url, "%v", o.err)
	case p.sizeBytes > 0 && size != p.sizeBytes:
		c.add(byteRanges, p.url, "%d of the bytes %d-%d are there", size, p.offset, p.end()-1)
	default:
		c.checkTransit(p.url)
		c.checkTransit(o.answer.URL)
		c.unless(!c.direct || o.answer.URL == "" || o.answer.URL == p.url, hlsRedirect, p.url, "redirects to %s", o.answer.URL)
		return o.answer, true
	}
	return Response{}, false
}

// each fetches parts, as many ahead as the options allow, and hands them over in their order.
func (c *client) each(parts []part, use func(i int, answer Response, ok bool)) {
	ahead := max(c.options.Parallel, 1)
	if ahead == 1 {
		for i, p := range parts {
			answer, ok := c.getPart(p)
			use(i, answer, ok)
		}
		return
	}
	pending := make([]chan outcome, len(parts))
	start := func(i int) {
		if i < len(parts) && c.admit(parts[i]) {
			pending[i] = make(chan outcome, 1)
			go func(result chan<- outcome) { result <- c.ask(parts[i]) }(pending[i])
		}
	}
	for i := range ahead - 1 {
		start(i)
	}
	for i, p := range parts {
		start(i + ahead - 1)
		if pending[i] == nil {
			use(i, Response{}, false)
			continue
		}
		answer, ok := c.accept(p, <-pending[i])
		pending[i] = nil
		use(i, answer, ok)
	}
}

// manifest fetches a playlist or an MPD. base is what its references are relative to.
func (c *client) manifest(address string, types []string) (text, base string, ok bool) {
	answer, ok := c.get(address)
	if !ok {
		return "", "", false
	}
	if len(answer.Body) > maxManifestBytes {
		c.add(reachable, address, "%d bytes, more than %d", len(answer.Body), maxManifestBytes)
		return "", "", false
	}
	c.judgeType(address, answer, types)
	c.unless(!answer.Plain || slices.Equal(types, mpdTypes), hlsGzip, address, "%d bytes without gzip", len(answer.Body))
	if base = answer.URL; base == "" {
		base = address
	}
	return string(answer.Body), base, true
}

func (c *client) judgeType(address string, answer Response, types []string) {
	known := answer.ContentType == "" || slices.Contains(types, answer.ContentType)
	c.unless(known, mimeType, address, "Content-Type is %s, want %s", answer.ContentType, strings.Join(types, " or "))
}
