package origin

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"headwater/packager"
)

// record is the record of an asset as it was in an epoch. It does not change.
type record struct {
	asset Asset
	epoch uint64
}

// load is the reading of a record. A record that was read while its asset changed may be the old one: outdated says
// that it must not be kept.
type load struct{ outdated bool }

// asset returns the record of an asset of which a generation was published; it must not be changed. ctx bounds only the
// waiting. id may be a view of a request.
func (t *Table) asset(ctx context.Context, id packager.AssetID) (*Asset, error) {
	a, known, err := t.knownAsset(id)
	if !known {
		a, err = t.confirmAsset(ctx, packager.AssetID(strings.Clone(string(id))))
	}
	if err == nil && a.Generation == 0 {
		err = fmt.Errorf("nothing of it was published: %w", ErrNotFound)
	}
	if err != nil {
		return nil, fmt.Errorf("asset %s: %w", id, err)
	}
	return a, nil
}

// knownAsset returns what is known without asking storage.
func (t *Table) knownAsset(id packager.AssetID) (a *Asset, known bool, err error) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	r, held := t.assets.use(id)
	if held && r.epoch == t.epoch.now {
		return &r.asset, true, nil
	}
	switch err = t.knownFailure(generationKey{asset: id}); {
	case lasting(err):
		return nil, true, err
	case err != nil && held && t.usable(r):
		return &r.asset, true, nil // storage did not confirm it a moment ago
	}
	return nil, false, nil
}

// outdatedAsset returns a record that storage does not confirm, if it is one that may serve.
func (t *Table) outdatedAsset(id packager.AssetID) (a *Asset, usable bool) {
	t.mu.RLock()
	defer t.mu.RUnlock()
	r, held := t.assets.use(id)
	if !held {
		return nil, false
	}
	return &r.asset, t.usable(r)
}

// usable reports whether an outdated record may serve. The caller holds mu.
func (t *Table) usable(r *record) bool { return t.epoch.usable(r.epoch, time.Now(), t.cfg.StaleFor) }

// confirmWait is how long viewers wait for storage to confirm an outdated record.
const confirmWait = time.Second

// confirmAsset reads a record for the first time, or again when it is outdated. One that storage does not confirm
// serves if it may, and storage is not asked for it again for a while.
func (t *Table) confirmAsset(ctx context.Context, id packager.AssetID) (*Asset, error) {
	wait := t.cfg.RequestTimeout
	if _, usable := t.outdatedAsset(id); usable {
		wait = min(wait, confirmWait)
	}
	a, err := t.loadAsset(ctx, id, wait)
	if err == nil || lasting(err) {
		return a, err
	}
	if a, usable := t.outdatedAsset(id); usable {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.remember(generationKey{asset: id}, err)
		return a, nil
	}
	return nil, err
}

func (t *Table) loadAsset(ctx context.Context, id packager.AssetID, wait time.Duration) (*Asset, error) {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	a, _, err := t.assetLoads.Do(ctx, id, func(ctx context.Context) (*Asset, error) {
		// A load may have ended between the caller's look and this one.
		if a, known, err := t.knownAsset(id); known {
			return a, err
		}
		if err := t.admit(ctx); err != nil {
			return nil, err
		}
		defer t.gate.Leave()
		return t.readAsset(ctx, id)
	})
	return a, err
}

func (t *Table) readAsset(ctx context.Context, id packager.AssetID) (*Asset, error) {
	l := t.beginLoad(id)
	defer t.endLoad(l)
	a, err := t.library.Asset(ctx, id)
	t.alertIfCorrupt(err)
	t.keepAsset(id, l, a, err)
	return &a, err
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
		t.assets.put(id, &record{a, t.epoch.now}, 1)
		t.failures.remove(generationKey{asset: id})
		return
	}
	if lasting(err) {
		t.dropPresentations(id, Asset{})
		t.assets.remove(id)
		t.remember(generationKey{asset: id}, err)
	}
}

// dropPresentations drops those that the record in the table lists and next does not. The caller holds mu.
func (t *Table) dropPresentations(id packager.AssetID, next Asset) {
	old, ok := t.assets.use(id)
	if !ok {
		return
	}
	for _, generation := range old.asset.generations() {
		if key := (generationKey{id, generation}); !slices.Contains(next.generations(), generation) {
			t.presentations.remove(key)
			t.retained.remove(key)
		}
	}
}

// Refresh makes the table read the record of an asset again if it knows anything of it. Until storage has answered the
// old one stays in use; the error says why it has not. That there is no record any more, or a corrupt one, is an
// answer. Refreshing waits for no turn: callers bound how much of it they do at a time.
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
	t.mu.Lock()
	defer t.mu.Unlock()
	t.assetLoads.Forget(id)
	for l, loading := range t.loading {
		if loading == id {
			l.outdated, known = true, true
		}
	}
	t.failures.remove(generationKey{asset: id})
	_, held := t.assets.use(id)
	return held || known
}

// Outdate says that any asset may have changed. Each record is read again when it is next asked for; while storage does
// not answer the outdated one serves, for up to StaleFor.
func (t *Table) Outdate() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forgetLoads()
	t.epoch.outdate(time.Now(), t.cfg.StaleFor)
}

// Distrust makes every record serve only when storage has confirmed it, as often as it is called.
func (t *Table) Distrust() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.forgetLoads()
	t.epoch.distrust()
}

// Flush forgets everything, because storage is not what it was: what is asked for next is read anew.
func (t *Table) Flush() {
	t.Distrust()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.assets.clear()
	t.presentations.clear()
	t.retained.clear()
}

// forgetLoads keeps what is being read from being kept, and forgets failures. The caller holds mu.
func (t *Table) forgetLoads() {
	for l, id := range t.loading {
		l.outdated = true
		t.assetLoads.Forget(id)
	}
	t.failures.clear()
}
