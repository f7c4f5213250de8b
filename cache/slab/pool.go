package slab

import (
	"errors"
	"fmt"
	"os"
	"sync"
)

// ErrNoRoom says that the bound leaves no room now. Releasing slabs makes room.
var ErrNoRoom = errors.New("no room for a buffer")

// Config bounds a [Pool].
type Config struct {
	// MaxBytes is the bound of all memory together, in use and idle, rounded down to whole pages.
	MaxBytes int64
	// Poison fills released memory with a pattern and panics when it is found changed. It is for tests.
	Poison bool
}

// Pool hands out slabs under one bound. Safe for concurrent use.
type Pool struct {
	cfg    Config
	memory memory

	mu      sync.Mutex
	classes [classCount]class
	regions [][]byte
	stats   Stats
	commits int // under way
	closed  bool
}

// New returns an empty pool, which maps nothing yet.
func New(cfg Config) *Pool { return newPool(cfg, anonymous{}) }

func newPool(cfg Config, m memory) *Pool {
	cfg.MaxBytes -= cfg.MaxBytes % int64(os.Getpagesize())
	p := &Pool{cfg: cfg, memory: m, stats: Stats{MaxBytes: cfg.MaxBytes}}
	for i := range p.classes {
		p.classes[i] = newClass(i)
	}
	return p
}

// SizeFor returns what a slab for n bytes takes of the bound. In a full pool Acquire may return a slab that is up to a
// quarter larger.
func (p *Pool) SizeFor(n int) int {
	if c := p.class(n); c != nil {
		return c.slabBytes
	}
	return pages(n)
}

// class returns the class for n bytes, or nil when they are to be mapped by themselves: they are too many for a class,
// or rounding them up to one would exceed the bound.
func (p *Pool) class(n int) *class {
	index := classOf(n)
	if index >= classCount || int64(p.classes[index].blockBytes) > p.cfg.MaxBytes {
		return nil
	}
	return &p.classes[index]
}

// pages rounds n up to whole pages.
func pages(n int) int {
	size := os.Getpagesize()
	return (max(n, 1) + size - 1) / size * size
}

// Acquire returns a slab for n bytes (0 or more), or an error that wraps ErrNoRoom.
func (p *Pool) Acquire(n int) (*Slab, error) {
	if n < 0 || int64(n) > p.cfg.MaxBytes {
		return nil, fmt.Errorf("%w: %d bytes, at most %d", ErrNoRoom, n, p.cfg.MaxBytes)
	}
	c := p.class(n)
	if c == nil {
		return p.acquireOwn(n)
	}
	b, index, fresh, err := p.acquire(c)
	if err != nil {
		return nil, fmt.Errorf("%w: %d bytes", err, n)
	}
	if fresh {
		p.memory.populate(b.memory)
	}
	s := &Slab{pool: p, block: b, index: index, bytes: b.slab(index)}
	if p.cfg.Poison {
		checkPoison(s.bytes)
	}
	return s, nil
}

// acquire takes a slab of c, or of a slightly larger class. fresh says that its block has just been committed.
func (p *Pool) acquire(c *class) (b *block, index int, fresh bool, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, 0, false, ErrNoRoom
	}
	if b = p.committed(c); b == nil {
		fresh = true
		p.commits++
		b, err = p.commit(c)
		p.commits--
		if err != nil {
			p.unmapIfUnused()
			return nil, 0, false, err
		}
	}
	return b, p.takeFrom(b), fresh, nil
}

// stretch is how many classes larger a slab may be than necessary when memory that has been used before is nowhere
// else: at most a quarter more. Discarding and faulting in pages costs more than that waste.
const stretch = 2

// committed returns a block with memory and a free slab, or nil.
func (p *Pool) committed(c *class) *block {
	if b := c.committed(); b != nil || p.stats.MappedBytes+int64(c.blockBytes) <= p.cfg.MaxBytes || c.blockBytes > c.slabBytes {
		return b
	}
	next := classOf(c.slabBytes) + 1
	for i := next; i < min(next+stretch, classCount); i++ {
		if b := p.classes[i].committed(); b != nil {
			return b
		}
	}
	return nil
}

// takeFrom takes a slab of b and moves b to the list where it now belongs. The caller holds mu.
func (p *Pool) takeFrom(b *block) int {
	c := b.class
	if b.free == b.allFree() {
		c.idle.remove(b)
		c.open.pushFront(b)
		p.stats.IdleBytes -= int64(c.blockBytes)
	}
	p.use(c.slabBytes)
	index := b.take()
	if b.free == 0 {
		c.open.remove(b)
	}
	return index
}

func (p *Pool) release(s *Slab) {
	p.mu.Lock()
	defer p.mu.Unlock()
	b, c := s.block, s.block.class
	if b.free == 0 {
		c.open.pushFront(b)
	}
	b.free |= 1 << s.index
	if b.free == b.allFree() {
		c.open.remove(b)
		c.idle.pushFront(b)
		p.stats.IdleBytes += int64(c.blockBytes)
	}
	p.unuse(c.slabBytes)
}

// use and unuse count a slab. The caller holds mu.
func (p *Pool) use(sizeBytes int) {
	p.stats.Slabs++
	p.stats.UsedBytes += int64(sizeBytes)
}

func (p *Pool) unuse(sizeBytes int) {
	p.stats.Slabs--
	p.stats.UsedBytes -= int64(sizeBytes)
	p.unmapIfUnused()
}

// Close ends the pool: Acquire fails from now on, and the memory is unmapped when the last slab is released.
func (p *Pool) Close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	p.unmapIfUnused()
}

// unmapIfUnused ends a closed pool that nobody uses. The caller holds mu.
func (p *Pool) unmapIfUnused() {
	if !p.closed || p.stats.Slabs > 0 || p.commits > 0 {
		return
	}
	for _, region := range p.regions {
		must("unmap", len(region), p.memory.unmap(region))
	}
	p.regions, p.classes = nil, [classCount]class{}
	p.stats.MappedBytes, p.stats.IdleBytes = 0, 0
}

// must panics when the operating system refuses to take memory back, which it does only for wrong addresses.
func must(action string, sizeBytes int, err error) {
	if err != nil {
		panic(fmt.Sprintf("slab: %s %d bytes: %v", action, sizeBytes, err))
	}
}
