package disk

import (
	"sync/atomic"
	"time"
)

// pauseFor is how long the tier leaves a disk alone that has failed.
const pauseFor = 30 * time.Second

// pause is off, or on until a point in time.
type pause struct{ until atomic.Int64 }

func (p *pause) on(now time.Time) bool { return now.UnixNano() < p.until.Load() }

// fail starts a pause and counts it, once for all who fail at the same time.
func (t *Tier) fail(p *pause) {
	now := t.now()
	if until := p.until.Load(); until <= now.UnixNano() && p.until.CompareAndSwap(until, now.Add(pauseFor).UnixNano()) {
		t.counters.failures.Add(1)
	}
}
