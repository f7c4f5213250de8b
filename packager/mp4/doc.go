// Package mp4 makes the parts of MP4 files that are delivered whole but not stored so: heads, in front of the fragments of
// track files, which stay as they are.
//
// [AppendOnDemandHead] makes the one of DASH's on-demand profile and of byte ranges in HLS: init segment and index.
// [AppendDownloadHead] makes the one of a file to download, with classic sample tables, which a [TableBuilder] collects when
// a track is made.
//
// Functions are pure, keep no reference to what they are given, and may be called from many goroutines at once.
//
// Non-goals: reading media, segments, encryption.
package mp4
