package ingest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"go.uber.org/zap"

	"headwater/ingest/catalog"
	"headwater/ingest/storage"
	"headwater/packager"
)

// ErrUndelivered says that a change is in the catalogue, for good, but that origins have not been told of it yet. The
// next Deliver of any process tells them.
var ErrUndelivered = errors.New("stored, but not yet visible to viewers")

// feedLength is how many entries the change feed keeps at least: an origin that polls every 2 s and misses more
// refreshes all.
const feedLength = 4096

// Publisher brings finished work to viewers, and takes it away again. It keeps catalogue and storage in step: a crash at
// any instant leaves the old state or the new one, and [Publisher.Reconcile] removes what belongs to neither. Safe for
// concurrent use, also by several processes on one catalogue and store.
type Publisher struct {
	store      storage.Store
	catalog    catalog.Catalog
	log        *zap.Logger
	feedLength catalog.Seq
}

// NewPublisher returns a Publisher that writes to store what c says.
func NewPublisher(store storage.Store, c catalog.Catalog, log *zap.Logger) *Publisher {
	return &Publisher{store: store, catalog: c, log: log, feedLength: feedLength}
}

// Publication is a presentation that a job publishes as the next generation of its asset.
type Publication struct {
	Job catalog.JobID
	// Presentation lists tracks whose files are in storage under [TrackKey], new ones and ones of earlier generations.
	Presentation *packager.Presentation
	// Index is the presentation in its stored form.
	Index []byte
	// Final ends the job.
	Final bool
}

// Publish makes a generation current and tells origins. The number of the generation is the one after the asset's
// current one. An index never changes, so one that must be replaced (headwater reindex) is published as a new generation
// that lists the same tracks.
//
// Errors wrap [catalog.ErrConflict] when the job or the asset does not allow it; [ErrUndelivered] when the generation is
// published but origins could not be told, after which the job must not be failed; or what the store returns.
func (p *Publisher) Publish(ctx context.Context, pub Publication) error {
	asset, number := pub.Presentation.Asset, pub.Presentation.Generation
	if err := p.publish(ctx, pub); err != nil {
		return fmt.Errorf("publish generation %d of asset %s: %w", number, asset, err)
	}
	p.log.Info("published", zap.String("asset_id", string(asset)), zap.Uint32("generation", number),
		zap.String("job_id", string(pub.Job)), zap.Int("tracks", len(pub.Presentation.Tracks)))
	return p.tell(ctx)
}

func (p *Publisher) publish(ctx context.Context, pub Publication) error {
	if err := pub.Presentation.Validate(); err != nil {
		return err
	}
	if err := p.checkAsset(ctx, pub.Presentation.Asset); err != nil {
		return err
	}
	if err := p.checkTracks(ctx, pub.Presentation); err != nil {
		return err
	}
	g := summarise(pub.Presentation, len(pub.Index))
	if err := p.store.Put(ctx, g.IndexKey, bytes.NewReader(pub.Index), g.IndexSizeBytes); err != nil {
		return err
	}
	_, err := p.catalog.Publish(ctx, catalog.Publication{
		Asset: pub.Presentation.Asset, Job: pub.Job, Generation: g, Final: pub.Final,
	})
	return err
}

// checkAsset says that the asset was deleted before that shows by its objects being gone.
func (p *Publisher) checkAsset(ctx context.Context, id packager.AssetID) error {
	asset, err := p.catalog.Asset(ctx, id)
	if err == nil && asset.State == catalog.Deleted {
		err = fmt.Errorf("%w: the asset is deleted", catalog.ErrConflict)
	}
	return err
}

// checkTracks makes sure that nothing is published of which a byte is missing.
func (p *Publisher) checkTracks(ctx context.Context, presentation *packager.Presentation) error {
	for i := range presentation.Tracks {
		t := &presentation.Tracks[i]
		if err := p.checkObject(ctx, TrackKey(presentation.Asset, t.ID), t.SizeBytes); err != nil {
			return fmt.Errorf("track %s: %w", t.ID, err)
		}
		if t.SampleTableBytes == 0 {
			continue
		}
		if err := p.checkObject(ctx, SampleTableKey(presentation.Asset, t.ID), int64(t.SampleTableBytes)); err != nil {
			return fmt.Errorf("sample table of track %s: %w", t.ID, err)
		}
	}
	return nil
}

func (p *Publisher) checkObject(ctx context.Context, key string, sizeBytes int64) error {
	info, err := p.store.Stat(ctx, key)
	if err == nil && info.SizeBytes != sizeBytes {
		err = fmt.Errorf("%d bytes in storage, %d in the index", info.SizeBytes, sizeBytes)
	}
	return err
}

func summarise(presentation *packager.Presentation, indexSizeBytes int) catalog.Generation {
	grid := &presentation.Grid
	millis := packager.Rescale(grid.End(), grid.Timescale, 1000)
	g := catalog.Generation{
		Number:         presentation.Generation,
		IndexKey:       IndexKey(presentation.Asset, presentation.Generation),
		IndexSizeBytes: int64(indexSizeBytes),
		Duration:       time.Duration(millis) * time.Millisecond,
	}
	for i := range presentation.Tracks {
		t := &presentation.Tracks[i]
		g.Tracks = append(g.Tracks, catalog.Track{
			ID: t.ID, Kind: t.Kind, Codec: t.Codec, Language: t.Language, SizeBytes: t.SizeBytes,
			Width: t.Video.Width, Height: t.Video.Height, Channels: t.Audio.Channels,
		})
	}
	return g
}

// tell delivers and names the kind of failure.
func (p *Publisher) tell(ctx context.Context) error {
	if err := p.Deliver(ctx); err != nil {
		return fmt.Errorf("%w: %w", ErrUndelivered, err)
	}
	return nil
}
