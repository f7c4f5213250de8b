package wire

import (
	"context"
	"errors"
	"fmt"
	"io"

	"headwater/ingest"
	"headwater/ingest/catalog"
	"headwater/ingest/storage"
	"headwater/origin"
	"headwater/packager"
)

// viewer gives package origin its ports over storage.
type viewer struct{ store storage.Store }

// translate wraps err with the kind by which origin knows it.
func translate(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrNotExist):
		return fmt.Errorf("%w: %w", origin.ErrNotFound, err)
	case errors.Is(err, ingest.ErrDamaged), errors.Is(err, packager.ErrBadIndex):
		return fmt.Errorf("%w: %w", origin.ErrCorrupt, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled):
		return err
	default:
		return fmt.Errorf("%w: %w", origin.ErrUnavailable, err)
	}
}

// Asset implements origin.Library.
func (v viewer) Asset(ctx context.Context, id packager.AssetID) (origin.Asset, error) {
	record, err := ingest.ReadRecord(ctx, v.store, id)
	if err != nil {
		return origin.Asset{}, translate(err)
	}
	return assetOf(record), nil
}

// visibilities translates what records say. Of what it does not have, nothing is shown.
var visibilities = map[catalog.Visibility]origin.Visibility{
	catalog.Blocked: origin.Blocked, catalog.Draft: origin.Draft, catalog.Published: origin.Published,
}

func assetOf(record ingest.Record) origin.Asset {
	asset := origin.Asset{
		PublishAt: record.PublishAt, ExpireAt: record.ExpireAt, Policy: record.Policy,
		Generation: record.Generation, Retained: record.Retained,
	}
	if record.State == ingest.RecordReady {
		asset.Visibility = visibilities[record.Visibility]
	}
	return asset
}

// Presentation implements origin.Library. The record names the generation, so that an index that is missing is damage.
func (v viewer) Presentation(ctx context.Context, id packager.AssetID, generation uint32) (*packager.Presentation, error) {
	p, err := loadPresentation(ctx, v.store, id, generation)
	return p, translate(err)
}

// ReadAt implements origin.Source.
func (v viewer) ReadAt(ctx context.Context, f origin.File, dst []byte, offset int64) error {
	key := keyOf(f)
	info, err := v.store.Stat(ctx, key)
	if err != nil {
		return translate(err)
	}
	if info.SizeBytes != f.SizeBytes {
		return fmt.Errorf("%w: %s has %d bytes, the index says %d", origin.ErrCorrupt, key, info.SizeBytes, f.SizeBytes)
	}
	body, err := v.store.Open(ctx, key, offset, int64(len(dst)))
	if err != nil {
		return translate(err)
	}
	defer body.Close()
	if _, err = io.ReadFull(body, dst); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %s ends before %d", origin.ErrCorrupt, key, offset+int64(len(dst)))
	}
	return translate(err)
}

// Head implements origin.Feed.
func (v viewer) Head(ctx context.Context) (uint64, error) {
	head, err := ingest.ReadHead(ctx, v.store)
	if errors.Is(err, storage.ErrNotExist) {
		return 0, nil // nothing was ever published
	}
	return uint64(head.Last), translate(err)
}

// Entry implements origin.Feed.
func (v viewer) Entry(ctx context.Context, seq uint64) (origin.Change, error) {
	change, err := ingest.ReadChange(ctx, v.store, catalog.Seq(seq))
	return origin.Change{Asset: change.Asset, Document: change.Document}, translate(err)
}
