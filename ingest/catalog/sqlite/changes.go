package sqlite

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"headwater/ingest/catalog"
)

// Publish implements [catalog.Catalog].
func (c *Catalog) Publish(ctx context.Context, p catalog.Publication) (catalog.Change, error) {
	var change catalog.Change
	err := c.update(ctx, func(tx *sql.Tx) error {
		if err := checkPublication(ctx, tx, p); err != nil {
			return err
		}
		now := c.nowMillis()
		if err := insertGeneration(ctx, tx, p, now); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, "UPDATE assets SET state = ?, generation = ?, updated_ms = ? WHERE id = ?",
			catalog.Ready, p.Generation.Number, now, p.Asset); err != nil {
			return err
		}
		if p.Final {
			if err := endJob(ctx, tx, p.Job, catalog.JobDone, "", now); err != nil {
				return err
			}
		}
		var err error
		change, err = appendChange(ctx, tx, catalog.Change{
			Kind: catalog.ChangePublish, Asset: p.Asset, Generation: p.Generation.Number, At: timeOf(now),
		})
		return err
	})
	if err != nil {
		return catalog.Change{}, fmt.Errorf("publish generation %d of asset %s: %w", p.Generation.Number, p.Asset, err)
	}
	return change, nil
}

func checkPublication(ctx context.Context, tx *sql.Tx, p catalog.Publication) error {
	asset, err := getAsset(ctx, tx, p.Asset)
	if err != nil {
		return err
	}
	job, err := runningJob(ctx, tx, p.Job)
	switch {
	case err != nil:
		return err
	case job.Asset != p.Asset:
		return fmt.Errorf("%w: job %s works on asset %s", catalog.ErrConflict, p.Job, job.Asset)
	case asset.State == catalog.Deleted:
		return fmt.Errorf("%w: the asset is deleted", catalog.ErrConflict)
	case p.Generation.Number != asset.Generation+1:
		return fmt.Errorf("%w: the asset is at generation %d", catalog.ErrConflict, asset.Generation)
	}
	return nil
}

func insertGeneration(ctx context.Context, tx *sql.Tx, p catalog.Publication, now int64) error {
	g := p.Generation
	tracks, err := json.Marshal(g.Tracks)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, "INSERT INTO generations (asset, number, index_key, index_bytes, duration_ms, tracks, "+
		"published_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
		p.Asset, g.Number, g.IndexKey, g.IndexSizeBytes, g.Duration.Milliseconds(), string(tracks), now)
	return err
}

// appendChange appends c with the next number, and returns it. The write lock of the transaction, held from its start, makes the numbers rise in
// the order of commits, and a rollback gives the number back.
func appendChange(ctx context.Context, tx *sql.Tx, c catalog.Change) (catalog.Change, error) {
	if err := tx.QueryRowContext(ctx, "UPDATE feed SET last_seq = last_seq + 1 RETURNING last_seq").Scan(&c.Seq); err != nil {
		return catalog.Change{}, fmt.Errorf("number a change: %w", err)
	}
	_, err := tx.ExecContext(ctx, "INSERT INTO changes (seq, kind, asset, generation, document, at_ms) VALUES (?, ?, ?, ?, ?, ?)",
		c.Seq, c.Kind, c.Asset, c.Generation, c.Document, c.At.UnixMilli())
	if err != nil {
		return catalog.Change{}, fmt.Errorf("append change %d: %w", c.Seq, err)
	}
	return c, nil
}

// Pending implements [catalog.Catalog].
func (c *Catalog) Pending(ctx context.Context, limit int) ([]catalog.Change, error) {
	if err := checkLimit(limit); err != nil {
		return nil, fmt.Errorf("list changes: %w", err)
	}
	changes, err := collect(ctx, c.read, scanChange,
		"SELECT seq, kind, asset, generation, document, at_ms FROM changes ORDER BY seq LIMIT ?", limit)
	if err != nil {
		return nil, fmt.Errorf("list changes: %w", err)
	}
	return changes, nil
}

func scanChange(r row) (catalog.Change, error) {
	var c catalog.Change
	var at int64
	err := r.Scan(&c.Seq, &c.Kind, &c.Asset, &c.Generation, &c.Document, &at)
	c.At = timeOf(at)
	return c, err
}

// MarkDelivered implements [catalog.Catalog].
func (c *Catalog) MarkDelivered(ctx context.Context, seq catalog.Seq) error {
	if err := c.execute(ctx, "DELETE FROM changes WHERE seq <= ?", seq); err != nil {
		return fmt.Errorf("mark changes up to %d delivered: %w", seq, err)
	}
	return nil
}
