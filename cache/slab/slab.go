package slab

import "sync/atomic"

// Slab is a buffer of a [Pool]. Its content may be used by many goroutines as far as they agree among themselves.
type Slab struct {
	pool     *Pool
	block    *block // nil when mapped by itself
	index    int    // in block
	bytes    []byte
	released atomic.Bool
}

// Bytes returns the whole buffer, at least as long as was asked for, with whatever content it had before. It panics
// when the slab has been released.
func (s *Slab) Bytes() []byte {
	if s.released.Load() {
		panic("slab: used after its release")
	}
	return s.bytes
}

// Size returns what the slab takes of its pool's bound: the length of Bytes.
func (s *Slab) Size() int { return len(s.bytes) }

// Shared reports whether the slab shares a block, which serves other sizes only when all of its slabs are free.
func (s *Slab) Shared() bool { return s.block != nil && len(s.bytes) < s.block.class.blockBytes }

// Release gives the memory back. It panics when that has been done before.
func (s *Slab) Release() {
	if s.released.Swap(true) {
		panic("slab: released twice")
	}
	if s.block == nil {
		s.pool.releaseOwn(s)
		return
	}
	if s.pool.cfg.Poison {
		poison(s.bytes)
	}
	s.pool.release(s)
}
