package origin

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"headwater/cache"
	"headwater/packager"
)

// Table holds the records and presentations of the assets in use. Both are loaded when first asked for, once for all
// who wait; records stay until [Table.Refresh] or [Table.Flush] says otherwise, presentations until their room is
// needed. That an asset is absent or damaged is remembered for a moment. Safe for concurrent use.
type Table struct {
	cfg     Config
	library Library
	alerts  atomic.Uint64
	loads   atomic.Uint64

	assetLoads        *cache.Group[packager.AssetID, Asset]
	presentationLoads *cache.Group[generationKey, *packager.Presentation]

	mu            sync.RWMutex
	assets        *recent[packager.AssetID, Asset]
	presentations *recent[generationKey, *packager.Presentation]
	failures      *recent[generationKey, failure]
	loading       map[*load]packager.AssetID
}

// generationKey names a presentation; generation 0 stands for the record of the asset.
type generationKey struct {
	asset      packager.AssetID
	generation uint32
}

// failure is an error that is remembered until a point in time.
type failure struct {
	err   error
	until time.Time
}

// load is the reading of a record. A record that was read while its asset changed may be the old one: outdated says
// that it must not be kept.
type load struct{ outdated bool }

// TableStats is a reading of a table's counters and gauges.
type TableStats struct {
	Assets            int   // records held
	Presentations     int   // presentations held
	PresentationBytes int64 // what they take
	Loads             uint64
	Alerts            uint64 // records or presentations found corrupt
}

// NewTable returns an empty table over library. Close ends it.
func NewTable(cfg Config, library Library) (*Table, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Table{
		cfg:               cfg,
		library:           library,
		assetLoads:        cache.NewGroup[packager.AssetID, Asset](cfg.LoadTimeout),
		presentationLoads: cache.NewGroup[generationKey, *packager.Presentation](cfg.LoadTimeout),
		assets:            newRecent[packager.AssetID, Asset](int64(cfg.MaxAssets)),
		presentations:     newRecent[generationKey, *packager.Presentation](cfg.MaxPresentationBytes),
		failures:          newRecent[generationKey, failure](int64(cfg.MaxAbsent)),
		loading:           map[*load]packager.AssetID{},
	}, nil
}

// asset returns the record of a published asset. ctx bounds only the waiting. id may be a view of a request.
func (t *Table) asset(ctx context.Context, id packager.AssetID) (Asset, error) {
	a, known, err := t.knownAsset(id)
	if !known {
		a, err = t.loadAsset(ctx, packager.AssetID(strings.Clone(string(id))))
	}
	if err != nil {
		return Asset{}, fmt.Errorf("asset %s: %w", id, err)
	}
	if a.State != Published || a.Generation == 0 {
		return Asset{}, fmt.Errorf("asset %s is not published: %w", id, ErrNotFound)
	}
	return a, nil
}

func (t *Table) knownAsset(id packager.AssetID) (a Asset, known bool, err error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if a, ok := t.assets.use(id); ok {
		return a, true, nil
	}
	err = t.knownFailure(generationKey{asset: id})
	return Asset{}, err != nil, err
}

// knownFailure returns the remembered error of key, if any. The caller holds mu for reading.
func (t *Table) knownFailure(key generationKey) error {
	f, ok := t.failures.use(key)
	if !ok || time.Now().After(f.until) {
		return nil
	}
	return f.err
}

// remember keeps a lasting error for a while. The caller holds mu.
func (t *Table) remember(key generationKey, err error) {
	t.failures.put(key, failure{err, time.Now().Add(t.cfg.AbsentFor)}, 1)
}

func (t *Table) loadAsset(ctx context.Context, id packager.AssetID) (Asset, error) {
	ctx, cancel := context.WithTimeout(ctx, t.cfg.RequestTimeout)
	defer cancel()
	a, _, err := t.assetLoads.Do(ctx, id, func(ctx context.Context) (Asset, error) {
		// A load may have ended between the caller's look and this one.
		if a, known, err := t.knownAsset(id); known {
			return a, err
		}
		return t.readAsset(ctx, id)
	})
	return a, err
}

func (t *Table) readAsset(ctx context.Context, id packager.AssetID) (Asset, error) {
	l := t.beginLoad(id)
	defer t.endLoad(l)
	a, err := t.library.Asset(ctx, id)
	t.alertIfCorrupt(err)
	t.keepAsset(id, l, a, err)
	return a, err
}

