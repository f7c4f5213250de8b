package wire

import (
	"context"
	"errors"
	"fmt"

	"headwater/ingest"
	"headwater/ingest/catalog"
)

// maxEdits is how often an edit is begun again because somebody else was faster. Each time one of them came through, so
// that only a crowd of processes without end gets there.
const maxEdits = 100

// document returns the body of a document; nil where there is none.
func (c *controlPlane) document(ctx context.Context, name string) ([]byte, error) {
	d, err := c.catalog.Document(ctx, name)
	if err != nil && !errors.Is(err, catalog.ErrNotFound) {
		return nil, err
	}
	return d.Body, nil
}

// editDocument puts what change makes of a document, of nil where there is none, and tells origins. When another process
// changes the document meanwhile, change is asked again. Its error ends the edit.
func (c *controlPlane) editDocument(ctx context.Context, name string, change func(body []byte) ([]byte, error)) error {
	for range maxEdits {
		d, err := c.catalog.Document(ctx, name)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
		body, err := change(d.Body)
		if err != nil {
			return err
		}
		err = c.publisher.PutDocument(ctx, name, d.Revision, body)
		if !errors.Is(err, catalog.ErrConflict) || errors.Is(err, ingest.ErrUndelivered) {
			return err
		}
	}
	return fmt.Errorf("document %s: %w: it was changed by others %d times meanwhile; nothing was done, try again",
		name, catalog.ErrConflict, maxEdits)
}
