package lint

import "testing"

// TestEditListsOfSound: where an edit list leaves out the priming of an encoder, samples lie where they are decoded; pictures
// have one to make up for composition offsets.
func TestEditListsOfSound(t *testing.T) {
	f := func(kind string, earliest int64, want int) {
		t.Helper()
		r := &report{}
		c := checker{report: r, track: track{header: header{kind: kind, shift: 1024, cmaf: true}}}
		c.checkTime("", &fragment{hasTime: true, duration: 4096, samples: 4, earliest: earliest, latest: earliest + 3072}, false)
		if len(r.findings) != want {
			t.Errorf("%s from %d: %v", kind, earliest, r.findings)
		}
	}
	f("audio", 0, 0)
	f("audio", 1024, 1)
	f("video", 1024, 0)
	f("video", 0, 1)
}