func (t *Table) beginLoad(id packager.AssetID) *load {
	t.loads.Add(1)
	t.mu.Lock()
	defer t.mu.Unlock()
	l := &load{}
	t.loading[l] = id
	return l
}

func (t *Table) endLoad(l *load) {
	t.mu.Lock()
	defer t.mu.Unlock()
	delete(t.loading, l)
}

// keepAsset stores what a load has found unless the asset has changed meanwhile.
func (t *Table) keepAsset(id packager.AssetID, l *load, a Asset, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.outdated {
		return
	}
	if err == nil {
		t.dropPresentations(id, a)
		t.assets.put(id, a, 1)
		t.failures.remove(generationKey{asset: id})
		return
	}
	if lasting(err) {
		t.dropPresentations(id, Asset{})
		t.assets.remove(id)
		t.remember(generationKey{asset: id}, err)
	}
}

// lasting reports whether err will be the same in a moment: storage answered, and what it has is of no use.
func lasting(err error) bool { return errors.Is(err, ErrNotFound) || errors.Is(err, ErrCorrupt) }

// dropPresentations drops those that the record in the table lists and next does not. The caller holds mu.
func (t *Table) dropPresentations(id packager.AssetID, next Asset) {
	old, ok := t.assets.use(id)
	if !ok {
		return
	}
	for _, generation := range old.generations() {
		if !slices.Contains(next.generations(), generation) {
			t.presentations.remove(generationKey{id, generation})
		}
	}
}

func (t *Table) alertIfCorrupt(err error) {
	if errors.Is(err, ErrCorrupt) {
		t.alerts.Add(1)
	}
}

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
// its record was read (ErrNotFound), or because storage lost it (ErrCorrupt). It refreshes the record to find out.
func (t *Table) explainMissing(ctx context.Context, id packager.AssetID, generation uint32, missing error) error {
	if err := t.Refresh(ctx, id); err != nil {
		return err
	}
	a, err := t.asset(ctx, id)
	switch {
	case err != nil:
		return err
	case slices.Contains(a.generations(), generation):
		return fmt.Errorf("%w: generation %d is listed, but: %v", ErrCorrupt, generation, missing)
	default:
		return fmt.Errorf("generation %d is no longer listed: %w", generation, ErrNotFound)
	}
}

// Refresh makes the table read the record of an asset again if it knows anything of it. Until storage has answered the
// old one stays in use; the error says why it has not. That there is no record any more, or a corrupt one, is an answer.
func (t *Table) Refresh(ctx context.Context, id packager.AssetID) error {
	if known := t.outdate(id); !known {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, t.cfg.LoadTimeout)
	defer cancel()
	if _, err := t.readAsset(ctx, id); err != nil && !lasting(err) {
		return fmt.Errorf("refresh asset %s: %w", id, err)
	}
	return nil
}

// outdate keeps loads under way from being kept and forgets failures. It reports whether there is a record, held or
// being read.
func (t *Table) outdate(id packager.AssetID) (known bool) {
	t.assetLoads.Forget(id)
	t.mu.Lock()
	defer t.mu.Unlock()
	for l, loading := range t.loading {
		if loading == id {
			l.outdated, known = true, true
		}
	}
	t.failures.remove(generationKey{asset: id})
	_, held := t.assets.use(id)
	return held || known
}

// Flush forgets everything: what is asked for next is read anew.
func (t *Table) Flush() {
	t.mu.Lock()
	defer t.mu.Unlock()
	for l, id := range t.loading {
		l.outdated = true
		t.assetLoads.Forget(id)
	}
	t.assets.clear()
	t.presentations.clear()
	t.failures.clear()
}

// Stats reads the counters.
func (t *Table) Stats() TableStats {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return TableStats{
		Assets:            t.assets.len(),
		Presentations:     t.presentations.len(),
		PresentationBytes: t.presentations.cost,
		Loads:             t.loads.Load(),
		Alerts:            t.alerts.Load(),
	}
}

// Close cancels the loads under way and waits for them. What is held stays usable, nothing more is loaded.
func (t *Table) Close() {
	t.assetLoads.Close()
	t.presentationLoads.Close()
}
