package packagertest

import (
	"math/rand/v2"
	"testing"

	"headwater/packager"
)

// TestRandomCovers: what tests over random presentations promise to have seen does come up in as many as they try.
func TestRandomCovers(t *testing.T) {
	seen := map[string]bool{}
	for seed := range uint64(60) {
		p := Random(t, rand.New(rand.NewPCG(seed, 8)))
		seconds := p.Grid.End() / packager.Ticks(p.Grid.Timescale)
		seen["one interval"] = seen["one interval"] || p.Grid.Intervals() == 1
		seen["one sample"] = seen["one sample"] || p.Grid.Intervals() == 1 && seconds == 0
		seen["ten hours"] = seen["ten hours"] || seconds >= 10*60*60-2
		heard := map[string]bool{}
		var kinds [3]bool
		for i := range p.Tracks {
			track := &p.Tracks[i]
			kinds[track.Kind] = true
			seen[track.CodecFamily()], seen[track.Role.String()] = true, true
			seen["32 bits"] = seen["32 bits"] || track.Duration() > 1<<32
			seen["reordering"] = seen["reordering"] || track.ReorderDelay > 1<<32
			seen["Dolby Vision"] = seen["Dolby Vision"] || track.SupplementalCodec != ""
			if track.Kind == packager.Video {
				seen[track.Video.Colour.VideoRange()] = true
				continue
			}
			seen["late sound"] = seen["late sound"] || track.Fragments[0].DecodeTime > 0
			seen["two encodings"] = seen["two encodings"] || heard[track.Language+track.Role.String()]
			heard[track.Language+track.Role.String()] = true
		}
		seen["no sound"] = seen["no sound"] || !kinds[packager.Audio]
		seen["no pictures"] = seen["no pictures"] || !kinds[packager.Video]
	}
	for _, what := range []string{
		"avc", "hevc", "av1", "vp9", "aac", "ac3", "ec3", "opus", "flac", "mp3", "SDR", "PQ", "HLG", "Dolby Vision",
		"main", "alternate", "commentary", "dub", "description", "two encodings", "late sound", "no sound", "no pictures",
		"one interval", "one sample", "ten hours", "32 bits", "reordering",
	} {
		if !seen[what] {
			t.Errorf("no presentation has %s", what)
		}
	}
}
