package wire

import (
	"context"
	"errors"
	"fmt"

	"headwater/ingest/catalog"
	"headwater/origin/console"
	"headwater/packager"
)

// watchLibrary tells the watch page what the catalogue knows, while it is open.
type watchLibrary struct {
	upkeep *upkeep
	rules  *ruleKeeper
}

// Asset implements console.Library.
func (l watchLibrary) Asset(ctx context.Context, id packager.AssetID) (console.Asset, error) {
	open, err := l.upkeep.catalog()
	if err != nil {
		return console.Asset{}, fmt.Errorf("%w: %w", console.ErrClosed, err)
	}
	asset, err := open.Asset(ctx, id)
	if errors.Is(err, catalog.ErrNotFound) {
		return console.Asset{}, fmt.Errorf("%w: %w", console.ErrNoAsset, err)
	}
	if err != nil {
		return console.Asset{}, err
	}
	watched := console.Asset{
		Title: asset.Name, Playable: asset.State == catalog.Ready, Status: string(asset.State), Token: l.rules.watchToken(id),
	}
	jobs, err := open.Jobs(ctx, catalog.JobFilter{Asset: id, Limit: 1})
	if err == nil && len(jobs) > 0 {
		if state := jobState(jobs[0]); state != "" {
			watched.Status = state
		}
	}
	return watched, err
}
