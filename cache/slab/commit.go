package slab

import "fmt"

// commit returns a block of c that had no memory and now may have it, idle. The caller holds mu, which is released
// while pages are freed.
func (p *Pool) commit(c *class) (*block, error) {
	if err := p.makeRoom(c.blockBytes); err != nil {
		return nil, err
	}
	b, err := p.addressed(c)
	if err != nil {
		p.stats.MappedBytes -= int64(c.blockBytes)
		return nil, err
	}
	if p.cfg.Poison {
		poison(b.memory)
	}
	p.stats.FreshBytes += uint64(c.blockBytes)
	b.free = b.allFree()
	c.idle.pushFront(b)
	p.stats.IdleBytes += int64(c.blockBytes)
	return b, nil
}

// addressed returns a block of c without memory: a discarded one or the next one of its region.
func (p *Pool) addressed(c *class) (*block, error) {
	if last := len(c.cold) - 1; last >= 0 {
		b := c.cold[last]
		c.cold = c.cold[:last]
		return b, nil
	}
	if len(c.rest) == 0 {
		region, err := p.memory.reserve(c.regionBytes(p.cfg.MaxBytes))
		if err != nil {
			return nil, fmt.Errorf("%w: reserve address space: %w", ErrNoRoom, err)
		}
		p.regions = append(p.regions, region)
		c.rest = region
	}
	b := &block{class: c, memory: c.rest[:c.blockBytes:c.blockBytes]}
	c.rest = c.rest[c.blockBytes:]
	return b, nil
}

// makeRoom counts sizeBytes more as mapped, and discards idle blocks until that is within the bound. The caller holds
// mu, which is released while pages are freed: the blocks are nobody's then, and their bytes are spoken for already.
func (p *Pool) makeRoom(sizeBytes int) error {
	excess := p.stats.MappedBytes + int64(sizeBytes) - p.cfg.MaxBytes
	if excess > p.stats.IdleBytes {
		return ErrNoRoom
	}
	var victims []*block
	for excess > 0 {
		b := p.detachIdle()
		excess -= int64(len(b.memory))
		victims = append(victims, b)
	}
	p.stats.MappedBytes += int64(sizeBytes)
	if len(victims) == 0 {
		return nil
	}
	p.mu.Unlock()
	for _, b := range victims {
		must("discard", len(b.memory), p.memory.discard(b.memory))
	}
	p.mu.Lock()
	for _, b := range victims {
		b.class.cold = append(b.class.cold, b)
	}
	return nil
}

// detachIdle takes the longest idle block of the class that has most idle bytes. There must be one.
func (p *Pool) detachIdle() *block {
	var most *class
	for i := range p.classes {
		if c := &p.classes[i]; most == nil || c.idleBytes() > most.idleBytes() {
			most = c
		}
	}
	b := most.idle.back
	most.idle.remove(b)
	p.stats.IdleBytes -= int64(len(b.memory))
	p.stats.MappedBytes -= int64(len(b.memory))
	return b
}
