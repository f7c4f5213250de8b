// Package packager is the model of what Headwater stores and the pure functions that turn it into streams.
//
// A [Presentation] is the playable view of one generation of an asset: one [Grid] of cut instants and the [Track]s that
// are cut on it. It is loaded from a presentation index ([ParseIndex]), a small binary object that holds all that a
// manifest or a segment plan needs, so that no request parses a media file. [Presentation.Segment] and
// [Presentation.Init] answer a request with a [Plan]: content type, ETag, length and the byte ranges to send. A [Format] is a
// way to deliver all that, a [Resource] one URL of it, and a [Layout] a file that is delivered whole. The sub-packages hls and
// dash write manifests from the same Presentation; fmp4 makes track files and reads them back, ts makes transport streams of
// their fragments, and mp4 the heads of whole files, around bytes that stay as they are.
//
// Nothing here does I/O, keeps a reference to a caller's buffer, or knows HTTP. A Presentation is immutable after
// [ParseIndex] or [Presentation.Validate] and safe for concurrent use.
//
// Non-goals: live streams, storage, caching, authorisation.
package packager
