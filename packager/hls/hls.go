// Package hls writes the HLS playlists of a presentation (RFC 8216, Apple's HLS Authoring Specification): one
// multivariant playlist, and one VOD media playlist a track, over CMAF segments, over byte ranges of one file a track, or
// over segments of MPEG transport stream; and an I-frame playlist for each track of pictures, for scrubbing and fast play.
//
// [AppendMaster], [AppendMedia] and [AppendIFrames] are pure functions of the presentation and the options of the URL. They append to the
// caller's buffer, keep no reference to it, and are safe for concurrent use. All URLs are relative; those of media leave
// the options behind (see [packager.Options.UpToAsset]), so HLS and DASH name one copy of every segment. With a
// [packager.Link] each URL is printed as that writes it, for CDNs that want every URL signed.
//
// In transport streams pictures and sound come together: the stream of a variant has the default member of its audio group
// in it, and that member's EXT-X-MEDIA no URI (RFC 8216 §4.3.4.1). The other members, and all with the option audio=separate, are
// streams of their own.
//
// The writers are our own because durations must come from exact ticks; packages that hold EXTINF in floating point
// cannot promise what rule 8.1 of the Authoring Specification asks for.
//
// Non-goals: live playlists, encryption.
package hls

import "headwater/packager"

// Version belongs into the ETag of every playlist ([packager.Presentation.ManifestETag]): raise it with any change of
// what this package writes.
const Version = 4

// ContentType is the MIME type of playlists (HLS Authoring Specification 10.4).
const ContentType = "application/vnd.apple.mpegurl"

// appendHeader starts a playlist. Version 7 is what players of CMAF know; EXT-X-MAP itself needs 6. Transport streams need
// 3, for durations that are no integers (RFC 8216 §7). That every segment starts with an IDR picture is a promise of the grid
// (Authoring Specification 9.11, 9.12).
func appendHeader(dst []byte, f packager.Format) []byte {
	version := "7"
	if f == packager.HLSTS {
		version = "3"
	}
	dst = append(append(dst, "#EXTM3U\n#EXT-X-VERSION:"...), version...)
	return append(dst, "\n#EXT-X-INDEPENDENT-SEGMENTS\n"...)
}
