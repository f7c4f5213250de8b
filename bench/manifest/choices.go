package manifest

import (
	"cmp"
	"slices"
	"strings"
)

// choices returns what a player chooses among: renditions of one codec, each once, by rising bandwidth. A browser decides
// for a codec once; H.264 is preferred, because every one plays it.
func choices(all []Rendition) []Rendition {
	wanted := family(all[0].Codecs)
	if slices.ContainsFunc(all, func(r Rendition) bool { return family(r.Codecs) == "avc" }) {
		wanted = "avc"
	}
	seen := map[string]bool{}
	kept := slices.DeleteFunc(slices.Clone(all), func(r Rendition) bool {
		again := r.Playlist != "" && seen[r.Playlist] // the same pictures with another sound
		seen[r.Playlist] = true
		return again || family(r.Codecs) != wanted
	})
	slices.SortStableFunc(kept, func(a, b Rendition) int { return cmp.Compare(a.Bandwidth, b.Bandwidth) })
	return kept
}

// families are the names of sample entries (RFC 6381 §3) that one decoder plays.
var families = map[string]string{
	"avc1": "avc", "avc3": "avc",
	"hvc1": "hevc", "hev1": "hevc", "dvh1": "hevc", "dvhe": "hevc",
	"av01": "av1", "vp09": "vp9", "vp08": "vp8", "vvc1": "vvc", "vvi1": "vvc",
}

// family returns the video codec of a list of codecs; "" for sound alone and for what is unknown.
func family(codecs string) string {
	for codec := range strings.SplitSeq(codecs, ",") {
		entry, _, _ := strings.Cut(strings.TrimSpace(codec), ".")
		if name := families[entry]; name != "" {
			return name
		}
	}
	return ""
}
