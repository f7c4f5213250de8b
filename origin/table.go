package origin

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"headwater/cache"
	"headwater/packager"
)

// Table holds the records and presentations of the assets in use. Both are loaded when first asked for, once for all
// who wait, and a bounded number at a time. That an asset is absent or damaged is remembered for a moment. Safe for
// concurrent use.
//
// A record is good until something says that its asset may have changed. [Table.Refresh] reads the record of one asset
// again. After [Table.Outdate] every record is read again before it is used: the first who asks waits for storage, a
// second at most, and where it does not answer the outdated record serves, for AbsentFor without asking again and for
// StaleFor in all. So a withheld asset is gone within a second and AbsentFor of when storage answers.
// [Table.Distrust] makes records read again too, but none serves without.
// Presentations do not change: they stay until a record no longer lists them, or their room is needed.
type Table struct {
	cfg     Config
	library Library
	gate    *cache.Gate
	alerts  atomic.Uint64
	loads   atomic.Uint64
	refused atomic.Uint64

	assetLoads        *cache.Group[packager.AssetID, *Asset]
	presentationLoads *cache.Group[generationKey, *packager.Presentation]

	mu            sync.RWMutex
	epoch         epochs
	assets        *recent[packager.AssetID, *record]
	presentations *recent[generationKey, *packager.Presentation]
	failures      *recent[generationKey, failure]
	retained      *recent[generationKey, []packager.TrackID] // tracks of retained generations that were looked through
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

// TableStats is a reading of a table's counters and gauges.
type TableStats struct {
	Assets            int   // records held
	Presentations     int   // presentations held
	PresentationBytes int64 // what they take
	Loads             uint64
	Refused           uint64 // loads that were refused or given up because too many were under way
	Alerts            uint64 // records or presentations found corrupt
}

// waitingLoads is how many loads may wait for each that may run.
const waitingLoads = 16

// NewTable returns an empty table over library. Close ends it.
func NewTable(cfg Config, library Library) (*Table, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &Table{
		cfg:               cfg,
		library:           library,
		gate:              cache.NewGate(cfg.MaxLoads, waitingLoads*cfg.MaxLoads),
		assetLoads:        cache.NewGroup[packager.AssetID, *Asset](cfg.LoadTimeout),
		presentationLoads: cache.NewGroup[generationKey, *packager.Presentation](cfg.LoadTimeout),
		assets:            newRecent[packager.AssetID, *record](int64(cfg.MaxAssets)),
		presentations:     newRecent[generationKey, *packager.Presentation](cfg.MaxPresentationBytes),
		failures:          newRecent[generationKey, failure](int64(cfg.MaxAbsent)),
		retained:          newRecent[generationKey, []packager.TrackID](int64(cfg.MaxAbsent)),
		loading:           map[*load]packager.AssetID{},
	}, nil
}

// admit waits for a turn to read from storage. The caller gives it back with gate.Leave.
func (t *Table) admit(ctx context.Context) error {
	err := t.gate.Enter(ctx)
	if err != nil {
		t.refused.Add(1)
	}
	return err
}

// knownFailure returns the remembered error of key, if any. The caller holds mu for reading.
func (t *Table) knownFailure(key generationKey) error {
	f, ok := t.failures.use(key)
	if !ok || time.Now().After(f.until) {
		return nil
	}
	return f.err
}

// remember keeps an error for a while. The caller holds mu.
func (t *Table) remember(key generationKey, err error) {
	t.failures.put(key, failure{err, time.Now().Add(t.cfg.AbsentFor)}, 1)
}

// lasting reports whether err will be the same in a moment: storage answered, and what it has is of no use.
func lasting(err error) bool { return errors.Is(err, ErrNotFound) || errors.Is(err, ErrCorrupt) }

func (t *Table) alertIfCorrupt(err error) {
	if errors.Is(err, ErrCorrupt) {
		t.alerts.Add(1)
	}
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
		Refused:           t.refused.Load(),
		Alerts:            t.alerts.Load(),
	}
}

// Close cancels the loads under way and waits for them. What is held stays usable, nothing more is loaded.
func (t *Table) Close() {
	t.assetLoads.Close()
	t.presentationLoads.Close()
}
