package cache

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"headwater/cache/slab"
)

// Fill makes the body of a missing entry: it appends to dst, which is empty and has room for the announced size, and
// returns the result. dst has been used before: its bytes beyond the length are those of others. A fill must not keep
// dst after it has returned. ctx ends with the fill's own deadline.
type Fill func(ctx context.Context, dst []byte) ([]byte, error)

// Cache is a bounded map from key to [Entry]. Safe for concurrent use.
type Cache struct {
	pool     *slab.Pool
	maxBytes int64 // of the pool
	store    *store
	fills    *Group[string, *Entry]
	gate     *Gate
	counters counters

	keptBytes   atomic.Int64 // slabs of the entries in the store
	fillBytes   atomic.Int64 // slabs of fills under way
	sweepHoles  int64        // that many free bytes between small slabs make a sweep worth it
	sweepingNow atomic.Bool
}

// New returns an empty cache. Close ends it.
func New(cfg Config) (*Cache, error) { return newCache(cfg, policyCounters(cfg.MaxBytes)) }

func newCache(cfg Config, policyCounters int64) (*Cache, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c := &Cache{
		maxBytes:   cfg.MaxBytes,
		pool:       slab.New(slab.Config{MaxBytes: cfg.MaxBytes, Poison: cfg.PoisonReleased}),
		fills:      newHoldingGroup[string](cfg.FillTimeout, (*Entry).retain, (*Entry).Release),
		gate:       NewGate(cfg.MaxFills, cfg.MaxQueuedFills),
		sweepHoles: cfg.reserveBytes() / 2,
	}
	var err error
	c.store, err = newStore(cfg.MaxBytes-cfg.reserveBytes(), policyCounters, storeEvents{
		evicted:  func() { c.counters.evictions.Add(1) },
		rejected: func() { c.counters.rejections.Add(1) },
		exit:     c.letGo,
	})
	return c, err
}

// letGo takes the store's hold back.
func (c *Cache) letGo(e *Entry) {
	if e.slab == nil {
		return // a claim
	}
	c.keptBytes.Add(-int64(e.slab.Size()))
	e.Release()
}

// Get returns the entry of key, if it is held; the caller must Release it. It does not keep key and does not allocate.
func (c *Cache) Get(key []byte) (*Entry, bool) {
	e, ok := c.store.get(key)
	if ok {
		c.counters.hits.Add(1)
		c.countUse(e)
	}
	return e, ok
}

// Fetch returns the entry of key; the caller must Release it. When it is missing, fill makes it, once for all
// concurrent callers, into a buffer for sizeBytes, the expected size of the body.
//
// It is what follows a Get that missed: the policy, which keeps what is asked for often, counts Get alone.
//
// ctx bounds only this caller's waiting. The error is that of the fill, a [*PanicError] when it panicked, ErrNoRoom,
// ErrOverloaded, ErrClosed, or that of ctx; all may be wrapped. The outcome is set in every case except ErrClosed.
func (c *Cache) Fetch(ctx context.Context, key []byte, sizeBytes int64, fill Fill) (*Entry, Outcome, error) {
	if c.store.has(key) { // since the caller's Get
		if e, ok := c.Get(key); ok {
			return e, Hit, nil
		}
	}
	if err := c.checkFits(key, sizeBytes); err != nil {
		return nil, c.count(false, err), err
	}
	name := string(key)
	e, joined, err := c.fills.Do(ctx, name, func(ctx context.Context) (*Entry, error) {
		return c.wait(ctx, name, sizeBytes, fill)
	})
	if err == nil {
		c.countUse(e)
	}
	return e, c.count(joined, err), err
}

// checkFits reports ErrNoRoom when a body can never be kept.
func (c *Cache) checkFits(key []byte, sizeBytes int64) error {
	if sizeBytes+int64(len(key))+entryOverheadBytes > c.store.maxCost {
		return fmt.Errorf("%w: %d bytes in a cache of %d", ErrNoRoom, sizeBytes, c.store.maxCost)
	}
	return nil
}

// countUse counts the first use of a prefetched entry by a viewer.
func (c *Cache) countUse(e *Entry) {
	if e.prefetched.Load() && e.prefetched.Swap(false) {
		c.counters.prefetchHits.Add(1)
	}
}

func (c *Cache) count(joined bool, err error) Outcome {
	switch {
	case errors.Is(err, ErrClosed):
		return 0
	case errors.Is(err, ErrNoRoom):
		c.counters.bypasses.Add(1)
		return Bypass
	case joined:
		c.counters.joins.Add(1)
		return Join
	case err != nil:
		c.counters.errors.Add(1)
	}
	c.counters.misses.Add(1)
	return Miss
}

// Close cancels the fills under way, waits for them and lets go of all entries. What callers hold stays valid until
// they release it; then the memory is unmapped.
func (c *Cache) Close() {
	c.fills.Close()
	c.store.close()
	c.pool.Close()
}
