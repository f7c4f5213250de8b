package lint

import (
	"errors"
	"fmt"
)

// Finding is one rule broken in one place.
type Finding struct {
	Rule     string // the name of a [Rule]
	Severity Severity
	Where    string // the URL, and what in it
	Problem  string
	Cure     string
	// Encoded reports that the encoder has decided it, and with it where segments can be cut: no packager mends that.
	Encoded bool
}

// String returns the finding in one line.
func (f Finding) String() string {
	return fmt.Sprintf("%s: %s: %s (%s)", f.Rule, f.Where, f.Problem, f.Cure)
}

// Response is what a fetch brought.
type Response struct {
	Body []byte
	// ContentType is the media type without parameters; empty means that it is not known and not judged.
	ContentType string
	// URL is where the bytes lay in the end, behind redirects; empty means where they were asked for.
	URL string
	// Plain says that gzip was offered and not used.
	Plain bool
}

// Fetch returns the bytes of what a URL names, counted from 0, from the one numbered from up to but without the one
// numbered to; to below 0 means up to the end. Where the resource ends before, it returns as many as there are, which may
// be none. The URL is that of the manifest, resolved against the references in it: absolute where the manifest's was. An
// error means that a client could not have got it; it becomes a finding, unless it wraps [ErrUnjudged].
type Fetch func(url string, from, to int64) (Response, error)

// ErrUnjudged is for what was left out on purpose, such as what lies beyond a limit: it is reported as [Unjudged].
var ErrUnjudged = errors.New("not judged")

// Whole returns a Fetch that cuts ranges out of whole resources.
func Whole(get func(url string) (Response, error)) Fetch {
	return func(url string, from, to int64) (Response, error) {
		answer, err := get(url)
		size := int64(len(answer.Body))
		if to < 0 || to > size {
			to = size
		}
		answer.Body = answer.Body[min(from, to):to]
		return answer, err
	}
}

// HLS judges the playlist at address, multivariant or media, and all that it names.
func HLS(address string, fetch Fetch) []Finding {
	c := newClient(fetch, Options{})
	c.hls(address)
	return c.findings
}

// DASH judges the MPD at mpd and all that it names.
func DASH(mpd string, fetch Fetch) []Finding {
	c := newClient(fetch, Options{})
	c.dash(mpd)
	return c.findings
}

// Stream judges a multivariant playlist and an MPD of one presentation, and that they agree. Media that both name is
// fetched once.
func Stream(master, mpd string, fetch Fetch) []Finding {
	c := newClient(fetch, Options{})
	c.agree(c.hls(master), c.dash(mpd))
	return c.findings
}

// Media judges one track: its init segment, and its media segments in order, as far as they are given.
func Media(init []byte, segments ...[]byte) []Finding {
	r := &report{}
	h, ok := parseHeader(r, "init segment", init)
	if !ok {
		return r.findings
	}
	check := checker{report: r, track: track{header: h}, whole: true}
	for i, b := range segments {
		check.add(fmt.Sprintf("segment %d", i+1), b)
	}
	return r.findings
}
