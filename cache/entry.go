package cache

import (
	"sync/atomic"

	"headwater/cache/slab"
)

// Entry is one finished answer. Whoever got it from the cache holds it until Release: so long its bytes stay, even when
// the cache lets go of it. It is immutable and safe to share.
type Entry struct {
	key    string
	slab   *slab.Slab // nil for a claim, which nobody ever holds
	length int        // of the body, which begins the slab

	claimed int64 // cost of a claim

	refs       atomic.Int32 // the store's one and one for each holder; at 0 the slab is gone
	prefetched atomic.Bool  // made by Prefetch and not yet used by a viewer
	leads      atomic.Bool  // made by Prefetch, and TakeLead has not said so yet
}

// entryOverheadBytes is what an entry costs beside its slab and key: the Entry and Slab themselves and the store's item,
// map slot and policy record. This is on the Go heap, outside of the bound of the slabs.
const entryOverheadBytes = 300

// newEntry owns s from now on. The caller holds the entry.
func newEntry(key string, s *slab.Slab, length int) *Entry {
	e := &Entry{key: key, slab: s, length: length}
	e.refs.Store(1)
	return e
}

// Body returns the bytes of the answer, which must not be changed, nor used after Release. It panics when everybody has
// released the entry.
func (e *Entry) Body() []byte { return e.slab.Bytes()[:e.length:e.length] }

// TakeLead reports, to one of those who get the entry, that it was there before anybody asked: who prefetches what is
// asked for next goes on from here, as after a miss.
func (e *Entry) TakeLead() bool { return e.leads.Load() && e.leads.Swap(false) }

// Release gives up one hold. It panics when there were more releases than holds.
func (e *Entry) Release() {
	switch refs := e.refs.Add(-1); {
	case refs == 0:
		e.slab.Release()
	case refs < 0:
		panic("cache: entry released more often than held")
	}
}

// retain adds a hold for somebody who holds the entry already.
func (e *Entry) retain() { e.refs.Add(1) }

// tryRetain adds a hold unless the last one is gone.
func (e *Entry) tryRetain() bool {
	for {
		refs := e.refs.Load()
		if refs <= 0 {
			return false
		}
		if e.refs.CompareAndSwap(refs, refs+1) {
			return true
		}
	}
}

func (e *Entry) costBytes() int64 {
	if e.slab == nil {
		return e.claimed
	}
	return costBytes(e.slab.Size(), e.key)
}

func costBytes(slabBytes int, key string) int64 {
	return int64(slabBytes) + int64(len(key)) + entryOverheadBytes
}
