package fetch

import (
	"fmt"
	"sync"

	"github.com/cespare/xxhash/v2"
)

// maxKnown bounds the URLs that are remembered, about 200 bytes each.
const maxKnown = 200_000

// table remembers what was received first from each URL. Safe for concurrent use.
type table struct {
	mu    sync.Mutex
	known map[uint64]received
}

// received is what a URL gave.
type received struct {
	length int64
	etag   uint64 // hash of the ETag; 0 without
	hash   uint64 // of the body
	hashed bool
}

// compare returns what differs from the first time; nil when nothing does or there was none. URLs are told apart by a
// hash of 64 bits, which a load test does not see collide.
func (t *table) compare(key string, now received) *Failure {
	t.mu.Lock()
	defer t.mu.Unlock()
	id := xxhash.Sum64String(key)
	first, ok := t.known[id]
	if !ok {
		if t.known == nil {
			t.known = map[uint64]received{}
		}
		if len(t.known) < maxKnown {
			t.known[id] = now
		}
		return nil
	}
	switch {
	case first.length != now.length:
		return &Failure{Length, fmt.Sprintf("%d bytes, before %d", now.length, first.length)}
	case first.etag != now.etag:
		return &Failure{ETag, "the ETag is another than before"}
	case first.hashed && now.hashed && first.hash != now.hash:
		return &Failure{Body, fmt.Sprintf("xxhash64 %016x, before %016x", now.hash, first.hash)}
	}
	if now.hashed && !first.hashed {
		t.known[id] = now
	}
	return nil
}

// size returns how many URLs are known.
func (t *table) size() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.known)
}
