package packager

import (
	"strconv"
	"strings"
)

// ResourceKind says what an URL below an asset names.
type ResourceKind uint8

// The kinds of resource.
const (
	HLSMaster        ResourceKind = 1 + iota // hls/master.m3u8
	HLSMedia                                 // hls/{track}.m3u8
	DASHManifest                             // dash/manifest.mpd
	InitSegment                              // cmaf1/{track}/init.mp4
	MediaSegment                             // cmaf1/{track}/{segmentation}/{number}.m4s
	TSMaster                                 // hls-ts/master.m3u8
	TSMedia                                  // hls-ts/{tracks}.m3u8
	TSSegment                                // ts1/{tracks}/{segmentation}/{number}.ts
	ByteRangeMaster                          // hls-byterange/master.m3u8
	ByteRangeMedia                           // hls-byterange/{track}.m3u8
	OnDemandManifest                         // dash-ondemand/manifest.mpd
	OnDemandFile                             // ondemand1/{track}.mp4
	Download                                 // download.mp4
	HLSIFrames                               // hls/{track}.iframes.m3u8
	TSIFrames                                // hls-ts/{track}.iframes.m3u8
	ByteRangeIFrames                         // hls-byterange/{track}.iframes.m3u8
)

// kinds says what each kind is. The folder is the first path element; those of media name a transform and its version.
var kinds = [...]struct {
	folder string
	format Format // of manifests and entries; 0 for media, which several formats share
	entry  bool
}{
	HLSMaster:        {"hls", HLS, true},
	HLSMedia:         {"hls", HLS, false},
	DASHManifest:     {"dash", DASH, true},
	InitSegment:      {"cmaf1", 0, false},
	MediaSegment:     {"cmaf1", 0, false},
	TSMaster:         {"hls-ts", HLSTS, true},
	TSMedia:          {"hls-ts", HLSTS, false},
	TSSegment:        {"ts1", 0, false},
	ByteRangeMaster:  {"hls-byterange", HLSByteRange, true},
	ByteRangeMedia:   {"hls-byterange", HLSByteRange, false},
	OnDemandManifest: {"dash-ondemand", DASHOnDemand, true},
	OnDemandFile:     {"ondemand1", 0, false},
	Download:         {"", Progressive, true},
	HLSIFrames:       {"hls", HLS, false},
	TSIFrames:        {"hls-ts", HLSTS, false},
	ByteRangeIFrames: {"hls-byterange", HLSByteRange, false},
}

// ResourceKinds is one more than the highest kind, for tables that kinds index.
const ResourceKinds = len(kinds)

// Format returns the format that a manifest or a download belongs to; 0 for segments and files that manifests name.
func (k ResourceKind) Format() Format { return kinds[k].format }

// Entry reports whether playing or downloading begins with a resource of kind k, so that no other one names it.
func (k ResourceKind) Entry() bool { return kinds[k].entry }

// IFrames reports whether a resource of kind k is an I-frame playlist (RFC 8216 §4.3.3.6).
func (k ResourceKind) IFrames() bool { return k >= HLSIFrames }

// TakesOptions reports whether options select the bytes of a resource. Those of media are the same for all, so they have
// one URL, without options.
func (k ResourceKind) TakesOptions() bool { return kinds[k].format != 0 }

// Names of resources that need no track.
const (
	masterName   = "master.m3u8"
	mpdName      = "manifest.mpd"
	initName     = "init.mp4"
	downloadName = "download.mp4"
)

const (
	playlistExtension = ".m3u8"
	iframesExtension  = ".iframes.m3u8"
)

// Resource is one URL below /v/{asset}[/{options}]/, parsed.
type Resource struct {
	Kind  ResourceKind
	Track TrackID // for media playlists, segments and files
	// Audio is the track whose sound is in the same transport stream as the pictures of Track; empty for none. It is only
	// for TSMedia and TSSegment, whose URLs write {tracks} as "{track}+{audio}" then.
	Audio TrackID
	// TargetSeconds is the segmentation's target, for MediaSegment and TSSegment.
	TargetSeconds int
	Number        int // of the segment, from 1, for MediaSegment and TSSegment
}

// ParseResource reads the path below /v/{asset}[/{options}]/, without a leading slash. Every resource has exactly one
// path; false means that the path names none. Safe for bytes from outside. It does not allocate.
func ParseResource(path string) (Resource, bool) {
	if path == downloadName {
		return Resource{Kind: Download}, true
	}
	folder, rest, found := strings.Cut(path, "/")
	if !found {
		return Resource{}, false
	}
	switch folder {
	case kinds[HLSMaster].folder:
		return parsePlaylist(rest, HLSMaster, HLSMedia, HLSIFrames)
	case kinds[TSMaster].folder:
		return parsePlaylist(rest, TSMaster, TSMedia, TSIFrames)
	case kinds[ByteRangeMaster].folder:
		return parsePlaylist(rest, ByteRangeMaster, ByteRangeMedia, ByteRangeIFrames)
	case kinds[DASHManifest].folder:
		return Resource{Kind: DASHManifest}, rest == mpdName
	case kinds[OnDemandManifest].folder:
		return Resource{Kind: OnDemandManifest}, rest == mpdName
	case kinds[OnDemandFile].folder:
		track, ok := strings.CutSuffix(rest, ".mp4")
		return Resource{Kind: OnDemandFile, Track: TrackID(track)}, ok && ValidID(track)
	case kinds[MediaSegment].folder:
		return parseMedia(rest)
	case kinds[TSSegment].folder:
		return parseTransport(rest)
	default:
		return Resource{}, false
	}
}

