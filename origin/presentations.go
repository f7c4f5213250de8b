package origin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"headwater/packager"
)

// presentation returns one generation of an asset. ctx bounds only the waiting. id may be a view of a request.
func (t *Table) presentation(ctx context.Context, id packager.AssetID, generation uint32) (*packager.Presentation, error) {
	key := generationKey{id, generation}
	p, err := t.knownPresentation(key)
	if p == nil && err == nil {
		key.asset = packager.AssetID(strings.Clone(string(id)))
		p, err = t.loadPresentation(ctx, key)
	}
	if err != nil {
		return nil, fmt.Errorf("generation %d of asset %s: %w", generation, id, err)
	}
	return p, nil
}

func (t *Table) knownPresentation(key generationKey) (*packager.Presentation, error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if p, ok := t.presentations.use(key); ok {
		return p, nil
	}
	return nil, t.knownFailure(key)
}

func (t *Table) loadPresentation(ctx context.Context, key generationKey) (*packager.Presentation, error) {
	ctx, cancel := context.WithTimeout(ctx, t.cfg.RequestTimeout)
	defer cancel()
	p, _, err := t.presentationLoads.Do(ctx, key, func(ctx context.Context) (*packager.Presentation, error) {
		if p, err := t.knownPresentation(key); p != nil || err != nil {
			return p, err
		}
		if err := t.admit(ctx); err != nil {
			return nil, err
		}
		defer t.gate.Leave()
		return t.readPresentation(ctx, key)
	})
	return p, err
}

func (t *Table) readPresentation(ctx context.Context, key generationKey) (*packager.Presentation, error) {
	t.loads.Add(1)
	p, err := t.library.Presentation(ctx, key.asset, key.generation)
	switch {
	case err == nil && (p.Asset != key.asset || p.Generation != key.generation):
		err = fmt.Errorf("%w: index is of generation %d of asset %s", ErrCorrupt, p.Generation, p.Asset)
	case errors.Is(err, ErrNotFound):
		err = t.explainMissing(ctx, key.asset, key.generation, err)
	}
	t.alertIfCorrupt(err)
	t.mu.Lock()
	defer t.mu.Unlock()
	if err != nil {
		if lasting(err) {
			t.remember(key, err)
		}
		return nil, err
	}
	t.presentations.put(generationKey{p.Asset, p.Generation}, p, residentBytes(p))
	return p, nil
}

// explainMissing tells why something that generation of an asset lists is missing: because the asset has changed since
// its record was read (ErrNotFound), or because storage lost it (ErrCorrupt). It reads the record again to find out.
func (t *Table) explainMissing(ctx context.Context, id packager.AssetID, generation uint32, missing error) error {
	t.outdate(id)
	a, err := t.readAsset(ctx, id)
	switch {
	case err != nil:
		return err
	case slices.Contains(a.generations(), generation):
		return fmt.Errorf("%w: generation %d is listed, but: %v", ErrCorrupt, generation, missing)
	default:
		return fmt.Errorf("generation %d is no longer listed: %w", generation, ErrNotFound)
	}
}

// retainedWith returns a retained generation if it has the track, else nil. Which tracks a generation has is
// remembered, so that asking for tracks that never were loads no generation twice. Strings may be views of a request.
func (t *Table) retainedWith(
	ctx context.Context, id packager.AssetID, generation uint32, track packager.TrackID,
) (*packager.Presentation, error) {
	if t.lacks(generationKey{id, generation}, track) {
		return nil, nil
	}
	p, err := t.presentation(ctx, id, generation)
	if err != nil || p.Track(track) != nil {
		return p, err
	}
	tracks := make([]packager.TrackID, len(p.Tracks))
	for i := range p.Tracks {
		tracks[i] = p.Tracks[i].ID
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.retained.put(generationKey{p.Asset, generation}, tracks, 1)
	return nil, nil
}

// lacks reports whether a retained generation is known not to have a track.
func (t *Table) lacks(key generationKey, track packager.TrackID) bool {
	t.mu.RLock()
	defer t.mu.RUnlock()
	tracks, known := t.retained.use(key)
	return known && !slices.Contains(tracks, track)
}
