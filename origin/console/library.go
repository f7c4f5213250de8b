package console

import (
	"context"
	"errors"

	"headwater/packager"
)

// Kinds of failure of a [Library].
var (
	// ErrNoAsset: the id names nothing.
	ErrNoAsset = errors.New("no such asset")
	// ErrClosed: nothing can be looked up at present. The page shows the text of the error that wraps it, which is for
	// operators.
	ErrClosed = errors.New("the catalogue is not open")
)

// Asset is what the watch page says of an asset. Its texts come from outside: the page escapes them.
type Asset struct {
	// Title names the asset for people, such as the name of the source file; may be empty.
	Title string
	// Playable reports that a generation is published.
	Playable bool
	// Status says in a few words what the asset is doing, such as "encoding, 42 %"; shown when it is not playable.
	Status string
	// Token is a credential that lets the page play the asset; empty where none is needed.
	Token string
}

// Library looks assets up. It must be safe for concurrent use.
type Library interface {
	// Asset returns what is known of id. Errors wrap [ErrNoAsset] or [ErrClosed]; the causes of others are not shown.
	Asset(ctx context.Context, id packager.AssetID) (Asset, error)
}
