package cache

import (
	"fmt"
	"hash/maphash"
	"sync"

	"github.com/dgraph-io/ristretto/v2"
)

// store is ristretto with the care that it needs. It is keyed by a seeded 64-bit hash: its own second hash is no
// protection (a stored 0 matches all), and where it differs a replaced value may be dropped without a callback. So a
// collision replaces the entry like an update, and get compares the whole key.
//
// Each entry that put hands over leaves through OnExit exactly once: evicted, rejected, replaced, deleted, cleared or
// closed. A Set that returns false is the one case without a callback. store_test.go proves it on the real thing.
type store struct {
	seed    maphash.Seed
	items   *ristretto.Cache[uint64, *Entry]
	maxCost int64
	// closing lets close wait for get: a Get that meets Close would panic. Striped, so that readers seldom meet.
	closing [64]struct {
		sync.RWMutex
		_ [40]byte // to a cache line
	}
}

// storeEvents are called by goroutines of the store; they must not call it.
type storeEvents struct {
	evicted  func()       // an entry was removed to make room
	rejected func()       // an entry was not found worth keeping
	exit     func(*Entry) // the store has let go of an entry, after one of the above or for another reason
}

func newStore(maxCost, counters int64, events storeEvents) (*store, error) {
	items, err := ristretto.NewCache(&ristretto.Config[uint64, *Entry]{
		NumCounters:        counters,
		MaxCost:            maxCost,
		BufferItems:        64,
		IgnoreInternalCost: true, // it is part of entryOverheadBytes
		KeyToHash:          func(hash uint64) (uint64, uint64) { return hash, 0 },
		OnEvict:            func(*ristretto.Item[*Entry]) { events.evicted() },
		OnReject:           func(*ristretto.Item[*Entry]) { events.rejected() },
		OnExit: func(e *Entry) {
			if e != nil { // a deleted key that was not there
				events.exit(e)
			}
		},
	})
	if err != nil {
		return nil, fmt.Errorf("cache store: %w", err)
	}
	return &store{seed: maphash.MakeSeed(), items: items, maxCost: maxCost}, nil
}

// policyCounters returns how many keys the admission policy remembers, which is also after how many lookups it halves
// what it knows. Forty for each entry that fits was best by measurement (adr/0001); with half or twice as many the hit
// ratio is up to 0.03 lower: too few forget what is popular, too many count up to their limit of 15, where all look
// alike. So the size of entries is assumed: 1 MiB, the mean of a ladder's video and audio segments.
func policyCounters(maxBytes int64) int64 {
	const entryBytes, counters = 1 << 20, 40
	return max(counters*maxBytes/entryBytes, 1<<12)
}

// get returns the entry of key, held for the caller, and tells the policy that key was asked for.
func (s *store) get(key []byte) (*Entry, bool) {
	hash := maphash.Bytes(s.seed, key)
	closing := &s.closing[hash%uint64(len(s.closing))]
	closing.RLock()
	e, ok := s.items.Get(hash)
	closing.RUnlock()
	if !ok || e.key != string(key) || !e.tryRetain() {
		return nil, false
	}
	return e, true
}

// has reports whether get will probably find key, without telling the policy.
func (s *store) has(key []byte) bool {
	_, ok := s.items.GetTTL(maphash.Bytes(s.seed, key))
	return ok
}

// put hands one hold of e over. When it returns, e is visible, or has left again. It reports false when the store has
// dropped e without taking the hold.
func (s *store) put(e *Entry) bool {
	if !s.items.Set(maphash.String(s.seed, e.key), e, e.costBytes()) {
		return false
	}
	s.items.Wait()
	return true
}

// claim puts an entry without a body in the place of key, for which others give way until it is replaced or removed. It
// reports whether the policy let it in. Nobody can get it.
func (s *store) claim(key string, cost int64) bool {
	s.put(&Entry{key: key, claimed: cost})
	return s.has([]byte(key))
}

// remove lets go of what is in the place of key.
func (s *store) remove(key string) {
	s.items.Del(maphash.String(s.seed, key))
	s.items.Wait()
}

// drop lets go of the entries that match.
func (s *store) drop(match func(*Entry) bool) {
	var hashes []uint64
	s.items.IterValues(func(e *Entry) (stop bool) {
		if match(e) {
			hashes = append(hashes, maphash.String(s.seed, e.key))
		}
		return false
	})
	for _, hash := range hashes {
		s.items.Del(hash)
	}
	s.items.Wait()
}

// costBytes returns the cost of the entries held.
func (s *store) costBytes() int64 { return s.maxCost - s.items.RemainingCost() }

// close lets go of all entries. No put may be under way; get misses from now on.
func (s *store) close() {
	for i := range s.closing {
		s.closing[i].Lock()
		defer s.closing[i].Unlock()
	}
	s.items.Close()
}
