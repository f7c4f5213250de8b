package cache

import "sync/atomic"

// Stats is a reading of a cache's counters and gauges. Counters count from the start.
type Stats struct {
	// Each lookup that was answered is one of these.
	Hits     uint64 // answered from the cache
	Misses   uint64 // started a fill
	Joins    uint64 // shared a fill that was under way
	Bypasses uint64 // found no room: the caller reads from the source

	Errors   uint64 // misses whose caller got an error, refusals included
	Overload uint64 // fills refused with ErrOverloaded

	Prefetches     uint64 // fills started by Prefetch
	PrefetchHits   uint64 // of these, results that a viewer has used
	PrefetchErrors uint64 // of these, ended without a result, for want of room too

	Evictions  uint64 // entries removed to make room
	Rejections uint64 // results that the policy did not find worth keeping

	Bytes  int64 // cost of the entries kept: memory, keys and bookkeeping
	Fills  int   // fills running
	Queued int   // fills waiting for their turn

	// Memory of bodies: MappedBytes is at most MaxBytes and holds the other three and what is free.
	MaxBytes    int64
	MappedBytes int64
	EntryBytes  int64 // entries kept
	FillBytes   int64 // fills running
	HeldBytes   int64 // entries let go of or never kept that somebody still sends
	// FreshBytes counts memory taken from the operating system, each time anew. The faster it grows, the less memory is
	// used again.
	FreshBytes uint64
}

type counters struct {
	hits, misses, joins, bypasses, errors, overload atomic.Uint64
	prefetches, prefetchHits, prefetchErrors        atomic.Uint64
	evictions, rejections                           atomic.Uint64
}

// Stats reads the counters. Each is exact; together they are not one instant.
func (c *Cache) Stats() Stats {
	running, waiting := c.gate.Count()
	memory := c.pool.Stats()
	entries, fills := c.keptBytes.Load(), c.fillBytes.Load()
	return Stats{
		Hits:           c.counters.hits.Load(),
		Misses:         c.counters.misses.Load(),
		Joins:          c.counters.joins.Load(),
		Bypasses:       c.counters.bypasses.Load(),
		Errors:         c.counters.errors.Load(),
		Overload:       c.counters.overload.Load(),
		Prefetches:     c.counters.prefetches.Load(),
		PrefetchHits:   c.counters.prefetchHits.Load(),
		PrefetchErrors: c.counters.prefetchErrors.Load(),
		Evictions:      c.counters.evictions.Load(),
		Rejections:     c.counters.rejections.Load(),
		Bytes:          c.store.costBytes(),
		Fills:          running,
		Queued:         waiting,
		MaxBytes:       memory.MaxBytes,
		MappedBytes:    memory.MappedBytes,
		EntryBytes:     entries,
		FillBytes:      fills,
		HeldBytes:      max(memory.UsedBytes-entries-fills, 0),
		FreshBytes:     memory.FreshBytes,
	}
}
