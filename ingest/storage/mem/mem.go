// Package mem is a storage backend in memory, for tests and for trying things out. It keeps its own copy of every body;
// bytes handed out are shared between readers and never change.
package mem

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"headwater/ingest/storage"
)

// Store keeps objects in memory. The zero value is empty and ready. Safe for concurrent use.
type Store struct {
	mu      sync.RWMutex
	objects map[string]object
}

type object struct {
	body    []byte
	modTime time.Time
}

// Put implements [storage.Store].
func (s *Store) Put(ctx context.Context, key string, body io.Reader, sizeBytes int64) error {
	if err := check(ctx, key); err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	var copied bytes.Buffer
	if err := storage.CopyBody(ctx, &copied, body, sizeBytes); err != nil {
		return fmt.Errorf("put %s: %w", key, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.objects == nil {
		s.objects = map[string]object{}
	}
	s.objects[key] = object{copied.Bytes(), time.Now().UTC()}
	return nil
}

// Open implements [storage.Store].
func (s *Store) Open(ctx context.Context, key string, offset, length int64) (io.ReadCloser, error) {
	if err := storage.CheckRange(offset, length); err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	o, err := s.object(ctx, key)
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", key, err)
	}
	body := o.body[min(offset, int64(len(o.body))):]
	if length != storage.ToEnd {
		body = body[:min(length, int64(len(body)))]
	}
	return io.NopCloser(bytes.NewReader(body)), nil
}

// Stat implements [storage.Store].
func (s *Store) Stat(ctx context.Context, key string) (storage.Info, error) {
	o, err := s.object(ctx, key)
	if err != nil {
		return storage.Info{}, fmt.Errorf("stat %s: %w", key, err)
	}
	return o.info(key), nil
}

// List implements [storage.Store].
func (s *Store) List(ctx context.Context, prefix, after string, limit int) ([]storage.Info, error) {
	if err := storage.CheckLimit(limit); err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	var infos []storage.Info
	for key, o := range s.objects {
		if strings.HasPrefix(key, prefix) && key > after {
			infos = append(infos, o.info(key))
		}
	}
	slices.SortFunc(infos, func(a, b storage.Info) int { return strings.Compare(a.Key, b.Key) })
	return infos[:min(limit, len(infos))], nil
}

// Delete implements [storage.Store].
func (s *Store) Delete(ctx context.Context, key string) error {
	if err := check(ctx, key); err != nil {
		return fmt.Errorf("delete %s: %w", key, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.objects, key)
	return nil
}

func (s *Store) object(ctx context.Context, key string) (object, error) {
	if err := check(ctx, key); err != nil {
		return object{}, err
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	o, ok := s.objects[key]
	if !ok {
		return object{}, storage.ErrNotExist
	}
	return o, nil
}

func (o object) info(key string) storage.Info {
	return storage.Info{Key: key, SizeBytes: int64(len(o.body)), ModTime: o.modTime}
}

func check(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return storage.CheckKey(key)
}
