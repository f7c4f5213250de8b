package origin

import "sync/atomic"

// recent keeps the values used lately, up to a total cost. Use may be called by many at a time, everything else by one
// alone: guard it with a [sync.RWMutex]. Room is made by second chance: a hand goes round and takes the first value that
// was not used since it came by last. That costs a reader one atomic write instead of the order of all values.
type recent[K comparable, V any] struct {
	maxCost, cost int64
	items         map[K]*recentItem[K, V]
	ring          []*recentItem[K, V]
	hand          int
	drop          func(V) // called for each value that leaves; may be nil
}

type recentItem[K comparable, V any] struct {
	key   K
	value V
	cost  int64
	place int // in ring
	used  atomic.Bool
}

func newRecent[K comparable, V any](maxCost int64) *recent[K, V] {
	return &recent[K, V]{maxCost: maxCost, items: map[K]*recentItem[K, V]{}}
}

// use returns the value of key and marks it as used.
func (r *recent[K, V]) use(key K) (value V, ok bool) {
	item, ok := r.items[key]
	if !ok {
		return value, false
	}
	if !item.used.Load() { // reading is cheaper for all others than writing
		item.used.Store(true)
	}
	return item.value, true
}

// put stores value and drops others to make room; a value that costs more than all room is dropped itself.
func (r *recent[K, V]) put(key K, value V, cost int64) {
	r.remove(key)
	if cost > r.maxCost {
		r.dropped(value)
		return
	}
	for r.cost+cost > r.maxCost {
		r.evict()
	}
	item := &recentItem[K, V]{key: key, value: value, cost: cost, place: len(r.ring)}
	r.ring = append(r.ring, item)
	r.items[key] = item
	r.cost += cost
}

func (r *recent[K, V]) evict() {
	for {
		if r.hand >= len(r.ring) {
			r.hand = 0
		}
		item := r.ring[r.hand]
		if !item.used.Swap(false) {
			r.remove(item.key)
			return
		}
		r.hand++
	}
}

func (r *recent[K, V]) remove(key K) {
	item, ok := r.items[key]
	if !ok {
		return
	}
	delete(r.items, key)
	last := len(r.ring) - 1
	r.ring[item.place] = r.ring[last]
	r.ring[item.place].place = item.place
	r.ring[last] = nil
	r.ring = r.ring[:last]
	r.cost -= item.cost
	r.dropped(item.value)
}

// sweep drops what was not used since the last sweep, and what is stale.
func (r *recent[K, V]) sweep(stale func(V) bool) {
	for i := len(r.ring) - 1; i >= 0; i-- {
		if item := r.ring[i]; !item.used.Swap(false) || stale(item.value) {
			r.remove(item.key)
		}
	}
}

func (r *recent[K, V]) clear() {
	for len(r.ring) > 0 {
		r.remove(r.ring[len(r.ring)-1].key)
	}
}

func (r *recent[K, V]) dropped(value V) {
	if r.drop != nil {
		r.drop(value)
	}
}

func (r *recent[K, V]) len() int { return len(r.items) }
