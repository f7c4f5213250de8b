package cache

import "context"

// Prefetch starts to make the entry of key for somebody who is expected to ask for it, and reports whether it did. It
// does nothing when the entry is held or being made already, or while half of the turns are taken: fills that somebody
// waits for come first. It never blocks. The policy takes it for one request; those who ask meanwhile join the fill.
func (c *Cache) Prefetch(key []byte, sizeBytes int64, fill Fill) bool {
	if e, ok := c.store.get(key); ok {
		e.Release()
		return false
	}
	if c.checkFits(key, sizeBytes) != nil || !c.gate.TryEnter() {
		return false
	}
	name := string(key)
	started := c.fills.Start(name, func(ctx context.Context) (*Entry, error) {
		defer c.gate.Leave()
		return c.prefetch(ctx, name, sizeBytes, fill)
	})
	if !started {
		c.gate.Leave()
	}
	return started
}

func (c *Cache) prefetch(ctx context.Context, key string, sizeBytes int64, fill Fill) (e *Entry, err error) {
	c.counters.prefetches.Add(1)
	defer func() {
		if e == nil { // an error or a panic, which nobody may be there to see
			c.counters.prefetchErrors.Add(1)
		}
	}()
	return c.make(ctx, key, sizeBytes, fill, true)
}
