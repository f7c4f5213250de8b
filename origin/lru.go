package origin

import "container/list"

// lru keeps the values used last, up to a total cost. It is not safe for concurrent use.
type lru[K comparable, V any] struct {
	maxCost, cost int64
	order         *list.List // of *lruItem[K, V], the one used last in front
	items         map[K]*list.Element
}

type lruItem[K comparable, V any] struct {
	key   K
	value V
	cost  int64
}

func newLRU[K comparable, V any](maxCost int64) *lru[K, V] {
	return &lru[K, V]{maxCost: maxCost, order: list.New(), items: map[K]*list.Element{}}
}

// use returns the value of key and marks it as used.
func (l *lru[K, V]) use(key K) (value V, ok bool) {
	element, ok := l.items[key]
	if !ok {
		return value, false
	}
	l.order.MoveToFront(element)
	return element.Value.(*lruItem[K, V]).value, true
}

// put stores value and drops those unused for longest to make room; a value that costs more than all room is dropped
// itself.
func (l *lru[K, V]) put(key K, value V, cost int64) {
	l.remove(key)
	l.items[key] = l.order.PushFront(&lruItem[K, V]{key, value, cost})
	l.cost += cost
	for l.cost > l.maxCost {
		l.remove(l.order.Back().Value.(*lruItem[K, V]).key)
	}
}

func (l *lru[K, V]) remove(key K) {
	element, ok := l.items[key]
	if !ok {
		return
	}
	l.order.Remove(element)
	delete(l.items, key)
	l.cost -= element.Value.(*lruItem[K, V]).cost
}

func (l *lru[K, V]) clear() {
	l.order.Init()
	clear(l.items)
	l.cost = 0
}

func (l *lru[K, V]) len() int { return len(l.items) }
