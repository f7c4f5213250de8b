package lint

import (
	"maps"
	"testing"
)

// TestLegalFragments: what CMAF allows inside a segment is no finding.
func TestLegalFragments(t *testing.T) {
	p, files := film(t)
	clean := newSite(t, p, files)
	f := func(name string, change func(*testing.T, site)) {
		t.Helper()
		s := maps.Clone(clean)
		change(t, s)
		for _, finding := range DASH(mpdURL, s.fetch) {
			if finding.Rule != "dash-bandwidth" { // the segment grew
				t.Errorf("%s: %v", name, finding)
			}
		}
	}
	f("event", putBox(video2, makeBox("emsg", uint32(1<<24), uint32(30000), uint64(180180), zeros(8), "urn:x\x00", "1\x00", "data")))
	f("old event", putBox(video2, makeBox("emsg", uint32(0), "urn:x\x00", "1\x00", uint32(30000), zeros(12))))
	f("chunks", func(t *testing.T, s site) {
		// The fragments of the last segment behind the first go on with it, as chunks do.
		answer := s[segmentURL("v1", 3)]
		answer.Body = asChunks(answer.Body)
		s[segmentURL("v1", 3)] = answer
	})
}

// asChunks lets all fragments of a segment but the first begin inside a group of pictures.
func asChunks(b []byte) []byte {
	b = join(b)
	list, _ := boxes(b)
	for i, moof := range find(list, "moof") {
		if i > 0 {
			run := findIn(b[moof.offset:moof.offset+moof.size], "trun")
			run[4+4+4+1] = 1 // sample_is_non_sync_sample of first_sample_flags
		}
	}
	return b
}

// findIn returns what follows a name in b, in place.
func findIn(b []byte, name string) []byte {
	for i := range len(b) - len(name) {
		if string(b[i:i+len(name)]) == name {
			return b[i+len(name):]
		}
	}
	return nil
}
