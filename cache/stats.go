package cache

import "sync/atomic"

// Stats is a reading of a cache's counters and gauges. Counters count from the start.
type Stats struct {
	Hits     uint64 // answered from the cache
	Misses   uint64 // started a fill
	Joins    uint64 // shared a fill that was under way
	Bypasses uint64 // misses whose result was too big to be kept
	Errors   uint64 // misses whose caller got an error, refusals included
	Overload uint64 // fills refused with ErrOverloaded

	Evictions  uint64 // entries removed to make room
	Rejections uint64 // results that the policy did not find worth keeping

	Bytes     int64 // cost of the entries held
	MaxBytes  int64
	Fills     int   // fills running
	Queued    int   // fills waiting for their turn
	FillBytes int64 // announced sizes of the fills running
}

type counters struct {
	hits, misses, joins, bypasses, errors, overload atomic.Uint64
	evictions, rejections                           atomic.Uint64
}

// Stats reads the counters. Each is exact; together they are not one instant.
func (c *Cache) Stats() Stats {
	running, admitted := len(c.gate.running), len(c.gate.admitted)
	return Stats{
		Hits:       c.counters.hits.Load(),
		Misses:     c.counters.misses.Load(),
		Joins:      c.counters.joins.Load(),
		Bypasses:   c.counters.bypasses.Load(),
		Errors:     c.counters.errors.Load(),
		Overload:   c.counters.overload.Load(),
		Evictions:  c.counters.evictions.Load(),
		Rejections: c.counters.rejections.Load(),
		Bytes:      c.maxBytes - c.store.RemainingCost(),
		MaxBytes:   c.maxBytes,
		Fills:      running,
		Queued:     max(admitted-running, 0),
		FillBytes:  c.gate.held.Load(),
	}
}
