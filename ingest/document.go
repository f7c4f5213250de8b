package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"headwater/ingest/catalog"
	"headwater/ingest/storage"
	"headwater/packager"
)

// UpdateAsset changes who may watch an asset and tells origins. Errors are those of [catalog.Catalog].UpdateAsset, or
// wrap [ErrUndelivered] when the change is stored but origins could not be told.
func (p *Publisher) UpdateAsset(ctx context.Context, id packager.AssetID, update catalog.AssetUpdate) error {
	if _, err := p.catalog.UpdateAsset(ctx, id, update); err != nil {
		return err
	}
	return p.tell(ctx)
}

// PutDocument replaces the given revision of a document, or makes a new one where that is 0, and tells origins. Errors
// are those of [catalog.Catalog].PutDocument, or wrap [ErrUndelivered] when the document is stored but origins could not
// be told.
func (p *Publisher) PutDocument(ctx context.Context, name string, revision uint64, body []byte) error {
	if _, err := p.catalog.PutDocument(ctx, name, revision, body); err != nil {
		return err
	}
	return p.tell(ctx)
}

// ReadDocument reads a document as origins may have it, of at most [catalog.MaxDocumentBytes]. Errors wrap
// [storage.ErrNotExist] when there is none, [ErrDamaged] when it is longer, or what the store returns.
func ReadDocument(ctx context.Context, store storage.Store, name string) ([]byte, error) {
	return readObject(ctx, store, DocumentKey(name), catalog.MaxDocumentBytes)
}

// writeDocument makes the object of a document what the catalogue has.
func (p *Publisher) writeDocument(ctx context.Context, name string) error {
	d, err := p.catalog.Document(ctx, name)
	if err != nil {
		return err
	}
	return p.put(ctx, DocumentKey(name), d.Body)
}

// mendDocuments announces the documents that storage does not have as the catalogue has them, as after it was restored
// from a backup, so that the next delivery writes them and origins hear of it. One whose delivery is due anyway is
// announced once too often, which does no harm.
func (p *Publisher) mendDocuments(ctx context.Context) error {
	names, err := p.catalog.Documents(ctx)
	errs := []error{err}
	for _, name := range names {
		errs = append(errs, p.mendDocument(ctx, name))
	}
	return errors.Join(errs...)
}

func (p *Publisher) mendDocument(ctx context.Context, name string) error {
	d, err := p.catalog.Document(ctx, name)
	if err != nil {
		return err
	}
	stored, err := ReadDocument(ctx, p.store, name)
	if err == nil && bytes.Equal(stored, d.Body) {
		return nil
	}
	if err != nil && !errors.Is(err, storage.ErrNotExist) && !errors.Is(err, ErrDamaged) {
		return fmt.Errorf("document %s: %w", name, err)
	}
	_, err = p.catalog.AnnounceDocument(ctx, name)
	return err
}
