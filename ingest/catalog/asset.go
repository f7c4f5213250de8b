package catalog

import (
	"time"

	"headwater/packager"
)

// AssetState says what may be done with an asset. Viewers see only Ready ones, and of those what [Visibility] allows.
type AssetState string

// The states of an asset.
const (
	Ingesting AssetState = "ingesting" // its first generation is being made
	Ready     AssetState = "ready"     // it has a generation that plays
	Failed    AssetState = "failed"    // its job ended before anything was published; the job has the reason
	Deleted   AssetState = "deleted"   // for ever
)

// Asset is an entry of the library.
type Asset struct {
	ID packager.AssetID
	// Name is for people, such as the name of the source file. It comes from outside: escape it.
	Name  string
	State AssetState
	// Generation is the current one; 0 until one is published.
	Generation uint32
	Visibility Visibility
	// PublishAt and ExpireAt bound when a published asset plays: from the one until before the other. Zero is no bound.
	PublishAt, ExpireAt time.Time
	// Policy names the rules of who may watch; empty for those of the project.
	Policy    string
	CreatedAt time.Time
	UpdatedAt time.Time
}

// NewAsset is what the caller says of an asset that it creates.
type NewAsset struct {
	ID   packager.AssetID
	Name string
	// Visibility that it begins with; empty for [Published].
	Visibility Visibility
	// Policy that it begins with, a name as [packager.ValidID] has it, or empty for that of the project.
	Policy string
}

// AssetFilter selects a page of assets.
type AssetFilter struct {
	// State keeps only assets in it; empty keeps all but deleted ones.
	State AssetState
	// After is the [Asset.Cursor] of the last asset of the page before; zero begins with the newest.
	After Cursor
	// Limit is the size of the page, 1 to [MaxPage].
	Limit int
}

// Generation is one published version of an asset.
type Generation struct {
	Number uint32
	// IndexKey names the presentation index in storage.
	IndexKey       string
	IndexSizeBytes int64
	// Duration of the presentation.
	Duration    time.Duration
	Tracks      []Track
	PublishedAt time.Time
}

// Track sums up one track of a generation, for listings and for knowing which objects are in use.
type Track struct {
	ID       packager.TrackID `json:"id"`
	Kind     packager.Kind    `json:"kind"`
	Codec    string           `json:"codec"`
	Language string           `json:"language"`
	// Width and Height are 0 for audio; Channels is 0 for video.
	Width     uint16 `json:"width,omitempty"`
	Height    uint16 `json:"height,omitempty"`
	Channels  uint8  `json:"channels,omitempty"`
	SizeBytes int64  `json:"size_bytes"`
}

// Publication is a generation that a job publishes.
type Publication struct {
	Asset packager.AssetID
	Job   JobID
	// Generation is published; its PublishedAt is set by the catalogue.
	Generation Generation
	// Final ends the job as Done in the same transaction, so that no crash can leave a finished job unfinished.
	Final bool
}
