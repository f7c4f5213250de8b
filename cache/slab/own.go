package slab

import "fmt"

// acquireOwn maps n bytes by themselves.
func (p *Pool) acquireOwn(n int) (*Slab, error) {
	memory, err := p.mapOwn(pages(n))
	if err != nil {
		return nil, fmt.Errorf("%w: %d bytes", err, n)
	}
	p.memory.populate(memory)
	return &Slab{pool: p, bytes: memory}, nil
}

func (p *Pool) mapOwn(size int) ([]byte, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, ErrNoRoom
	}
	p.use(size)
	if err := p.makeRoom(size); err != nil {
		p.unuse(size)
		return nil, err
	}
	memory, err := p.memory.reserve(size)
	if err != nil {
		p.stats.MappedBytes -= int64(size)
		p.unuse(size)
		return nil, fmt.Errorf("%w: %w", ErrNoRoom, err)
	}
	p.stats.FreshBytes += uint64(size)
	return memory, nil
}

func (p *Pool) releaseOwn(s *Slab) {
	must("unmap", len(s.bytes), p.memory.unmap(s.bytes))
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stats.MappedBytes -= int64(len(s.bytes))
	p.unuse(len(s.bytes))
}
