// Package manifest reads what players read: HLS multivariant and media playlists (RFC 8216), DASH MPDs (ISO/IEC 23009-1)
// and segment indexes (sidx, ISO/IEC 14496-12 §8.16.3), of any origin, into one small model of renditions and segments.
//
// # Flow
//
//	entry manifest ─► Read ─► Presentation ─┬─ HLS:  Rendition.Playlist ─► ReadPlaylist ─► segments
//	                                        ├─ DASH: segments at once
//	                                        └─ DASH on-demand: Rendition.Index ─► ReadIndex ─► segments
//
// Everything is pure: bytes and the URL that they came from go in, values come out that share no memory with the bytes and
// are never changed again, so that many players may use one. All URLs are absolute (RFC 3986 §5).
//
// The bytes come from outside. Sizes, counts and times are bounded by the limits below; what exceeds them is an error. The
// readers are of our own, though the module has libraries for both formats: hls-m3u8 v0.6.1 loses the quoted BYTERANGE of
// EXT-X-MAP and cannot tell an absent offset from offset 0, dash-mpd v0.14.0 never returns from a bare '>' in text, and a
// load generator reads manifests often enough to care for the cost.
//
// # Not here
//
// Live presentations ([ErrLive]), encryption, low-latency parts, text tracks, thumbnails, trick play, xlink.
package manifest
