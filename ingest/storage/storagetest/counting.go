package storagetest

import (
	"context"
	"io"
	"maps"
	"sync"

	"headwater/ingest/storage"
)

// Counting counts the calls to a store. Safe for concurrent use.
type Counting struct {
	storage.Store

	mu    sync.Mutex
	calls map[Op]int
}

// Count returns the calls so far by their method, and begins anew.
func (c *Counting) Count() map[Op]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	counted := maps.Clone(c.calls)
	clear(c.calls)
	return counted
}

func (c *Counting) add(op Op) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.calls == nil {
		c.calls = map[Op]int{}
	}
	c.calls[op]++
}

// Put implements [storage.Store].
func (c *Counting) Put(ctx context.Context, key string, body io.Reader, sizeBytes int64) error {
	c.add(OpPut)
	return c.Store.Put(ctx, key, body, sizeBytes)
}

// Open implements [storage.Store].
func (c *Counting) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	c.add(OpOpen)
	return c.Store.Open(ctx, key, offset, length)
}

// Stat implements [storage.Store].
func (c *Counting) Stat(ctx context.Context, key string) (storage.Info, error) {
	c.add(OpStat)
	return c.Store.Stat(ctx, key)
}

// List implements [storage.Store].
func (c *Counting) List(ctx context.Context, prefix, after string, limit int) ([]storage.Info, error) {
	c.add(OpList)
	return c.Store.List(ctx, prefix, after, limit)
}

// Delete implements [storage.Store].
func (c *Counting) Delete(ctx context.Context, key string) error {
	c.add(OpDelete)
	return c.Store.Delete(ctx, key)
}
