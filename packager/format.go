package packager

import "slices"

// Format is a way in which a presentation is delivered.
type Format uint8

// The formats.
const (
	HLS          Format = 1 + iota // HLS over CMAF segments
	HLSTS                          // HLS over segments of MPEG transport stream
	HLSByteRange                   // HLS over byte ranges of one file a track
	DASH                           // DASH over CMAF segments
	DASHOnDemand                   // DASH on-demand profile: one file a track
	Progressive                    // one MP4 file to download
)

// formats says what each format can carry. The table in the README is made of it.
var formats = [...]struct {
	name     string
	families []string // of codecs; see [Track.CodecFamily]
	whole    bool     // it names files of the whole presentation, so that no preview of it exists
}{
	HLS:          {name: "HLS, CMAF", families: allFamilies},
	HLSTS:        {name: "HLS, MPEG-TS", families: transportFamilies},
	HLSByteRange: {name: "HLS, byte ranges", families: allFamilies, whole: true},
	DASH:         {name: "DASH", families: allFamilies},
	DASHOnDemand: {name: "DASH, on demand", families: allFamilies, whole: true},
	Progressive:  {name: "MP4 download", families: allFamilies, whole: true},
}

// allFamilies are those that fMP4 has a place for, of video and of audio.
var allFamilies = append(slices.Clone(videoFamilies), audioFamilies...)

// transportFamilies are the codecs of transport streams in HLS: HEVC and AV1 belong into fMP4 alone (HLS Authoring
// Specification 1.5, 1.39), the others have no mapping that players know.
var transportFamilies = []string{"avc", "aac", "ac3", "ec3", "mp3"}

// Formats returns all formats.
func Formats() []Format {
	return []Format{HLS, HLSTS, HLSByteRange, DASH, DASHOnDemand, Progressive}
}

// String returns the name of f as people know it, such as "HLS, MPEG-TS".
func (f Format) String() string { return formats[f].name }

// Carries reports whether tracks of a codec family (see [Track.CodecFamily]) can be delivered in f.
func (f Format) Carries(family string) bool { return slices.Contains(formats[f].families, family) }

// delivers reports whether t can be delivered in f: its codec is one of f's, and its index has what f needs.
func (f Format) delivers(t *Track) bool {
	return f.Carries(t.CodecFamily()) && (f != HLSTS || t.InTransportStreams())
}

// Families returns the codec families that f carries, of one kind.
func (f Format) Families(kind Kind) []string {
	return slices.DeleteFunc(slices.Clone(formats[f].families), func(family string) bool { return kindOfFamily(family) != kind })
}
