package auth

import (
	"sync/atomic"
	"time"
)

// Lease is how long a session counts as one of its user after it was seen last.
const Lease = 3 * time.Minute

// renewEvery is how often a session that goes on is counted again, in seconds.
const renewEvery = 30

// renewals remembers which sessions were counted lately, in places that sessions share: one that finds another in its place
// is counted once more than need be. The zero value remembers none. Safe for concurrent use.
type renewals struct {
	slots [1 << renewalBits]atomic.Uint64 // the upper bits of a session's id, and when it was counted
}

// The first bits of an id choose the slot, the last ones give way to the time there.
const (
	renewalBits = 14
	renewalMask = 1<<16 - 1
)

func (r *renewals) slot(id SessionID) *atomic.Uint64 { return &r.slots[uint64(id)>>(64-renewalBits)] }

func (r *renewals) recent(id SessionID, now time.Time) bool {
	return r.slot(id).Load() == renewal(id, now)
}

func (r *renewals) note(id SessionID, now time.Time) { r.slot(id).Store(renewal(id, now)) }

// renewal changes every renewEvery seconds, for each session at another second of them.
func renewal(id SessionID, now time.Time) uint64 {
	period := uint64(now.Unix()+int64(id%renewEvery)) / renewEvery
	return uint64(id)&^renewalMask | period&renewalMask
}
