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
	s, length, err := c.body(ctx, key, max(sizeBytes, 0), fill)
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
func (c *Cache) body(ctx context.Context, key string, sizeBytes int64, fill Fill) (result *slab.Slab, length int, err error) {
	s, err := c.acquire(int(sizeBytes))
	if err != nil {
		if s, err = c.claim(key, int(sizeBytes)); err != nil {
			return nil, 0, err
		}
		defer func() {
			if err != nil {
				c.store.remove(key)
			}
		}()
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

// claim makes entries give way for a body of n bytes, if the policy finds its key worth more than theirs, and returns its
// slab. Without it the slow readers of a few large bodies, which the store has let go of and which nothing can be done
// about, would take all room that the store leaves free, and nothing new would be kept until they are done.
func (c *Cache) claim(key string, n int) (*slab.Slab, error) {
	size := int64(c.pool.SizeFor(n))
	used := c.pool.Stats().UsedBytes
	excess := max(used-c.keptBytes.Load()-(c.maxBytes-c.store.maxCost), 0) // of what readers and fills hold, over the reserve
	if !c.store.claim(key, size+excess) {
		return nil, ErrNoRoom
	}
	s, err := c.acquire(n)
	if err != nil { // those that gave way are being read too
		c.store.remove(key)
	}
	return s, err
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
		c.store.drop(func(e *Entry) bool { return e.slab != nil && e.slab.Shared() })
	}
	return c.pool.Acquire(n)
}
