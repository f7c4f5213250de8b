package catalog

import (
	"time"

	"headwater/packager"
)

// Seq numbers changes from 1 without a gap.
type Seq uint64

// ChangeKind says what happened.
type ChangeKind string

// The kinds of change.
const (
	ChangePublish  ChangeKind = "publish"
	ChangeUpdate   ChangeKind = "update"
	ChangeDelete   ChangeKind = "delete"
	ChangeDocument ChangeKind = "document"
)

// Change is something that origins must hear of.
type Change struct {
	Seq        Seq
	Kind       ChangeKind
	Asset      packager.AssetID // empty when Document is not
	Generation uint32           // current when the change took effect; 0 for none
	Document   string           // name of the document that has changed, for ChangeDocument
	At         time.Time
}
