package cache

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dgraph-io/ristretto/v2/z"
)

func newTestCache(t testing.TB, change func(*Config)) *Cache {
	cfg := NewDefaultConfig()
	cfg.MaxBytes = 8 << 20
	if change != nil {
		change(&cfg)
	}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
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
		entry, outcome, err := c.Fetch(t.Context(), []byte("k"), 4, filled("body", &runs))
		if err != nil || string(entry.Body()) != "body" || outcome != want {
			t.Errorf("fetch %d: %v, %v, %v", i, entry, outcome, err)
		}
	}
	if entry, ok := c.Get([]byte("k")); !ok || string(entry.Body()) != "body" {
		t.Error("Get does not find it")
	}
	if runs.Load() != 1 {
		t.Errorf("%d fills", runs.Load())
	}
	stats := c.Stats()
	if stats.Hits != 3 || stats.Misses != 1 || stats.Bytes != 4+1+entryOverheadBytes {
		t.Errorf("stats %+v", stats)
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
	if _, outcome, err = c.Fetch(t.Context(), []byte("k"), 4, filled("body", &runs)); err != nil || outcome != Miss {
		t.Errorf("then %v, %v", outcome, err)
	}
	if s := c.Stats(); s.Errors != 1 || s.Misses != 2 {
		t.Errorf("stats %+v", s)
	}
}

func TestCache_OversizedResultIsSharedButNotKept(t *testing.T) {
	c := newTestCache(t, func(cfg *Config) { cfg.MaxBytes = 1 << 20 })
	var runs atomic.Int32
	body := strings.Repeat("x", 2<<20)
	for range 2 {
		entry, outcome, err := c.Fetch(t.Context(), []byte("k"), int64(len(body)), filled(body, &runs))
		if err != nil || outcome != Bypass || len(entry.Body()) != len(body) {
			t.Errorf("got %v, %v", outcome, err)
		}
	}
	if s := c.Stats(); runs.Load() != 2 || s.Bypasses != 2 || s.Bytes != 0 {
		t.Errorf("%d fills, stats %+v", runs.Load(), s)
	}
}

// TestCache_EqualHashesDoNotMixKeys plants an entry where the store looks for another key, which is what a collision
// of its hashes does.
func TestCache_EqualHashesDoNotMixKeys(t *testing.T) {
	c := newTestCache(t, nil)
	c.store.Set([]byte("asked"), newEntry("planted", []byte("wrong")), 10)
	c.store.Wait()
	if _, ok := c.Get([]byte("asked")); ok {
		t.Error("got the entry of another key")
	}
	var runs atomic.Int32
	entry, outcome, err := c.Fetch(t.Context(), []byte("asked"), 4, filled("right", &runs))
	if err != nil || outcome != Miss || string(entry.Body()) != "right" {
		t.Errorf("got %q, %v, %v", entry.Body(), outcome, err)
	}
}

func TestCache_StoreHashesKeysTwice(t *testing.T) {
	if _, conflict := z.KeyToHash([]byte("/v/a/hls/master.m3u8")); conflict == 0 {
		t.Error("the store does not compare a second hash")
	}
}

func TestCache_CostCoversSlack(t *testing.T) {
	f := func(length, capacity int, wantClone bool) {
		t.Helper()
		e := newEntry("key", make([]byte, length, capacity))
		if cloned := cap(e.body) < capacity; cloned != wantClone {
			t.Errorf("%d of %d bytes: cloned %t", length, capacity, cloned)
		}
		if e.costBytes() != int64(cap(e.body)+3+entryOverheadBytes) {
			t.Errorf("%d of %d bytes cost %d", length, capacity, e.costBytes())
		}
	}
	f(1000, 1000, false)
	f(1000, 1100, false)
	f(1000, 4000, true)
	f(0, 4000, true)
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
	held.Go(func() { c.Fetch(t.Context(), []byte("running"), 1, hold) })
	<-started
	held.Go(func() { c.Fetch(t.Context(), []byte("queued"), 1, hold) })
	for c.Stats().Queued == 0 {
		runtime.Gosched()
	}
	_, outcome, err := c.Fetch(t.Context(), []byte("refused"), 1, hold)
	if !errors.Is(err, ErrOverloaded) || outcome != Miss {
		t.Errorf("got %v, %v", outcome, err)
	}
	if s := c.Stats(); s.Overload != 1 || s.Fills != 1 || s.FillBytes != 1 {
		t.Errorf("stats %+v", s)
	}
	close(release)
	held.Wait()
	if s := c.Stats(); s.Fills != 0 || s.Queued != 0 || s.FillBytes != 0 {
		t.Errorf("at rest: %+v", s)
	}
}

