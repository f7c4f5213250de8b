package slab

// Stats is a reading of a pool.
type Stats struct {
	MaxBytes    int64 // the bound
	MappedBytes int64 // memory committed, at most MaxBytes: in use, idle, and free beside small slabs in use
	UsedBytes   int64 // sizes of the slabs in use
	IdleBytes   int64 // blocks without a slab in use, kept to be used again
	Slabs       int   // slabs in use

	// FreshBytes counts what was taken from the operating system, each time anew; the rest of what was acquired was
	// memory used before.
	FreshBytes uint64
}

// HoleBytes returns the memory that is free between small slabs in use: it serves small sizes only.
func (s Stats) HoleBytes() int64 { return s.MappedBytes - s.UsedBytes - s.IdleBytes }

// Stats reads the pool at one instant.
func (p *Pool) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stats
}
