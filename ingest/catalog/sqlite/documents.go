package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"headwater/ingest/catalog"
)

// Document implements [catalog.Catalog].
func (c *Catalog) Document(ctx context.Context, name string) (catalog.Document, error) {
	d := catalog.Document{Name: name}
	var updated int64
	err := c.read.QueryRowContext(ctx, "SELECT revision, body, updated_ms FROM documents WHERE name = ?", name).
		Scan(&d.Revision, &d.Body, &updated)
	if errors.Is(err, sql.ErrNoRows) {
		err = catalog.ErrNotFound
	}
	if err != nil {
		return catalog.Document{}, fmt.Errorf("document %s: %w", name, classify(err))
	}
	d.Updated = timeOf(updated)
	return d, nil
}

// Documents implements [catalog.Catalog].
func (c *Catalog) Documents(ctx context.Context) ([]string, error) {
	names, err := collect(ctx, c.read, scanName, "SELECT name FROM documents ORDER BY name")
	if err != nil {
		return nil, fmt.Errorf("list documents: %w", err)
	}
	return names, nil
}

func scanName(r row) (name string, err error) {
	err = r.Scan(&name)
	return name, err
}

// PutDocument implements [catalog.Catalog].
func (c *Catalog) PutDocument(ctx context.Context, name string, revision uint64, body []byte) (catalog.Change, error) {
	if err := catalog.CheckDocument(name, body); err != nil {
		return catalog.Change{}, err
	}
	return c.changeDocument(ctx, name, func(tx *sql.Tx, now int64) error {
		current, err := revisionOf(ctx, tx, name)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
		if current != revision {
			return fmt.Errorf("%w: it is at revision %d, not %d", catalog.ErrConflict, current, revision)
		}
		// Without coalesce a body of no bytes may arrive as none.
		_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO documents (name, revision, body, updated_ms) "+
			"VALUES (?, ?, coalesce(?, x''), ?)", name, current+1, body, now)
		return err
	})
}

// AnnounceDocument implements [catalog.Catalog].
func (c *Catalog) AnnounceDocument(ctx context.Context, name string) (catalog.Change, error) {
	return c.changeDocument(ctx, name, func(tx *sql.Tx, _ int64) error {
		_, err := revisionOf(ctx, tx, name)
		return err
	})
}

// revisionOf returns the revision of a document; 0 and [catalog.ErrNotFound] when there is none.
func revisionOf(ctx context.Context, tx *sql.Tx, name string) (revision uint64, err error) {
	err = tx.QueryRowContext(ctx, "SELECT revision FROM documents WHERE name = ?", name).Scan(&revision)
	if errors.Is(err, sql.ErrNoRows) {
		err = catalog.ErrNotFound
	}
	return revision, err
}

// changeDocument does work on a document and appends the change, in one transaction.
func (c *Catalog) changeDocument(ctx context.Context, name string, work func(tx *sql.Tx, now int64) error) (catalog.Change, error) {
	var change catalog.Change
	err := c.update(ctx, func(tx *sql.Tx) error {
		now := c.nowMillis()
		if err := work(tx, now); err != nil {
			return err
		}
		var err error
		change, err = appendChange(ctx, tx, catalog.Change{Kind: catalog.ChangeDocument, Document: name, At: timeOf(now)})
		return err
	})
	if err != nil {
		return catalog.Change{}, fmt.Errorf("document %s: %w", name, err)
	}
	return change, nil
}
