package packager

import (
	"strconv"
	"strings"
)

// ResourceKind says what an URL below an asset names.
type ResourceKind uint8

// The kinds of resource.
const (
	HLSMaster    ResourceKind = 1 + iota // hls/master.m3u8
	HLSMedia                             // hls/{track}.m3u8
	DASHManifest                         // dash/manifest.mpd
	InitSegment                          // cmaf1/{track}/init.mp4
	MediaSegment                         // cmaf1/{track}/{segmentation}/{number}.m4s
)

// clearCMAF is the path element that names the transform of clear CMAF, with its version.
const clearCMAF = "cmaf1"

// Resource is one URL below /v/{asset}[/{options}]/, parsed.
type Resource struct {
	Kind  ResourceKind
	Track TrackID // for HLSMedia, InitSegment and MediaSegment
	// TargetSeconds is the segmentation's target, for MediaSegment.
	TargetSeconds int
	Number        int // of the segment, from 1, for MediaSegment
}

// ParseResource reads the path below /v/{asset}[/{options}]/, without a leading slash. Every resource has exactly one
// path; false means that the path names none. Safe for bytes from outside. It does not allocate.
func ParseResource(path string) (Resource, bool) {
	head, rest, found := strings.Cut(path, "/")
	if !found {
		return Resource{}, false
	}
	switch head {
	case "hls":
		if rest == "master.m3u8" {
			return Resource{Kind: HLSMaster}, true
		}
		track, ok := strings.CutSuffix(rest, ".m3u8")
		return Resource{Kind: HLSMedia, Track: TrackID(track)}, ok && ValidID(track)
	case "dash":
		return Resource{Kind: DASHManifest}, rest == "manifest.mpd"
	case clearCMAF:
		return parseMedia(rest)
	default:
		return Resource{}, false
	}
}

func parseMedia(path string) (Resource, bool) {
	track, rest, _ := strings.Cut(path, "/")
	if !ValidID(track) {
		return Resource{}, false
	}
	if rest == "init.mp4" {
		return Resource{Kind: InitSegment, Track: TrackID(track)}, true
	}
	segmentation, name, _ := strings.Cut(rest, "/")
	target, ok := parseSegmentationID(segmentation)
	if !ok {
		return Resource{}, false
	}
	digits, ok := strings.CutSuffix(name, ".m4s")
	if !ok {
		return Resource{}, false
	}
	number, ok := parseCanonicalInt(digits)
	return Resource{Kind: MediaSegment, Track: TrackID(track), TargetSeconds: target, Number: number}, ok
}

// AppendPath appends the path that ParseResource reads.
func (r Resource) AppendPath(dst []byte) []byte {
	switch r.Kind {
	case HLSMaster:
		return append(dst, "hls/master.m3u8"...)
	case HLSMedia:
		dst = append(dst, "hls/"...)
		dst = append(dst, r.Track...)
		return append(dst, ".m3u8"...)
	case DASHManifest:
		return append(dst, "dash/manifest.mpd"...)
	case InitSegment:
		return append(AppendMediaDir(dst, r.Track), "init.mp4"...)
	case MediaSegment:
		dst = AppendSegmentDir(dst, r.Track, r.TargetSeconds)
		dst = strconv.AppendInt(dst, int64(r.Number), 10)
		return append(dst, ".m4s"...)
	default:
		return dst
	}
}

// AppendMediaDir appends "cmaf1/{track}/", where the init segment of a track lies.
func AppendMediaDir(dst []byte, track TrackID) []byte {
	dst = append(dst, clearCMAF+"/"...)
	dst = append(dst, track...)
	return append(dst, '/')
}

// AppendSegmentDir appends "cmaf1/{track}/{segmentation}/", where the media segments lie, named {number}.m4s.
func AppendSegmentDir(dst []byte, track TrackID, targetSeconds int) []byte {
	dst = AppendMediaDir(dst, track)
	dst = appendSegmentationID(dst, targetSeconds)
	return append(dst, '/')
}

// UpToAsset returns the relative path from an entry manifest or a media playlist to /v/{asset}/, where the URLs of
// media lie: they leave the options behind, so that one copy of a segment serves every combination of options.
func (o Options) UpToAsset() string {
	if o.String() == "" {
		return "../"
	}
	return "../../"
}
