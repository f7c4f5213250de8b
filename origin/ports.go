package origin

import (
	"context"
	"errors"
	"os"
	"time"

	"headwater/packager"
)

// Kinds of failure of the ports. Adapters wrap them; a deadline is context.DeadlineExceeded.
var (
	// ErrNotFound: there is no such asset, generation, file or feed entry.
	ErrNotFound = errors.New("not found")
	// ErrUnavailable: storage did not answer. What was asked may be asked again.
	ErrUnavailable = errors.New("storage is unavailable")
	// ErrCorrupt: what is stored is not what was published.
	ErrCorrupt = errors.New("stored data is corrupt")
)

// Visibility says what the owner of an asset wants viewers to have of it.
type Visibility uint8

// The visibilities of an asset.
const (
	Blocked   Visibility = iota // nothing
	Draft                       // only what a preview link lets them have
	Published                   // may be played, in its time
)

// Asset is the record of an asset: what an origin may know of it.
type Asset struct {
	Visibility Visibility
	// PublishAt and ExpireAt bound when a published asset plays: from the one until before the other. Zero is no bound.
	PublishAt, ExpireAt time.Time
	// Policy names the rules of who may watch; empty for those of the project.
	Policy string
	// Generation is the current one, from 1; 0 when none is published.
	Generation uint32
	// Retained are older generations, newest first, whose tracks running players may still ask for.
	Retained []uint32
}

// generations returns all that may be served, the current one first.
func (a Asset) generations() []uint32 { return append([]uint32{a.Generation}, a.Retained...) }

// Library finds what is published. It must be safe for concurrent use. Errors wrap ErrNotFound, ErrUnavailable or
// ErrCorrupt, or are those of ctx.
type Library interface {
	// Asset returns the record of an asset.
	Asset(ctx context.Context, id packager.AssetID) (Asset, error)
	// Presentation returns the presentation of one generation (1 or more), validated.
	Presentation(ctx context.Context, id packager.AssetID, generation uint32) (*packager.Presentation, error)
}

// File names a track file, or the sample table beside it, and what the presentation index says of it.
type File struct {
	Asset       packager.AssetID
	Track       packager.TrackID
	SampleTable bool  // it is the sample table of the track
	SizeBytes   int64 // of the whole file
}

// Source reads track files and sample tables. It must be safe for concurrent use.
type Source interface {
	// ReadAt fills dst with the bytes of f from offset on. It fills all of dst or returns an error: one that wraps
	// ErrCorrupt when the file ends before, or is seen to have another size than f.SizeBytes, ErrNotFound when there is
	// no file, ErrUnavailable, or that of ctx.
	ReadAt(ctx context.Context, f File, dst []byte, offset int64) error
}

// Opener is the capability of a [Source] on a local disk to lend its files, for sendfile(2).
type Opener interface {
	// Open opens the regular file of f for reading; the caller closes it. Errors wrap ErrNotFound when there is none, or
	// ErrUnavailable, or are those of ctx.
	Open(ctx context.Context, f File) (*os.File, error)
}

// Documents are what all origins share besides assets, such as the rules of who may watch.
type Documents interface {
	// Refresh reads them anew and makes what was read take effect. After an error what was in effect stays.
	Refresh(ctx context.Context) error
}

// Change is one entry of the change feed: something about an asset or a document is new.
type Change struct {
	Asset    packager.AssetID // empty when a document has changed
	Document string           // name of the document; empty when an asset has changed
}

// Feed is the numbered list of changes, in the order in which they took effect. A change must be visible through the
// Library or Documents before it is in the Feed, and an entry be there before Head tells its number.
type Feed interface {
	// Head returns the number of the last change; 0 before the first.
	Head(ctx context.Context) (seq uint64, err error)
	// Entry returns change number seq, from 1. ErrNotFound says that the list does not reach back so far.
	Entry(ctx context.Context, seq uint64) (Change, error)
}