func TestCache_BytesInFlightAreBounded(t *testing.T) {
	c := newTestCache(t, func(cfg *Config) { cfg.MaxFillBytes = 1 << 20 })
	var inFlight, most atomic.Int64
	var all sync.WaitGroup
	for i := range 32 {
		all.Go(func() {
			_, _, err := c.Fetch(t.Context(), fmt.Append(nil, i), 400<<10, func(_ context.Context, dst []byte) ([]byte, error) {
				now := inFlight.Add(int64(cap(dst)))
				for seen := most.Load(); now > seen && !most.CompareAndSwap(seen, now); seen = most.Load() {
				}
				inFlight.Add(-int64(cap(dst)))
				return dst[:cap(dst)], nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if most.Load() > 1<<20 {
		t.Errorf("%d bytes in flight", most.Load())
	}
	// One that is larger than the bound runs alone instead of never.
	if _, _, err := c.Fetch(t.Context(), []byte("large"), 3<<20, func(_ context.Context, dst []byte) ([]byte, error) { return dst, nil }); err != nil {
		t.Error(err)
	}
}

func TestCache_WaitingForATurnEndsAsOverload(t *testing.T) {
	c := newTestCache(t, func(cfg *Config) { cfg.MaxFills, cfg.FillTimeout = 1, 50*time.Millisecond })
	started := make(chan struct{})
	go c.Fetch(t.Context(), []byte("running"), 1, func(ctx context.Context, dst []byte) ([]byte, error) {
		close(started)
		<-t.Context().Done()
		return dst, nil
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
	entry, _, err := c.Fetch(t.Context(), []byte("k"), 4, filled("body", new(atomic.Int32)))
	if err != nil {
		t.Fatal(err)
	}
	c.Close()
	if string(entry.Body()) != "body" {
		t.Error("an entry in use was lost")
	}
	if _, outcome, err := c.Fetch(t.Context(), []byte("k"), 4, nil); !errors.Is(err, ErrClosed) || outcome != 0 {
		t.Errorf("got %v, %v", outcome, err)
	}
}

// TestCache_UnderLoad hammers few keys in a cache too small for them: every caller gets the body of its key, and the
// cost stays within the limit.
func TestCache_UnderLoad(t *testing.T) {
	c := newTestCache(t, func(cfg *Config) { cfg.MaxBytes = 1 << 20 })
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			for range 500 {
				n := random.IntN(64)
				key := fmt.Appendf(nil, "key/%d", n)
				entry, _, err := c.Fetch(t.Context(), key, 64<<10, func(_ context.Context, dst []byte) ([]byte, error) {
					return append(dst, bytes.Repeat([]byte{byte(n)}, 64<<10)...), nil
				})
				if err != nil || entry.Body()[0] != byte(n) || len(entry.Body()) != 64<<10 {
					t.Errorf("key %d: %v", n, err)
					return
				}
			}
		})
	}
	all.Wait()
	s := c.Stats()
	if s.Bytes > s.MaxBytes || s.Hits+s.Misses+s.Joins != 8*500 || s.Evictions+s.Rejections == 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestConfig_ValidateReportsAllProblems(t *testing.T) {
	if err := NewDefaultConfig().Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	err := Config{MaxQueuedFills: -1}.Validate()
	for _, name := range []string{"MaxBytes", "MaxFills", "MaxQueuedFills", "MaxFillBytes", "FillTimeout"} {
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
	c.Fetch(b.Context(), key, 4, filled("body", new(atomic.Int32)))
	b.ReportAllocs()
	for b.Loop() {
		if _, ok := c.Get(key); !ok {
			b.Fatal("lost")
		}
	}
}

func BenchmarkCache_GetParallel(b *testing.B) {
	c := newTestCache(b, nil)
	key := []byte("/v/some-asset/cmaf1/some-track/6s1/123.m4s")
	c.Fetch(b.Context(), key, 4, filled("body", new(atomic.Int32)))
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.Get(key)
		}
	})
}

func BenchmarkCache_Fill(b *testing.B) {
	c := newTestCache(b, func(cfg *Config) { cfg.MaxBytes = 64 << 20 })
	var key []byte
	n := 0
	b.ReportAllocs()
	b.SetBytes(100 << 10)
	for b.Loop() {
		n++
		key = fmt.Appendf(key[:0], "key/%d", n)
		if _, _, err := c.Fetch(b.Context(), key, 100<<10, func(_ context.Context, dst []byte) ([]byte, error) { return dst[:cap(dst)], nil }); err != nil {
			b.Fatal(err)
		}
	}
}
