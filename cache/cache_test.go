package cache

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func newTestCache(t testing.TB, change func(*Config)) *Cache {
	cfg := NewDefaultConfig()
	cfg.MaxBytes = 8 << 20
	_, bench := t.(*testing.B)
	cfg.PoisonReleased = !bench
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if s := c.pool.Stats(); s.Slabs != 0 || s.MappedBytes != 0 {
			t.Errorf("somebody still holds memory: %+v", s)
		}
	})
	return c
}

// bodyOf returns the body of e and releases it.
func bodyOf(e *Entry) string {
	defer e.Release()
	return string(e.Body())
}

// mustFetch returns an entry whose body is of size bytes.
func mustFetch(t testing.TB, c *Cache, key string, size int) *Entry {
	t.Helper()
	e, _, err := c.Fetch(t.Context(), []byte(key), int64(size), sized(size))
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// sized returns a Fill that yields size bytes.
func sized(size int) Fill {
	return func(_ context.Context, dst []byte) ([]byte, error) { return dst[:size], nil }
}

// filled returns a Fill that yields body and counts its runs.
func filled(body string, runs *atomic.Int32) Fill {
	return func(_ context.Context, dst []byte) ([]byte, error) {
		runs.Add(1)
		return append(dst, body...), nil
	}
}

func TestCache_MissThenHit(t *testing.T) {
	c := newTestCache(t, nil)
	var runs atomic.Int32
	for i, want := range []Outcome{Miss, Hit, Hit} {
		e, outcome, err := c.Fetch(t.Context(), []byte("k"), 4, filled("body", &runs))
		if err != nil || bodyOf(e) != "body" || outcome != want {
			t.Errorf("fetch %d: %v, %v", i, outcome, err)
		}
	}
	if e, ok := c.Get([]byte("k")); !ok || bodyOf(e) != "body" {
		t.Error("Get does not find it")
	}
	if runs.Load() != 1 {
		t.Errorf("%d fills", runs.Load())
	}
	s := c.Stats()
	if s.Hits != 3 || s.Misses != 1 || s.Bytes != 1024+1+entryOverheadBytes || s.EntryBytes != 1024 || s.HeldBytes != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestCache_ErrorsAreNotCached(t *testing.T) {
	c := newTestCache(t, nil)
	broken := errors.New("broken")
	_, outcome, err := c.Fetch(t.Context(), []byte("k"), 4, func(context.Context, []byte) ([]byte, error) { return nil, broken })
	if !errors.Is(err, broken) || outcome != Miss {
		t.Errorf("got %v, %v", outcome, err)
	}
	var runs atomic.Int32
	e, outcome, err := c.Fetch(t.Context(), []byte("k"), 4, filled("body", &runs))
	if err != nil || outcome != Miss {
		t.Fatalf("then %v, %v", outcome, err)
	}
	e.Release()
	if s := c.Stats(); s.Errors != 1 || s.Misses != 2 {
		t.Errorf("stats %+v", s)
	}
}

func TestCache_WhatCanNeverBeKeptIsNotMade(t *testing.T) {
	c := newTestCache(t, func(cfg *Config) { cfg.MaxBytes = 1 << 20 })
	var runs atomic.Int32
	for range 2 {
		_, outcome, err := c.Fetch(t.Context(), []byte("k"), 2<<20, filled("body", &runs))
		if !errors.Is(err, ErrNoRoom) || outcome != Bypass {
			t.Errorf("got %v, %v", outcome, err)
		}
	}
	if s := c.Stats(); runs.Load() != 0 || s.Bypasses != 2 || s.Misses != 0 || s.Errors != 0 || s.Overload != 0 {
		t.Errorf("%d fills, stats %+v", runs.Load(), s)
	}
}

// TestCache_EqualHashesDoNotMixKeys plants an entry where the store looks for another key, which is what a collision
// of its hashes does.
func TestCache_EqualHashesDoNotMixKeys(t *testing.T) {
	c := newTestCache(t, nil)
	s, err := c.pool.Acquire(5)
	if err != nil {
		t.Fatal(err)
	}
	planted := newEntry("planted", s, 5)
	c.keptBytes.Add(int64(s.Size()))
	c.store.items.Set(maphash.String(c.store.seed, "asked"), planted, planted.costBytes())
	c.store.items.Wait()
	if _, ok := c.Get([]byte("asked")); ok {
		t.Error("got the entry of another key")
	}
	e, outcome, err := c.Fetch(t.Context(), []byte("asked"), 4, filled("right", new(atomic.Int32)))
	if err != nil || outcome != Miss || bodyOf(e) != "right" {
		t.Errorf("got %v, %v", outcome, err)
	}
	if s := c.Stats(); s.EntryBytes != 1024 || s.HeldBytes != 0 {
		t.Errorf("the replaced entry is still there: %+v", s)
	}
}

func TestCache_FullQueueFailsAtOnce(t *testing.T) {
	c := newTestCache(t, func(cfg *Config) { cfg.MaxFills, cfg.MaxQueuedFills = 1, 1 })
	release := make(chan struct{})
	started := make(chan struct{}, 2)
	hold := func(_ context.Context, dst []byte) ([]byte, error) {
		started <- struct{}{}
		<-release
		return append(dst, "x"...), nil
	}
	var held sync.WaitGroup
	fetch := func(key string) {
		if e, _, err := c.Fetch(t.Context(), []byte(key), 1, hold); err == nil {
			e.Release()
		}
	}
	held.Go(func() { fetch("running") })
	<-started
	held.Go(func() { fetch("queued") })
	for c.Stats().Queued == 0 {
		runtime.Gosched()
	}
	_, outcome, err := c.Fetch(t.Context(), []byte("refused"), 1, hold)
	if !errors.Is(err, ErrOverloaded) || outcome != Miss {
		t.Errorf("got %v, %v", outcome, err)
	}
	if s := c.Stats(); s.Overload != 1 || s.Fills != 1 || s.FillBytes != 1024 {
		t.Errorf("stats %+v", s)
	}
	close(release)
	held.Wait()
	if s := c.Stats(); s.Fills != 0 || s.Queued != 0 || s.FillBytes != 0 {
		t.Errorf("at rest: %+v", s)
	}
}

func TestCache_WaitingForATurnEndsAsOverload(t *testing.T) {
	c := newTestCache(t, func(cfg *Config) { cfg.MaxFills, cfg.FillTimeout = 1, 50*time.Millisecond })
	started := make(chan struct{})
	go c.Fetch(t.Context(), []byte("running"), 1, func(context.Context, []byte) ([]byte, error) {
		close(started)
		<-t.Context().Done()
		return nil, errors.New("the test is over")
	})
	<-started
	_, _, err := c.Fetch(context.Background(), []byte("queued"), 1, func(_ context.Context, dst []byte) ([]byte, error) { return dst, nil })
	if !errors.Is(err, ErrOverloaded) || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
}

func TestCache_PanicReachesTheCaller(t *testing.T) {
	c := newTestCache(t, nil)
	_, _, err := c.Fetch(t.Context(), []byte("k"), 1, func(context.Context, []byte) ([]byte, error) { panic("boom") })
	var panicked *PanicError
	if !errors.As(err, &panicked) {
		t.Errorf("got %v", err)
	}
	if s := c.Stats(); s.Fills != 0 || s.FillBytes != 0 {
		t.Errorf("the turn was not given back: %+v", s)
	}
}

func TestCache_AfterClose(t *testing.T) {
	c := newTestCache(t, nil)
	e, _, err := c.Fetch(t.Context(), []byte("k"), 4, filled("body", new(atomic.Int32)))
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if bodyOf(e) != "body" {
		t.Error("an entry in use was lost")
	}
	if _, ok := c.Get([]byte("k")); ok {
		t.Error("Get finds something")
	}
	if _, outcome, err := c.Fetch(t.Context(), []byte("k"), 4, nil); !errors.Is(err, ErrClosed) || outcome != 0 {
		t.Errorf("got %v, %v", outcome, err)
	}
	if c.Prefetch([]byte("k"), 4, nil) {
		t.Error("Prefetch starts something")
	}
}

// TestCache_CloseMeetsReaders: a Get that meets the end of the store must not panic.
func TestCache_CloseMeetsReaders(t *testing.T) {
	c := newTestCache(t, nil)
	mustFetch(t, c, "k", 10).Release()
	stop := make(chan struct{})
	var readers sync.WaitGroup
	for range 4 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
					if e, ok := c.Get([]byte("k")); ok {
						e.Release()
					}
				}
			}
		})
	}
	c.Close()
	close(stop)
	readers.Wait()
}

