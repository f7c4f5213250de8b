package ingest

import (
	"fmt"
	"strconv"

	"headwater/ingest/catalog"
	"headwater/packager"
)

// The layout of keys in storage. Everything of an asset lies below its prefix, so that it can be listed and removed.

const feedPrefix = "feed/"

// FeedHeadKey is the key of the [Head] of the change feed.
const FeedHeadKey = feedPrefix + "head.json"

// AssetPrefix returns what the keys of all objects of an asset begin with: "assets/{id}/" in the default project, in
// others "projects/{project}/assets/{id}/".
func AssetPrefix(asset packager.AssetID) string {
	prefix := "assets/" + asset.Plain() + "/"
	if project := asset.Project(); project != "" {
		prefix = "projects/" + project + "/" + prefix
	}
	return prefix
}

// RecordKey returns the key of the [Record] of an asset: the one object of it that changes.
func RecordKey(asset packager.AssetID) string { return AssetPrefix(asset) + "record.json" }

// IndexKey returns the key of the presentation index of a generation.
func IndexKey(asset packager.AssetID, generation uint32) string {
	return AssetPrefix(asset) + "generations/" + strconv.FormatUint(uint64(generation), 10) + ".idx"
}

// TrackKey returns the key of a track file.
func TrackKey(asset packager.AssetID, track packager.TrackID) string {
	return AssetPrefix(asset) + "tracks/" + string(track) + ".mp4"
}

// SampleTableKey returns the key of the sample table of a track, beside its file.
func SampleTableKey(asset packager.AssetID, track packager.TrackID) string {
	return AssetPrefix(asset) + "tracks/" + string(track) + ".samples"
}

// SourceKey returns the key of the untouched source file, which is never served.
func SourceKey(asset packager.AssetID) string { return AssetPrefix(asset) + "source" }

// DocumentKey returns the key of a document that all origins share.
func DocumentKey(name string) string { return "shared/" + name }

// ChangeKey returns the key of one entry of the change feed. Keys sort as their numbers do.
func ChangeKey(seq catalog.Seq) string { return fmt.Sprintf("%s%020d.json", feedPrefix, seq) }
