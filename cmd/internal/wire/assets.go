package wire

import (
	"context"
	"fmt"

	"headwater/ingest/catalog"
	"headwater/packager"
)

// Asset returns what the catalogue has of an asset that is not deleted.
func (s *System) Asset(ctx context.Context, id packager.AssetID) (asset catalog.Asset, err error) {
	err = s.withControlPlane(ctx, func(c *controlPlane) error {
		asset, err = c.asset(ctx, id)
		return err
	})
	return asset, err
}

func (c *controlPlane) asset(ctx context.Context, id packager.AssetID) (catalog.Asset, error) {
	asset, err := c.catalog.Asset(ctx, id)
	if err == nil && asset.State == catalog.Deleted {
		err = fmt.Errorf("asset %s: %w: it is deleted", id, catalog.ErrNotFound)
	}
	return asset, err
}

// UpdateAsset changes who may watch an asset and tells origins. A policy that it names must exist.
func (s *System) UpdateAsset(ctx context.Context, id packager.AssetID, update catalog.AssetUpdate) error {
	return s.withControlPlane(ctx, func(c *controlPlane) error {
		if update.Policy != nil {
			if err := c.checkPolicy(ctx, *update.Policy); err != nil {
				return err
			}
		}
		return c.publisher.UpdateAsset(ctx, id, update)
	})
}

// checkPolicy returns an error unless there is a policy of that name, or it is empty.
func (c *controlPlane) checkPolicy(ctx context.Context, name string) error {
	rules, err := c.rules(ctx)
	if err == nil && name != "" && !policyNames(rules)[name] {
		err = fmt.Errorf("there is no policy %q; make it with headwater policy set, or see headwater policy list", name)
	}
	return err
}
