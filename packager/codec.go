package packager

import (
	"slices"
	"strings"
)

// codecFamilies maps the sample entry of a codecs value (RFC 6381) to the word that the option codecs uses.
var codecFamilies = map[string]string{
	"avc1": "avc", "avc3": "avc",
	"hvc1": "hevc", "hev1": "hevc",
	"av01": "av1",
	"vp09": "vp9",
	"mp4a": "aac",
	"ac-3": "ac3",
	"ec-3": "ec3",
	"Opus": "opus", "opus": "opus",
	"fLaC": "flac",
}

// mp3ObjectTypes are the object type indications of MPEG-1 and MPEG-2 layer III inside mp4a.
var mp3ObjectTypes = map[string]bool{"mp4a.6B": true, "mp4a.69": true, "mp4a.40.34": true}

func codecFamily(codec string) string {
	if mp3ObjectTypes[codec] {
		return "mp3"
	}
	entry, _, _ := strings.Cut(codec, ".")
	return codecFamilies[entry]
}

// kindOfFamily tells which kind of track a family of the option codecs restricts; 0 for an unknown family.
func kindOfFamily(family string) Kind {
	switch {
	case slices.Contains(videoFamilies, family):
		return Video
	case slices.Contains(audioFamilies, family):
		return Audio
	default:
		return 0
	}
}

// The families, those first that most players decode.
var (
	videoFamilies = []string{"avc", "hevc", "av1", "vp9"}
	audioFamilies = []string{"aac", "ac3", "ec3", "opus", "flac", "mp3"}
)
