// Package hls writes the HLS playlists of a presentation (RFC 8216, Apple's HLS Authoring Specification): one
// multivariant playlist, and one VOD media playlist a track, over CMAF segments.
//
// [AppendMaster] and [AppendMedia] are pure functions of the presentation and the options of the URL. They append to the
// caller's buffer, keep no reference to it, and are safe for concurrent use. All URLs are relative; those of media leave
// the options behind (see [packager.Options.UpToAsset]), so HLS and DASH name one copy of every segment.
// [AppendLinkedMaster] and [AppendLinkedMedia] print the same playlists with each URL as a [packager.Link] writes it, for
// CDNs that want every URL signed.
//
// The writers are our own because durations must come from exact ticks; packages that hold EXTINF in floating point
// cannot promise what rule 8.1 of the Authoring Specification asks for.
//
// Non-goals: live playlists, encryption, byte ranges, MPEG-TS.
package hls

// Version belongs into the ETag of every playlist ([packager.Presentation.ManifestETag]): raise it with any change of
// what this package writes.
const Version = 1

// ContentType is the MIME type of playlists (HLS Authoring Specification 10.4).
const ContentType = "application/vnd.apple.mpegurl"

// header starts every playlist. Version 7 is what players of CMAF know; EXT-X-MAP itself needs 6 (RFC 8216 §7). That
// every segment starts with an IDR picture is a promise of the grid (Authoring Specification 9.11, 9.12).
const header = "#EXTM3U\n#EXT-X-VERSION:7\n#EXT-X-INDEPENDENT-SEGMENTS\n"
