package catalog

import (
	"time"

	"headwater/packager"
)

// Seq numbers changes from 1 without a gap.
type Seq uint64

// ChangeKind says what happened to an asset.
type ChangeKind string

// The kinds of change.
const (
	ChangePublish ChangeKind = "publish"
	ChangeDelete  ChangeKind = "delete"
)

// Change is something that origins must hear of.
type Change struct {
	Seq        Seq
	Kind       ChangeKind
	Asset      packager.AssetID
	Generation uint32 // current when the change took effect
	At         time.Time
}
