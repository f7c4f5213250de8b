package ingest

import (
	"context"
	"errors"
	"fmt"

	"go.uber.org/zap"

	"headwater/ingest/catalog"
	"headwater/ingest/storage"
	"headwater/packager"
)

// Delete takes an asset away from viewers for ever and then removes its objects. A job that still works on it fails when
// it wants to publish. Deleting again goes on where an earlier call stopped.
//
// Errors wrap [catalog.ErrNotFound]; [ErrUndelivered] when the asset is deleted but origins could not be told; or what
// the store returns. In the last two cases [Publisher.Reconcile] does the rest.
func (p *Publisher) Delete(ctx context.Context, id packager.AssetID) error {
	if err := p.catalog.DeleteAsset(ctx, id); err != nil {
		return fmt.Errorf("delete asset %s: %w", id, err)
	}
	// Objects go after the record: a viewer must be told that there is no such asset, not that it is damaged.
	if err := p.tell(ctx); err != nil {
		return fmt.Errorf("delete asset %s: %w", id, err)
	}
	if err := p.purge(ctx, id); err != nil {
		return err
	}
	p.log.Info("deleted", zap.String("asset_id", string(id)))
	return nil
}

// purge removes the objects of a deleted asset.
func (p *Publisher) purge(ctx context.Context, id packager.AssetID) error {
	if err := p.sweep(ctx, id); err != nil {
		return err
	}
	return p.catalog.MarkPurged(ctx, id)
}

// sweep removes the objects of an asset that no generation in the catalogue refers to. It must not run beside a job that
// puts objects which it has yet to publish, unless the asset is deleted.
func (p *Publisher) sweep(ctx context.Context, id packager.AssetID) error {
	generations, err := p.catalog.Generations(ctx, id)
	if err != nil {
		return fmt.Errorf("sweep asset %s: %w", id, err)
	}
	used := usedKeys(id, generations)
	for after := ""; ; {
		objects, err := p.store.List(ctx, AssetPrefix(id), after, storage.MaxList)
		if err != nil {
			return fmt.Errorf("sweep asset %s: %w", id, err)
		}
		for _, o := range objects {
			after = o.Key
			if used[o.Key] {
				continue
			}
			if err := p.store.Delete(ctx, o.Key); err != nil {
				return fmt.Errorf("sweep asset %s: %w", id, err)
			}
		}
		if len(objects) < storage.MaxList {
			return nil
		}
	}
}

// usedKeys returns the keys that the generations of an asset refer to. The source stays for as long as there is one.
func usedKeys(id packager.AssetID, generations []catalog.Generation) map[string]bool {
	used := map[string]bool{}
	if len(generations) > 0 {
		used[RecordKey(id)], used[SourceKey(id)] = true, true
	}
	for _, g := range generations {
		used[g.IndexKey] = true
		for _, t := range g.Tracks {
			used[TrackKey(id, t.ID)], used[SampleTableKey(id, t.ID)] = true, true
		}
	}
	return used
}

// Fail ends the job of w with a reason of one line for people, removes every object that it put and did not publish, and
// then w itself. It does nothing but the last where the job has ended already. What it cannot do, because storage or
// catalogue fail, the next Reconcile does. The context should outlive the one that the job ran under.
func (p *Publisher) Fail(ctx context.Context, w *Workdir, reason string) error {
	err := errors.Join(w.Clear(), p.fail(ctx, w.Job(), reason))
	if err := errors.Join(err, w.Remove()); err != nil {
		return fmt.Errorf("fail job %s: %w", w.Job(), err)
	}
	return nil
}

// fail sweeps while the job still counts as running: no other job of the asset can begin meanwhile and put objects.
func (p *Publisher) fail(ctx context.Context, id catalog.JobID, reason string) error {
	job, err := p.catalog.Job(ctx, id)
	if errors.Is(err, catalog.ErrNotFound) || err == nil && job.State != catalog.JobRunning {
		return nil
	}
	if err != nil {
		return err
	}
	if err := p.sweep(ctx, job.Asset); err != nil {
		return err
	}
	if err := p.catalog.FailJob(ctx, id, reason); err != nil {
		return err
	}
	p.log.Info("job failed", zap.String("job_id", string(id)), zap.String("asset_id", string(job.Asset)),
		zap.String("reason", reason))
	return nil
}