// parsePlaylist reads the name of a playlist: the multivariant one, one of a track or of two, or that of a track's I-frames.
func parsePlaylist(name string, master, media, iframes ResourceKind) (Resource, bool) {
	if name == masterName {
		return Resource{Kind: master}, true
	}
	if track, ok := strings.CutSuffix(name, iframesExtension); ok {
		return parseTracks(track, iframes)
	}
	tracks, ok := strings.CutSuffix(name, playlistExtension)
	if !ok {
		return Resource{}, false
	}
	return parseTracks(tracks, media)
}

// parseTracks reads "{track}", or "{track}+{audio}" where a resource of kind may have both.
func parseTracks(tracks string, kind ResourceKind) (Resource, bool) {
	track, audio, both := strings.Cut(tracks, "+")
	if both && (kind != TSMedia && kind != TSSegment || !ValidID(audio) || audio == track) {
		return Resource{}, false
	}
	return Resource{Kind: kind, Track: TrackID(track), Audio: TrackID(audio)}, ValidID(track)
}

func parseMedia(path string) (Resource, bool) {
	track, rest, _ := strings.Cut(path, "/")
	if rest == initName {
		return Resource{Kind: InitSegment, Track: TrackID(track)}, ValidID(track)
	}
	r, ok := parseTracks(track, MediaSegment)
	return r, ok && r.parseNumber(rest, ".m4s")
}

func parseTransport(path string) (Resource, bool) {
	tracks, rest, _ := strings.Cut(path, "/")
	r, ok := parseTracks(tracks, TSSegment)
	return r, ok && r.parseNumber(rest, ".ts")
}

// parseNumber reads "{segmentation}/{number}{extension}".
func (r *Resource) parseNumber(path, extension string) (ok bool) {
	segmentation, name, _ := strings.Cut(path, "/")
	if r.TargetSeconds, ok = parseSegmentationID(segmentation); !ok {
		return false
	}
	digits, ok := strings.CutSuffix(name, extension)
	if !ok {
		return false
	}
	r.Number, ok = parseCanonicalInt(digits)
	return ok
}

// AppendPath appends the path that ParseResource reads.
func (r Resource) AppendPath(dst []byte) []byte {
	if r.Kind == Download {
		return append(dst, downloadName...)
	}
	dst = append(append(dst, kinds[r.Kind].folder...), '/')
	switch r.Kind {
	case HLSMaster, TSMaster, ByteRangeMaster:
		return append(dst, masterName...)
	case DASHManifest, OnDemandManifest:
		return append(dst, mpdName...)
	case HLSMedia, TSMedia, ByteRangeMedia:
		return append(r.appendTracks(dst), playlistExtension...)
	case HLSIFrames, TSIFrames, ByteRangeIFrames:
		return append(r.appendTracks(dst), iframesExtension...)
	case OnDemandFile:
		return append(r.appendTracks(dst), ".mp4"...)
	case InitSegment:
		return append(append(r.appendTracks(dst), '/'), initName...)
	}
	dst = appendSegmentationID(append(r.appendTracks(dst), '/'), r.TargetSeconds)
	dst = append(dst, '/')
	dst = strconv.AppendInt(dst, int64(r.Number), 10)
	if r.Kind == TSSegment {
		return append(dst, ".ts"...)
	}
	return append(dst, ".m4s"...)
}

func (r Resource) appendTracks(dst []byte) []byte {
	dst = append(dst, r.Track...)
	if r.Audio == "" {
		return dst
	}
	return append(append(dst, '+'), r.Audio...)
}

// AppendSegmentDir appends "cmaf1/{track}/{segmentation}/", where the media segments lie, named {number}.m4s.
func AppendSegmentDir(dst []byte, track TrackID, targetSeconds int) []byte {
	return Resource{Kind: MediaSegment, Track: track, TargetSeconds: targetSeconds}.AppendDir(dst)
}

// AppendDir appends the folder of a MediaSegment or TSSegment, which its {number}.m4s or .ts follows.
func (r Resource) AppendDir(dst []byte) []byte {
	dst = append(append(dst, kinds[r.Kind].folder...), '/')
	dst = appendSegmentationID(append(r.appendTracks(dst), '/'), r.TargetSeconds)
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
