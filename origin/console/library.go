package console

import (
	"context"
	"errors"

	"headwater/packager"
)

// ErrNoAsset is what the error of [Library.Asset] wraps for an id that names nothing.
var ErrNoAsset = errors.New("no such asset")

// Asset is what the watch page says of an asset. Its texts come from outside: the page escapes them.
type Asset struct {
	// Title names the asset for people, such as the name of the source file; may be empty.
	Title string
	// Playable reports that a generation is published.
	Playable bool
	// Status says in a few words what the asset is doing, such as "encoding, 42 %"; shown when it is not playable.
	Status string
}

// Library looks assets up. It must be safe for concurrent use.
type Library interface {
	// Asset returns what is known of id. The error wraps [ErrNoAsset] when nothing is.
	Asset(ctx context.Context, id packager.AssetID) (Asset, error)
}