func TestConfig_ValidateReportsAllProblems(t *testing.T) {
	if err := NewDefaultConfig().Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	err := Config{MaxQueuedFills: -1}.Validate()
	for _, name := range []string{"MaxBytes", "MaxFills", "MaxQueuedFills", "FillTimeout"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not reported: %v", name, err)
		}
	}
}

func TestOutcome_String(t *testing.T) {
	f := func(o Outcome, want string) {
		t.Helper()
		if o.String() != want {
			t.Errorf("%d is %q", o, o)
		}
	}
	f(0, "")
	f(Hit, "hit")
	f(Miss, "miss")
	f(Join, "join")
	f(Bypass, "bypass")
	f(9, "")
}

func BenchmarkCache_Get(b *testing.B) {
	c := newTestCache(b, nil)
	key := []byte("/v/some-asset/cmaf1/some-track/6s1/123.m4s")
	mustFetch(b, c, string(key), 4).Release()
	b.ReportAllocs()
	for b.Loop() {
		e, ok := c.Get(key)
		if !ok {
			b.Fatal("lost")
		}
		e.Release()
	}
}

func BenchmarkCache_GetParallel(b *testing.B) {
	c := newTestCache(b, nil)
	key := []byte("/v/some-asset/cmaf1/some-track/6s1/123.m4s")
	mustFetch(b, c, string(key), 4).Release()
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if e, ok := c.Get(key); ok {
				e.Release()
			}
		}
	})
}

// BenchmarkCache_Fill is a miss with a trivial fill, in a cache that is full.
func BenchmarkCache_Fill(b *testing.B) {
	for _, size := range []int{4 << 10, 100 << 10, 4 << 20} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			c := newTestCache(b, func(cfg *Config) { cfg.MaxBytes = 64 << 20 })
			var key []byte
			n := 0
			b.ReportAllocs()
			for b.Loop() {
				n++
				key = fmt.Appendf(key[:0], "key/%d", n)
				c.Get(key)
				e, _, err := c.Fetch(b.Context(), key, int64(size), sized(size))
				if err != nil {
					b.Fatal(err)
				}
				e.Release()
			}
		})
	}
}
