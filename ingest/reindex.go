package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"

	"headwater/ingest/catalog"
	"headwater/ingest/storage"
	"headwater/packager"
	"headwater/packager/fmp4"
)

// Reindex rebuilds the presentation index of an asset's current generation, and the sample tables, from its track files and
// publishes it as a new generation, because an index never changes. It is the remedy for an index that is damaged or lost, and
// gives what was stored by an older version what that did not know.
//
// Errors wrap [catalog.ErrNotFound], [catalog.ErrConflict] while another job works on the asset, [fmp4.ErrCorrupt] when
// a track file is damaged too, or what the store returns.
func (in *Ingester) Reindex(ctx context.Context, id packager.AssetID) (Result, error) {
	w, err := in.scratch.Create()
	if err != nil {
		return Result{}, err
	}
	if _, err := in.catalog.CreateJob(ctx, id, catalog.NewJob{ID: w.Job(), Kind: "reindex"}); err != nil {
		return Result{}, errors.Join(err, w.Remove())
	}
	j := &job{Ingester: in, asset: id, workdir: w}
	return j.finish(ctx, j.reindex(ctx))
}

func (j *job) reindex(ctx context.Context) error {
	generations, err := j.catalog.Generations(ctx, j.asset)
	if err != nil {
		return err
	}
	if len(generations) == 0 {
		return fmt.Errorf("asset %s has no generation: ingest its source again", j.asset)
	}
	b := &batch{grid: packager.Grid{ID: packager.GridID("g-" + newID())}}
	for _, known := range generations[0].Tracks {
		track, sampleTable, err := j.scan(ctx, known)
		if err != nil {
			return fmt.Errorf("track %s: %w", known.ID, err)
		}
		b.add(track, sampleTable)
	}
	b.order()
	b.gridOf(&b.tracks[0])
	b.chooseDefault()
	j.generation = generations[0].Number
	return j.publish(ctx, b, true)
}

// scan reads a track file in storage.
func (j *job) scan(ctx context.Context, known catalog.Track) (t packager.Track, sampleTable []byte, err error) {
	object := &objectReader{ctx: ctx, store: j.store, key: TrackKey(j.asset, known.ID)}
	return fmp4.Scan(object, known.SizeBytes, known.ID)
}

// gridOf takes the grid from the fragments of a track, the first video one where there is any.
func (b *batch) gridOf(t *packager.Track) {
	b.grid.Timescale = t.Timescale
	for i := range t.Fragments {
		b.grid.Cuts = append(b.grid.Cuts, t.Fragments[i].DecodeTime)
	}
	b.grid.Cuts = append(b.grid.Cuts, t.Duration())
}

// chooseDefault marks the first audio track when none is: track files do not say which one it was.
func (b *batch) chooseDefault() {
	for i := range b.tracks {
		if b.tracks[i].Kind == packager.Audio {
			b.tracks[i].Default = true
			return
		}
	}
}

// objectReader reads an object at random places.
type objectReader struct {
	ctx   context.Context
	store storage.Store
	key   string
}

// ReadAt implements io.ReaderAt.
func (r *objectReader) ReadAt(p []byte, offset int64) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	body, err := r.store.Open(r.ctx, r.key, offset, int64(len(p)))
	if err != nil {
		return 0, err
	}
	defer body.Close()
	n, err := io.ReadFull(body, p)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = io.EOF
	}
	return n, err
}
