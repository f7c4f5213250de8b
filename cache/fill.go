package cache

import (
	"context"

	"headwater/cache/slab"
)

// wait makes an entry when its turn has come.
func (c *Cache) wait(ctx context.Context, key string, sizeBytes int64, fill Fill) (*Entry, error) {
	// Another fill may have ended between the caller's look and the start of this one.
	if c.store.has([]byte(key)) {
		if e, ok := c.store.get([]byte(key)); ok {
			return e, nil
		}
	}
	if err := c.gate.Enter(ctx); err != nil {
		c.counters.overload.Add(1)
		return nil, err
	}
	defer c.gate.Leave()
	return c.make(ctx, key, sizeBytes, fill, false)
}

// make makes an entry and offers it to the store. The caller holds it.
func (c *Cache) make(ctx context.Context, key string, sizeBytes int64, fill Fill, prefetched bool) (*Entry, error) {
	s, length, err := c.body(ctx, max(sizeBytes, 0), fill)
	if err != nil {
		return nil, err
	}
	e := newEntry(key, s, length)
	e.prefetched.Store(prefetched)
	e.leads.Store(prefetched)
	c.offer(e)
	return e, nil
}

// offer gives e to the store. It returns when e is visible and its cost counted, or when the policy has rejected it.
// Until then callers join the fill instead of starting another one, and what waits outside of the store's account is
// bounded by the turns of the gate.
func (c *Cache) offer(e *Entry) {
	e.retain()
	c.keptBytes.Add(int64(e.slab.Size()))
	if !c.store.put(e) {
		c.counters.rejections.Add(1)
		c.letGo(e)
	}
}

// body lets fill make a body and returns the slab that begins with it. However the fill ends, no other slab is left.
func (c *Cache) body(ctx context.Context, sizeBytes int64, fill Fill) (result *slab.Slab, length int, err error) {
	s, err := c.acquire(int(sizeBytes))
	if err != nil {
		return nil, 0, err
	}
	c.fillBytes.Add(int64(s.Size()))
	defer func() {
		c.fillBytes.Add(-int64(s.Size()))
		if result != s {
			s.Release()
		}
	}()
	body, err := fill(ctx, s.Bytes()[:0])
	if err != nil {
		return nil, 0, err
	}
	result, err = c.settle(s, body)
	return result, len(body), err
}

// settle returns the slab that body is to live in: s, or one of the right size when body has outgrown s or leaves more
// than a quarter more of it unused than that one would.
func (c *Cache) settle(s *slab.Slab, body []byte) (*slab.Slab, error) {
	inPlace := len(body) == 0 || &body[0] == &s.Bytes()[0]
	if inPlace && s.Size()-c.pool.SizeFor(len(body)) <= len(body)/4 {
		return s, nil
	}
	fitting, err := c.acquire(len(body))
	switch {
	case err == nil:
		copy(fitting.Bytes(), body)
		return fitting, nil
	case inPlace:
		return s, nil
	default:
		return nil, err
	}
}

// acquire returns a slab for n bytes, or ErrNoRoom.
//
// Entries smaller than 32 KiB share blocks of memory, which serve other sizes only when they are wholly free. When many
// small entries have made way for large ones, what is free between the rest may be more than the store leaves free at
// all: then nothing large would ever find room again. So all small ones go.
func (c *Cache) acquire(n int) (*slab.Slab, error) {
	s, err := c.pool.Acquire(n)
	if err == nil || c.pool.Stats().HoleBytes() < c.sweepHoles {
		return s, err
	}
	if c.sweepingNow.CompareAndSwap(false, true) {
		defer c.sweepingNow.Store(false)
		c.store.drop(func(e *Entry) bool { return e.slab.Shared() })
	}
	return c.pool.Acquire(n)
}
