package lint

import (
	"slices"
	"strings"
)

// sameCodec compares a manifest's codecs value with the one from the media. Letters are compared without regard to case.
// What RFC 6381 and the bindings of the codecs let one write in several ways is equal: av01 and vp09 with or without their
// optional fields, or for VP9 the four characters alone; constraint bytes of HEVC that are zero at the end; the names of MP3.
func sameCodec(declared, measured string) bool {
	d, m := strings.ToLower(declared), strings.ToLower(measured)
	switch family, _, _ := strings.Cut(m, "."); {
	case family == "av01" || family == "vp09":
		return d == m || strings.HasPrefix(d, m+".")
	case family == "hvc1" || family == "hev1":
		return trimConstraints(d) == trimConstraints(m)
	case slices.Contains(mp3Names, m):
		return slices.Contains(mp3Names, d)
	case family == "stpp":
		return d == m || strings.HasPrefix(d, m+".")
	}
	return d == m
}

// mp3Names are the values for MPEG-1 and MPEG-2 layer 3 (RFC 6381 §3.3, ISO/IEC 14496-3 table 1.17).
var mp3Names = []string{"mp4a.6b", "mp4a.69", "mp4a.40.34", "mp3", ".mp3"}

// trimConstraints takes off constraint bytes of zero (ISO/IEC 14496-15 annex E.3), and zeros before the others.
func trimConstraints(codec string) string {
	fields := strings.Split(codec, ".")
	const fixed = 4 // entry, profile, compatibility, tier and level
	for len(fields) > fixed && strings.Trim(fields[len(fields)-1], "0") == "" {
		fields = fields[:len(fields)-1]
	}
	for i := range fields {
		if i >= fixed {
			fields[i] = strings.TrimLeft(fields[i], "0")
		}
	}
	return strings.Join(fields, ".")
}
