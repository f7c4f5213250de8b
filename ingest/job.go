package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"go.uber.org/zap"

	"headwater/ingest/catalog"
	"headwater/ingest/ffmpeg"
	"headwater/ingest/storage"
	"headwater/packager"
	"headwater/packager/fmp4"
)

// Files of the scratch folder: the copy of the source, and one with mended times where it needs that.
const (
	sourceName = "source"
	mendedName = "mended"
)

// job is one asset being made. Its methods are called by one goroutine.
type job struct {
	*Ingester
	asset   packager.AssetID
	workdir *Workdir
	observe func(Progress)

	source     *os.File // the copy in scratch, open for as long as the job lasts
	generation uint32   // the current one of the asset; 0 when there is none
	published  *packager.Presentation
	reported   time.Time // when the catalogue last heard of progress
}

// ingest makes the asset from source. What it stored and did not publish is the caller's to remove.
func (j *job) ingest(ctx context.Context, source *os.File) (err error) {
	if j.source, err = j.take(ctx, source); err != nil {
		return err
	}
	defer func() { j.source.Close() }() // it may be another by then
	j.report(ctx, Progress{Stage: StageProbe})
	described, err := j.probe(ctx)
	if err != nil {
		return err
	}
	ladder, err := j.cfg.ladder()
	if err != nil {
		return err
	}
	plan, err := ffmpeg.NewPlan(described, ladder)
	if err != nil {
		return err
	}
	if plan.Passthrough != nil {
		j.report(ctx, Progress{Stage: StagePassthrough})
		first, err := j.cook(ctx, plan, plan.Passthrough, StagePassthrough, plannedCuts(plan))
		if err == nil {
			return j.passthrough(ctx, plan, first)
		}
		if !mustEncode(err) {
			return err
		}
		j.log.Info("passthrough given up", zap.String("asset_id", string(j.asset)), zap.Error(err))
		ladder.PassthroughCodecs = nil
		if plan, err = ffmpeg.NewPlan(described, ladder); err != nil {
			return err
		}
	}
	if err := j.storeSource(ctx); err != nil {
		return err
	}
	return j.encode(ctx, plan, nil)
}

// probe describes the source. One whose times start again is copied with times that go on, and the job reads that copy
// from then on; what is stored as the source stays as it came.
func (j *job) probe(ctx context.Context) (ffmpeg.Source, error) {
	described, err := ffmpeg.Probe(ctx, j.source)
	if err != nil || !described.Restarts() {
		return described, err
	}
	mended, err := os.OpenFile(j.workdir.Path(mendedName), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o444)
	if err != nil {
		return described, err
	}
	err = ffmpeg.Mend(ctx, j.source, &described, mended, j.cfg.Limits)
	if err = errors.Join(err, mended.Chmod(0o444)); err != nil { // the umask took bits away
		return described, errors.Join(err, mended.Close())
	}
	err = j.source.Close()
	j.source = mended
	if err != nil {
		return described, err
	}
	return ffmpeg.Probe(ctx, j.source)
}

// mustEncode reports errors of packaging that say that the source's packets cannot be stored as they are, which shows
// only when all of them are read. A decoder may still make pictures of them.
func mustEncode(err error) bool {
	var unsuitable *fmp4.UnsuitableError
	return errors.As(err, &unsuitable) || errors.Is(err, fmp4.ErrCorrupt)
}

// passthrough publishes a generation of the source's own packets, so that it plays within seconds, and then what the
// ladder adds to it or puts in its place.
func (j *job) passthrough(ctx context.Context, plan *ffmpeg.Plan, first *batch) error {
	// No crash may leave an asset that plays without the source that its ladder is made of.
	if err := j.storeSource(ctx); err != nil {
		return err
	}
	last := plan.Ladder == nil
	if err := j.publish(ctx, first, last); err != nil || last {
		return err
	}
	if plan.Fit == ffmpeg.NearlySuits {
		first = nil // the ladder has a grid of its own
	}
	return j.encode(ctx, plan, first)
}

// encode publishes the ladder as the last generation, together with the renditions of base if there are any, on whose
// grid it must then lie.
func (j *job) encode(ctx context.Context, plan *ffmpeg.Plan, base *batch) error {
	j.report(ctx, Progress{Stage: StageEncode})
	var cuts []fmp4.Instant
	if base != nil {
		cuts = plannedCuts(plan)
	}
	made, err := j.cook(ctx, plan, plan.Ladder, StageEncode, cuts)
	if err != nil {
		return err
	}
	if base != nil {
		if made, err = base.join(made); err != nil {
			return err
		}
	}
	return j.publish(ctx, made, true)
}

// plannedCuts returns the grid of the passthrough as instants of the source.
func plannedCuts(plan *ffmpeg.Plan) []fmp4.Instant {
	cuts := make([]fmp4.Instant, len(plan.Cuts))
	for i, cut := range plan.Cuts {
		cuts[i] = fmp4.Instant{Ticks: cut, Timescale: plan.Timescale}
	}
	return cuts
}

// storeSource moves the copy of the source into storage. The job keeps it open.
func (j *job) storeSource(ctx context.Context) error {
	return storage.PutFile(ctx, j.store, SourceKey(j.asset), j.workdir.Path(sourceName))
}

// publish stores the new tracks of b and makes it the next generation.
func (j *job) publish(ctx context.Context, b *batch, last bool) error {
	j.report(ctx, Progress{Stage: StagePublish})
	for _, id := range b.unstored {
		if err := storage.PutFile(ctx, j.store, TrackKey(j.asset, id), j.workdir.Path(trackName(id))); err != nil {
			return err
		}
	}
	b.unstored = nil
	for id, table := range b.tables {
		if err := j.store.Put(ctx, SampleTableKey(j.asset, id), bytes.NewReader(table), int64(len(table))); err != nil {
			return fmt.Errorf("sample table of track %s: %w", id, err)
		}
	}
	b.tables = nil
	presentation := b.presentation(j.asset, j.generation+1)
	index, err := packager.AppendIndex(nil, presentation)
	if err != nil {
		return fmt.Errorf("index asset %s: %w", j.asset, err)
	}
	err = j.publisher.Publish(ctx, Publication{Job: j.workdir.Job(), Presentation: presentation, Index: index, Final: last})
	if err == nil || errors.Is(err, ErrUndelivered) {
		j.published, j.generation = presentation, presentation.Generation
	}
	if !last && errors.Is(err, ErrUndelivered) {
		return nil // the next generation tells origins of both
	}
	return err
}

// reportEvery is how often the catalogue hears of progress.
const reportEvery = time.Second

// report tells the observer and, now and then, the catalogue. That the catalogue does not take it is no reason to stop:
// publishing finds out whether the job may go on.
func (j *job) report(ctx context.Context, p Progress) {
	if j.observe != nil {
		p.Asset, p.Generation = j.asset, j.generation
		j.observe(p)
	}
	if now := time.Now(); now.Sub(j.reported) >= reportEvery || p.Fraction == 0 {
		j.reported = now
		progress := catalog.Progress{Stage: p.Stage, Permille: int(1000 * p.Fraction)}
		if err := j.catalog.SetProgress(ctx, j.workdir.Job(), progress); err != nil {
			j.log.Warn("progress not stored", zap.String("job_id", string(j.workdir.Job())), zap.Error(err))
		}
	}
}
