package auth

import (
	"container/heap"
	"time"
)

// expiring remembers things until their time is over, which may be put off. What each call costs does not depend on how
// many there are but by their logarithm. Make one with newExpiring.
type expiring[K comparable] struct {
	until map[K]time.Time
	queue expiryQueue[K] // each of them once, at a time that is not after its own
}

func newExpiring[K comparable]() expiring[K] { return expiring[K]{until: map[K]time.Time{}} }

func (e *expiring[K]) has(key K) bool {
	_, has := e.until[key]
	return has
}

func (e *expiring[K]) len() int { return len(e.until) }

// keep remembers key until a time, or later if that was said before.
func (e *expiring[K]) keep(key K, until time.Time) {
	before, known := e.until[key]
	if known && !until.After(before) {
		return
	}
	if !known {
		heap.Push(&e.queue, expiry[K]{key, until})
	}
	e.until[key] = until
}

// forget drops what is over at now, and tells of each. Keeping a thing pays for dropping it.
func (e *expiring[K]) forget(now time.Time, dropped func(K)) {
	for len(e.queue) > 0 && !now.Before(e.queue[0].at) {
		first := &e.queue[0]
		if until := e.until[first.key]; now.Before(until) {
			first.at = until
			heap.Fix(&e.queue, 0)
			continue
		}
		delete(e.until, first.key)
		dropped(first.key)
		heap.Pop(&e.queue)
	}
}

type expiry[K comparable] struct {
	key K
	at  time.Time
}

// expiryQueue is a heap with what is over first on top.
type expiryQueue[K comparable] []expiry[K]

// Len, Less, Swap, Push and Pop implement heap.Interface.
func (q expiryQueue[K]) Len() int           { return len(q) }
func (q expiryQueue[K]) Less(i, j int) bool { return q[i].at.Before(q[j].at) }
func (q expiryQueue[K]) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *expiryQueue[K]) Push(x any)        { *q = append(*q, x.(expiry[K])) }
func (q *expiryQueue[K]) Pop() any {
	last := len(*q) - 1
	x := (*q)[last]
	*q = (*q)[:last]
	return x
}
