// Package lint judges streams as a client would fetch them: HLS playlists, DASH manifests and the bytes of segments, be they
// CMAF, MPEG transport streams, packed audio or WebVTT.
//
// It knows nothing of the writers. It parses what it is given with its own strict parsers (and Eyevinn's as a second
// opinion), fetches what the manifests name, measures the media box by box, and reports every rule that is broken as a
// [Finding]. [Rules] lists the rules with the clause each comes from. [HLS] and [DASH] judge one format, [Stream] both and
// that they agree, [Media] one track without a manifest.
//
// All input may be hostile: nothing panics, and memory is bounded by the size of the input and by the limits in this
// package. Functions are safe for concurrent use as far as the Fetch they are given is.
//
// Non-goals: decoding, live streams, encryption, and what only HTTP headers besides Content-Type show.
package lint

import "fmt"

// Finding is one rule broken in one place.
type Finding struct {
	Rule    string // the name of a [Rule]
	Where   string // the URL, and what in it
	Problem string
	Cure    string
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
}

// Fetch returns what a URL names. The URL is that of the manifest, resolved against the references in it: absolute where
// the manifest's was. An error means that a client could not have got it; it becomes a finding.
type Fetch func(url string) (Response, error)

// HLS judges the multivariant playlist at master and all that it names.
func HLS(master string, fetch Fetch) []Finding {
	c := newClient(fetch)
	c.hls(master)
	return c.findings
}

// DASH judges the MPD at mpd and all that it names.
func DASH(mpd string, fetch Fetch) []Finding {
	c := newClient(fetch)
	c.dash(mpd)
	return c.findings
}

// Stream judges a multivariant playlist and an MPD of one presentation, and that they agree. Media that both name is
// fetched once.
func Stream(master, mpd string, fetch Fetch) []Finding {
	c := newClient(fetch)
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
	check := checker{report: r, track: track{header: h}}
	for i, b := range segments {
		check.add(fmt.Sprintf("segment %d", i+1), b)
	}
	return r.findings
}
