package sqlite

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"headwater/ingest/catalog"
	"headwater/packager"
)

const assetColumns = "id, name, state, generation, visibility, publish_ms, expire_ms, policy, created_ms, updated_ms"

func scanAsset(r row) (catalog.Asset, error) {
	var a catalog.Asset
	var publish, expire, created, updated int64
	err := r.Scan(&a.ID, &a.Name, &a.State, &a.Generation, &a.Visibility, &publish, &expire, &a.Policy, &created, &updated)
	a.PublishAt, a.ExpireAt = boundOf(publish), boundOf(expire)
	a.CreatedAt, a.UpdatedAt = timeOf(created), timeOf(updated)
	return a, err
}

func getAsset(ctx context.Context, q querier, id packager.AssetID) (catalog.Asset, error) {
	a, err := scanAsset(q.QueryRowContext(ctx, "SELECT "+assetColumns+" FROM assets WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		err = catalog.ErrNotFound
	}
	if err != nil {
		return catalog.Asset{}, fmt.Errorf("asset %s: %w", id, classify(err))
	}
	return a, nil
}

// CreateAsset implements [catalog.Catalog].
func (c *Catalog) CreateAsset(ctx context.Context, asset catalog.NewAsset, job catalog.NewJob) (catalog.Asset, error) {
	if !packager.ValidAssetID(string(asset.ID)) {
		return catalog.Asset{}, fmt.Errorf("create asset: id %q", asset.ID)
	}
	visibility := cmp.Or(asset.Visibility, catalog.Published)
	if err := visibility.Check(); err != nil {
		return catalog.Asset{}, fmt.Errorf("create asset %s: %w", asset.ID, err)
	}
	if asset.Policy != "" && !packager.ValidID(asset.Policy) {
		return catalog.Asset{}, fmt.Errorf("create asset %s: policy %q", asset.ID, asset.Policy)
	}
	var created catalog.Asset
	err := c.update(ctx, func(tx *sql.Tx) error {
		now := c.nowMillis()
		_, err := tx.ExecContext(ctx, "INSERT INTO assets (id, name, state, visibility, policy, created_ms, updated_ms) VALUES (?, ?, ?, ?, ?, ?, ?)",
			asset.ID, asset.Name, catalog.Ingesting, visibility, asset.Policy, now, now)
		if isDuplicate(err) {
			return fmt.Errorf("%w: the id was used before", catalog.ErrConflict)
		}
		if err != nil {
			return err
		}
		if err := insertJob(ctx, tx, asset.ID, job, now); err != nil {
			return err
		}
		created, err = getAsset(ctx, tx, asset.ID)
		return err
	})
	if err != nil {
		return catalog.Asset{}, fmt.Errorf("create asset %s: %w", asset.ID, err)
	}
	return created, nil
}

// Asset implements [catalog.Catalog].
func (c *Catalog) Asset(ctx context.Context, id packager.AssetID) (catalog.Asset, error) {
	return getAsset(ctx, c.read, id)
}

// Assets implements [catalog.Catalog].
func (c *Catalog) Assets(ctx context.Context, filter catalog.AssetFilter) ([]catalog.Asset, error) {
	if err := checkLimit(filter.Limit); err != nil {
		return nil, fmt.Errorf("list assets: %w", err)
	}
	conditions, args := []string{"state <> ?"}, []any{catalog.Deleted}
	if filter.State != "" {
		conditions, args = []string{"state = ?"}, []any{filter.State}
	}
	if !filter.After.IsZero() {
		created, id := filter.After.Position()
		conditions, args = append(conditions, "(created_ms, id) < (?, ?)"), append(args, created, id)
	}
	assets, err := collect(ctx, c.read, scanAsset, "SELECT "+assetColumns+" FROM assets WHERE "+
		strings.Join(conditions, " AND ")+" ORDER BY created_ms DESC, id DESC LIMIT ?", append(args, filter.Limit)...)
	if err != nil {
		return nil, fmt.Errorf("list assets: %w", err)
	}
	return assets, nil
}

// Generations implements [catalog.Catalog].
func (c *Catalog) Generations(ctx context.Context, id packager.AssetID) ([]catalog.Generation, error) {
	generations, err := collect(ctx, c.read, scanGeneration, "SELECT number, index_key, index_bytes, duration_ms, tracks, "+
		"published_ms FROM generations WHERE asset = ? ORDER BY number DESC", id)
	if err != nil {
		return nil, fmt.Errorf("generations of asset %s: %w", id, err)
	}
	return generations, nil
}

func scanGeneration(r row) (catalog.Generation, error) {
	var g catalog.Generation
	var duration, published int64
	var tracks []byte
	if err := r.Scan(&g.Number, &g.IndexKey, &g.IndexSizeBytes, &duration, &tracks, &published); err != nil {
		return g, err
	}
	g.Duration, g.PublishedAt = time.Duration(duration)*time.Millisecond, timeOf(published)
	return g, json.Unmarshal(tracks, &g.Tracks)
}

// DeleteAsset implements [catalog.Catalog].
func (c *Catalog) DeleteAsset(ctx context.Context, id packager.AssetID) error {
	return c.update(ctx, func(tx *sql.Tx) error {
		asset, err := getAsset(ctx, tx, id)
		if err != nil || asset.State == catalog.Deleted {
			return err
		}
		now := c.nowMillis()
		if _, err := tx.ExecContext(ctx, "UPDATE assets SET state = ?, updated_ms = ? WHERE id = ?",
			catalog.Deleted, now, id); err != nil {
			return fmt.Errorf("asset %s: %w", id, err)
		}
		if _, err := tx.ExecContext(ctx, "DELETE FROM generations WHERE asset = ?", id); err != nil {
			return fmt.Errorf("generations of asset %s: %w", id, err)
		}
		_, err = appendChange(ctx, tx, catalog.Change{
			Kind: catalog.ChangeDelete, Asset: id, Generation: asset.Generation, At: timeOf(now),
		})
		return err
	})
}

// Unpurged implements [catalog.Catalog].
func (c *Catalog) Unpurged(ctx context.Context) ([]packager.AssetID, error) {
	ids, err := collect(ctx, c.read, scanAssetID,
		"SELECT id FROM assets WHERE state = 'deleted' AND purged = 0 ORDER BY id")
	if err != nil {
		return nil, fmt.Errorf("list unpurged assets: %w", err)
	}
	return ids, nil
}

// MarkPurged implements [catalog.Catalog].
func (c *Catalog) MarkPurged(ctx context.Context, id packager.AssetID) error {
	err := c.execute(ctx, "UPDATE assets SET purged = 1 WHERE id = ? AND state = 'deleted'", id)
	if err != nil {
		return fmt.Errorf("mark asset %s purged: %w", id, err)
	}
	return nil
}

func scanAssetID(r row) (id packager.AssetID, err error) {
	err = r.Scan(&id)
	return id, err
}
