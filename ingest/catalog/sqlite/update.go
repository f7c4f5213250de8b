package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"headwater/ingest/catalog"
	"headwater/packager"
)

// boundOf reads a time of which 0 says that there is none.
func boundOf(millis int64) time.Time {
	if millis == 0 {
		return time.Time{}
	}
	return timeOf(millis)
}

func boundMillis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// UpdateAsset implements [catalog.Catalog].
func (c *Catalog) UpdateAsset(ctx context.Context, id packager.AssetID, update catalog.AssetUpdate) (catalog.Change, error) {
	var change catalog.Change
	err := c.update(ctx, func(tx *sql.Tx) error {
		asset, err := getAsset(ctx, tx, id)
		if err != nil {
			return err
		}
		if asset.State == catalog.Deleted {
			return fmt.Errorf("%w: it is deleted", catalog.ErrConflict)
		}
		if err := update.Apply(&asset); err != nil {
			return err
		}
		now := c.nowMillis()
		_, err = tx.ExecContext(ctx, "UPDATE assets SET visibility = ?, publish_ms = ?, expire_ms = ?, policy = ?, updated_ms = ? "+
			"WHERE id = ?", asset.Visibility, boundMillis(asset.PublishAt), boundMillis(asset.ExpireAt), asset.Policy, now, id)
		if err != nil {
			return err
		}
		change, err = appendChange(ctx, tx, catalog.Change{
			Kind: catalog.ChangeUpdate, Asset: id, Generation: asset.Generation, At: timeOf(now),
		})
		return err
	})
	if err != nil {
		return catalog.Change{}, fmt.Errorf("update asset %s: %w", id, err)
	}
	return change, nil
}
