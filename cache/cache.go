package cache

import (
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/ristretto/v2"
)

// Fill makes the body of a missing entry: it appends to dst, which is empty and has the announced capacity, and
// returns the result, which then belongs to the cache. ctx ends with the fill's own deadline.
type Fill func(ctx context.Context, dst []byte) ([]byte, error)

// Cache is a bounded map from key to [Entry]. Safe for concurrent use.
type Cache struct {
	store    *ristretto.Cache[[]byte, *Entry]
	fills    *Group[string, *Entry]
	gate     *gate
	maxBytes int64
	counters counters
}

// New returns an empty cache. Close ends it.
func New(cfg Config) (*Cache, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	c := &Cache{
		fills:    NewGroup[string, *Entry](cfg.FillTimeout),
		gate:     newGate(cfg),
		maxBytes: cfg.MaxBytes,
	}
	var err error
	c.store, err = ristretto.NewCache(&ristretto.Config[[]byte, *Entry]{
		NumCounters:        policyCounters(cfg.MaxBytes),
		MaxCost:            cfg.MaxBytes,
		BufferItems:        64,
		IgnoreInternalCost: true, // it is part of entryOverheadBytes
		OnEvict:            func(*ristretto.Item[*Entry]) { c.counters.evictions.Add(1) },
		OnReject:           func(*ristretto.Item[*Entry]) { c.counters.rejections.Add(1) },
	})
	if err != nil {
		return nil, fmt.Errorf("cache store: %w", err)
	}
	return c, nil
}

// policyCounters returns how many keys the admission policy remembers: ten for each entry that fits (ristretto's
// advice) when entries are as small as a manifest and a short audio segment are on average.
func policyCounters(maxBytes int64) int64 {
	const smallEntryBytes = 64 << 10
	return max(10*maxBytes/smallEntryBytes, 1<<12)
}

// Get returns the entry of key, if it is held. It does not keep key and does not allocate.
func (c *Cache) Get(key []byte) (*Entry, bool) {
	entry, ok := c.lookup(key)
	if ok {
		c.counters.hits.Add(1)
	}
	return entry, ok
}

// lookup is Get without counting. Equal hashes may make the store return the entry of another key.
func (c *Cache) lookup(key []byte) (*Entry, bool) {
	entry, ok := c.store.Get(key)
	if !ok || entry.key != string(key) {
		return nil, false
	}
	return entry, true
}

// Fetch returns the entry of key. When it is missing, fill makes it, once for all concurrent callers, with a buffer of
// sizeBytes, the expected size of the body.
//
// ctx bounds only this caller's waiting. The error is that of the fill, a [*PanicError] when it panicked,
// ErrOverloaded, ErrClosed, or that of ctx; all may be wrapped. The outcome is set in every case except ErrClosed.
func (c *Cache) Fetch(ctx context.Context, key []byte, sizeBytes int64, fill Fill) (*Entry, Outcome, error) {
	if entry, ok := c.Get(key); ok {
		return entry, Hit, nil
	}
	name := string(key)
	entry, joined, err := c.fills.Do(ctx, name, func(ctx context.Context) (*Entry, error) {
		return c.fill(ctx, name, sizeBytes, fill)
	})
	return entry, c.count(entry, joined, err), err
}

// fill makes the entry and offers it to the store.
func (c *Cache) fill(ctx context.Context, key string, sizeBytes int64, fill Fill) (*Entry, error) {
	// Another fill may have ended between the caller's look and the start of this one.
	if entry, ok := c.lookup([]byte(key)); ok {
		return entry, nil
	}
	leave, err := c.gate.enter(ctx, sizeBytes)
	if err != nil {
		c.counters.overload.Add(1)
		return nil, err
	}
	defer leave()
	body, err := fill(ctx, make([]byte, 0, sizeBytes))
	if err != nil {
		return nil, err
	}
	entry := newEntry(key, body)
	if c.keeps(entry) && c.store.Set([]byte(key), entry, entry.costBytes()) {
		// The entry is visible and its cost counted only when the store has digested it. Until then callers join this
		// fill instead of starting another one.
		c.store.Wait()
	}
	return entry, nil
}

// keeps reports whether entry may be stored at all.
func (c *Cache) keeps(entry *Entry) bool { return entry.costBytes() <= c.maxBytes }

func (c *Cache) count(entry *Entry, joined bool, err error) Outcome {
	switch {
	case errors.Is(err, ErrClosed):
		return 0
	case joined:
		c.counters.joins.Add(1)
		return Join
	case err != nil:
		c.counters.misses.Add(1)
		c.counters.errors.Add(1)
		return Miss
	case !c.keeps(entry):
		c.counters.misses.Add(1)
		c.counters.bypasses.Add(1)
		return Bypass
	default:
		c.counters.misses.Add(1)
		return Miss
	}
}

// Close cancels the fills under way, waits for them and drops all entries. Entries that callers hold stay valid.
func (c *Cache) Close() {
	c.fills.Close()
	c.store.Close()
}
