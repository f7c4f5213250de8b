package lint

import (
	"fmt"
	"strings"
)

// Options say how much is judged, and how fast.
type Options struct {
	// Sample is how many segments of each track are fetched, at least 2: the first, the last and some between; 0 for all. What needs
	// all segments, such as bit rates, is then not judged.
	Sample int
	// Parallel is how many fetches may be under way at once; less than 2 for one after the other. The Fetch must then be
	// safe for concurrent use.
	Parallel int
}

// Verdict is what came of judging manifests.
type Verdict struct {
	Findings []Finding
	Unjudged []Unjudged
	Fetched  int // resources and ranges that were asked for
	Tracks   int // that were measured
}

// Judge judges manifests, each an HLS playlist or an MPD, told by its text, and all that they name. An HLS playlist and an
// MPD are taken for one presentation and must agree. The error, which wraps [ErrUnjudged], says that one of them is no
// manifest that can be judged, or cannot be had; the verdict is then of the others.
func Judge(addresses []string, fetch Fetch, o Options) (Verdict, error) {
	c := newClient(fetch, o)
	var playlists *hlsStream
	var mpd *dashStream
	var failed error
	for _, address := range addresses {
		h, d, judged := c.judge(address)
		if !judged {
			failed = fmt.Errorf("%s: %w", address, ErrUnjudged)
		}
		if h != nil {
			playlists = h
		}
		if d != nil {
			mpd = d
		}
	}
	c.agree(playlists, mpd)
	return Verdict{Findings: c.findings, Unjudged: c.unjudged, Fetched: c.references, Tracks: c.measured}, failed
}

// judge judges one manifest of either format. judged is false where not one rule could be applied to what is in it.
func (c *client) judge(address string) (h *hlsStream, d *dashStream, judged bool) {
	answer, ok := c.get(address)
	if !ok {
		return nil, nil, false
	}
	before := len(c.findings)
	c.entries[address] = answer
	text := strings.TrimSpace(strings.TrimPrefix(string(answer.Body[:min(len(answer.Body), 1<<10)]), "\uFEFF"))
	switch {
	case strings.HasPrefix(text, "#EXTM3U"):
		h = c.hls(address)
	case strings.HasPrefix(text, "<"):
		d = c.dash(address)
	default:
		c.skip(address, "neither an HLS playlist nor an MPD")
	}
	return h, d, h != nil || d != nil || len(c.findings) > before
}
