package httpd

import (
	"sync/atomic"
	"time"
)

// residents remembers which ranges of files were in the page cache a moment ago, so that the kernel is not asked again for
// each response: asking is a fifth of the calls of a small one. A wrong answer costs a wait for the disk that the scheduler
// is not told of. Safe for concurrent use; the zero value remembers nothing.
type residents struct {
	slots [4096]atomic.Uint64 // each the upper bits of a range's hash, and the second in which it was seen
}

// residentFor is how many seconds a range counts as resident: what was just sent is the last that the kernel drops.
const residentFor = 2

// has reports whether the bytes of file before end can be had without waiting.
func (r *residents) has(file int, end int64, now time.Time) bool {
	const secondMask = 1<<16 - 1
	hash := (uint64(file)<<40 ^ uint64(end)) * 0x9e3779b97f4a7c15 // Fibonacci hashing
	slot, second := &r.slots[hash>>52], uint64(now.Unix())&secondMask
	seen := slot.Load()
	if seen&^secondMask == hash&^secondMask && (second-seen)&secondMask < residentFor {
		return true
	}
	if !inPageCache(file, end-1) {
		return false
	}
	slot.Store(hash&^secondMask | second)
	return true
}
