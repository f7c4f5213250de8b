package storagetest

import (
	"context"
	"io"
	"sync"

	"headwater/ingest/storage"
)

// Fuse fails one step, or that one and all after it, as if the process had ended there. Several wrappers may share one,
// so that one number names an instant of a whole program. The zero value never fails. Safe for concurrent use.
type Fuse struct {
	mu     sync.Mutex
	left   int // steps before the one that fails
	err    error
	once   bool
	failed bool
}

// Blow lets steps more steps pass; then every step fails with err.
func (f *Fuse) Blow(steps int, err error) { f.set(steps, err, false) }

// Spark lets steps more steps pass; then one fails with err.
func (f *Fuse) Spark(steps int, err error) { f.set(steps, err, true) }

// Mend lets every step pass again. It reports whether one had failed.
func (f *Fuse) Mend() (failed bool) {
	f.mu.Lock()
	failed = f.failed
	f.mu.Unlock()
	f.set(0, nil, false)
	return failed
}

func (f *Fuse) set(steps int, err error, once bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left, f.err, f.once, f.failed = steps, err, once, false
}

// Step takes one step.
func (f *Fuse) Step() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err == nil || f.failed && f.once {
		return nil
	}
	if f.left > 0 {
		f.left--
		return nil
	}
	f.failed = true
	return f.err
}

// Around runs an operation that changes something, with one step before it and one after: an operation may fail with its
// work undone, and also with its work done.
func (f *Fuse) Around(operation func() error) error {
	if err := f.Step(); err != nil {
		return err
	}
	if err := operation(); err != nil {
		return err
	}
	return f.Step()
}

// Faulty is a store that fails when its fuse blows.
type Faulty struct {
	Store storage.Store
	Fuse  *Fuse
}

var _ storage.Store = Faulty{}

// Put implements [storage.Store].
func (f Faulty) Put(ctx context.Context, key string, body io.Reader, sizeBytes int64) error {
	return f.Fuse.Around(func() error { return f.Store.Put(ctx, key, body, sizeBytes) })
}

// Open implements [storage.Store].
func (f Faulty) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := f.Fuse.Step(); err != nil {
		return nil, err
	}
	return f.Store.Open(ctx, key, offset, length)
}

// Stat implements [storage.Store].
func (f Faulty) Stat(ctx context.Context, key string) (storage.Info, error) {
	if err := f.Fuse.Step(); err != nil {
		return storage.Info{}, err
	}
	return f.Store.Stat(ctx, key)
}

// List implements [storage.Store].
func (f Faulty) List(ctx context.Context, prefix, after string, limit int) ([]storage.Info, error) {
	if err := f.Fuse.Step(); err != nil {
		return nil, err
	}
	return f.Store.List(ctx, prefix, after, limit)
}

// Delete implements [storage.Store].
func (f Faulty) Delete(ctx context.Context, key string) error {
	return f.Fuse.Around(func() error { return f.Store.Delete(ctx, key) })
}
