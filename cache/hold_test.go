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
)

func TestEntry_TooManyReleasesPanic(t *testing.T) {
	c := newTestCache(t, nil)
	e := mustFetch(t, c, "k", 10)
	c.Close()
	e.Release()
	f := func(misuse func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Error("no panic")
			}
		}()
		misuse()
	}
	f(func() { e.Release() })
	f(func() { e.Body() })
	if e.tryRetain() {
		t.Error("a released entry can be held again")
	}
}

func TestEntry_StaysWhileHeldAfterEviction(t *testing.T) {
	c := newTestCache(t, nil)
	var runs atomic.Int32
	text := strings.Repeat("x", 1<<20)
	e, _, err := c.Fetch(t.Context(), []byte("held"), 1<<20, filled(text, &runs))
	if err != nil {
		t.Fatal(err)
	}
	c.store.drop(func(e *Entry) bool { return e.key == "held" })
	if _, ok := c.Get([]byte("held")); ok {
		t.Error("it is still kept")
	}
	if s := c.Stats(); s.HeldBytes != 1<<20 || s.EntryBytes != 0 {
		t.Errorf("stats %+v", s)
	}
	if bodyOf(e) != text {
		t.Error("the body changed")
	}
	if s := c.Stats(); s.HeldBytes != 0 || s.MappedBytes != 1<<20 {
		t.Errorf("stats %+v", s)
	}
}

// TestCache_FailedFillsLeaveNoMemory ends fills in every way that there is; newTestCache looks for what is left.
func TestCache_FailedFillsLeaveNoMemory(t *testing.T) {
	c := newTestCache(t, func(cfg *Config) { cfg.FillTimeout = 20 * time.Millisecond })
	late, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	f := func(name string, ctx context.Context, fill Fill) {
		if _, _, err := c.Fetch(ctx, []byte(name), 100_000, fill); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	f("error", t.Context(), func(_ context.Context, dst []byte) ([]byte, error) { return dst, errors.New("broken") })
	f("panic", t.Context(), func(context.Context, []byte) ([]byte, error) { panic("boom") })
	f("exit", t.Context(), func(context.Context, []byte) ([]byte, error) { runtime.Goexit(); return nil, nil })
	f("timeout", t.Context(), func(ctx context.Context, _ []byte) ([]byte, error) { <-ctx.Done(); return nil, ctx.Err() })
	f("left", late, func(ctx context.Context, dst []byte) ([]byte, error) { <-ctx.Done(); return dst[:10], nil })
	f("large", t.Context(), func(context.Context, []byte) ([]byte, error) { return make([]byte, 20<<20), nil })
	if s := c.Stats(); s.FillBytes > 131072 || s.Bypasses != 1 {
		t.Errorf("stats %+v", s)
	}
}

// TestCache_DroppedSetLeavesNoMemory: a closed store drops what it is given, like a flooded one.
func TestCache_DroppedSetLeavesNoMemory(t *testing.T) {
	c := newTestCache(t, nil)
	c.store.close()
	e := mustFetch(t, c, "k", 1000)
	if s := c.Stats(); s.Rejections != 1 || s.EntryBytes != 0 || s.HeldBytes != 1024 {
		t.Errorf("stats %+v", s)
	}
	e.Release()
}

func TestCache_CloseDuringFillLeavesNoMemory(t *testing.T) {
	c := newTestCache(t, nil)
	started := make(chan struct{})
	var waiting sync.WaitGroup
	for range 10 {
		waiting.Go(func() {
			e, _, err := c.Fetch(t.Context(), []byte("k"), 100, func(ctx context.Context, dst []byte) ([]byte, error) {
				close(started)
				<-ctx.Done()
				return dst[:100], nil // in spite of that
			})
			if err == nil {
				e.Release()
			}
		})
	}
	<-started
	c.Close()
	waiting.Wait()
}

func TestCache_EveryJoinedCallerHolds(t *testing.T) {
	c := newTestCache(t, nil)
	release := make(chan struct{})
	fill := func(_ context.Context, dst []byte) ([]byte, error) {
		<-release
		return append(dst, "body"...), nil
	}
	impatient, leave := context.WithCancel(t.Context())
	entries := make(chan *Entry, 20)
	var stayed, left sync.WaitGroup
	for range 20 {
		stayed.Go(func() {
			e, _, err := c.Fetch(t.Context(), []byte("k"), 4, fill)
			if err != nil {
				t.Error(err)
				return
			}
			entries <- e
		})
		left.Go(func() {
			if e, _, err := c.Fetch(impatient, []byte("k"), 4, fill); err == nil {
				e.Release()
			}
		})
	}
	leave()
	left.Wait()
	close(release)
	stayed.Wait()
	close(entries)
	e := <-entries
	if refs := e.refs.Load(); refs != 21 { // the store's one too
		t.Errorf("%d holds", refs)
	}
	c.store.drop(func(*Entry) bool { return true })
	for other := range entries {
		other.Release()
	}
	if bodyOf(e) != "body" || e.tryRetain() {
		t.Error("the last holder was not the last")
	}
}

func TestCache_BodiesMoveToSlabsOfTheirSize(t *testing.T) {
	c := newTestCache(t, nil)
	f := func(name string, announced int64, body []byte, wantSize int, fill Fill) {
		t.Helper()
		e, _, err := c.Fetch(t.Context(), []byte(name), announced, fill)
		if err != nil {
			t.Fatal(err)
		}
		defer e.Release()
		if !bytes.Equal(e.Body(), body) || e.slab.Size() != wantSize || cap(e.Body()) != len(body) {
			t.Errorf("%s: %d bytes in %d", name, len(e.Body()), e.slab.Size())
		}
	}
	text := bytes.Repeat([]byte("manifest"), 1250) // 10,000 bytes
	appended := func(_ context.Context, dst []byte) ([]byte, error) { return append(dst, text...), nil }
	f("exact", 10_000, text, 10_240, appended)
	f("outgrown", 4096, text, 10_240, appended)
	f("a little too large", 12_000, text, 12_288, appended)
	f("far too large", 100_000, text, 10_240, appended)
	f("negative", -1, text, 10_240, appended)
	f("foreign", 10_000, text, 10_240, func(context.Context, []byte) ([]byte, error) { return text, nil })
	f("not at the start", 10_240, text[8:], 10_240, func(_ context.Context, dst []byte) ([]byte, error) {
		return append(dst, text...)[8:], nil
	})
	f("empty", 10_000, nil, 1024, func(_ context.Context, dst []byte) ([]byte, error) { return dst, nil })
	f("nil", 10_000, nil, 1024, func(context.Context, []byte) ([]byte, error) { return nil, nil })
}

// TestCache_HeldMemoryIsWithinTheBound lets slow readers hold more and more: in the end nothing is buffered any more,
// and all of it comes back.
func TestCache_HeldMemoryIsWithinTheBound(t *testing.T) {
	c := newTestCache(t, nil)
	var held []*Entry
	for i := 0; ; i++ {
		e, outcome, err := c.Fetch(t.Context(), fmt.Append(nil, i), 500_000, sized(500_000))
		if err != nil {
			if !errors.Is(err, ErrNoRoom) || outcome != Bypass {
				t.Errorf("got %v, %v", outcome, err)
			}
			break
		}
		held = append(held, e)
		if s := c.Stats(); s.MappedBytes > s.MaxBytes || s.EntryBytes+s.HeldBytes+s.FillBytes > s.MappedBytes {
			t.Fatalf("stats %+v", s)
		}
	}
	if len(held) != 16 {
		t.Errorf("%d bodies of 0.5 MiB held in 8 MiB", len(held))
	}
	for _, e := range held {
		e.Release()
	}
	mustFetch(t, c, "again", 500_000).Release()
}

// TestCache_SmallEntriesDoNotBarLargeOnes: memory shared by small entries, of which many have gone, must not be lost to
// large ones for good.
func TestCache_SmallEntriesDoNotBarLargeOnes(t *testing.T) {
	c := newTestCache(t, func(cfg *Config) { cfg.MaxBytes = 2 << 20 })
	for i := range 1500 {
		mustFetch(t, c, fmt.Sprintf("small/%d", i), 1024).Release()
	}
	random := rand.New(rand.NewPCG(1, 1))
	c.store.drop(func(*Entry) bool { return random.IntN(3) > 0 })
	if holes := c.pool.Stats().HoleBytes(); holes < c.sweepHoles {
		t.Fatalf("only %d bytes of holes", holes)
	}
	for i := range 10 {
		mustFetch(t, c, fmt.Sprintf("large/%d", i), 400_000).Release()
	}
}

func TestCache_HitDoesNotAllocate(t *testing.T) {
	c := newTestCache(t, nil)
	key := []byte("/v/some-asset/cmaf1/some-track/6s1/123.m4s")
	mustFetch(t, c, string(key), 100).Release()
	allocs := testing.AllocsPerRun(1000, func() {
		e, ok := c.Get(key)
		if !ok || len(e.Body()) != 100 {
			t.Fatal("lost")
		}
		e.Release()
	})
	if allocs >= 1 { // the store's buffer of lookups is renewed once in 64
		t.Errorf("%v allocations", allocs)
	}
}

// TestCache_SlowReadersDoNotFreezeIt has readers of bodies that the store has let go of take all room that it leaves
// free, and more. What is asked for often is kept all the same, in the place of entries.
func TestCache_SlowReadersDoNotFreezeIt(t *testing.T) {
	c := newTestCache(t, nil)
	const size = 1 << 19
	var held []*Entry
	for i := range 12 { // the reserve is 2 MiB of 8
		held = append(held, mustFetch(t, c, fmt.Sprint("slow/", i), size))
		c.store.drop(func(e *Entry) bool { return strings.HasPrefix(e.key, "slow/") })
		if i < 8 {
			ask(t, c, fmt.Sprint("old/", i), size)
		}
	}
	kept := 0
	for i := range 4 {
		key := fmt.Sprint("popular/", i)
		for range 8 {
			ask(t, c, key, size)
		}
		if e, ok := c.Get([]byte(key)); ok {
			kept++
			e.Release()
		}
	}
	s := c.Stats()
	if kept == 0 || s.MappedBytes > s.MaxBytes || s.HeldBytes < 4<<20 {
		t.Errorf("%d of 4 kept, stats %+v", kept, s)
	}
	for _, e := range held {
		e.Release()
	}
	for i := range 4 {
		ask(t, c, fmt.Sprint("popular/", i), size)
	}
	if s := c.Stats(); s.HeldBytes != 0 || s.FillBytes != 0 {
		t.Errorf("at rest: stats %+v", s)
	}
}

// ask does what a viewer's request does.
func ask(t *testing.T, c *Cache, key string, size int) {
	t.Helper()
	e, ok := c.Get([]byte(key))
	if !ok {
		var err error
		e, _, err = c.Fetch(t.Context(), []byte(key), int64(size), sized(size))
		if errors.Is(err, ErrNoRoom) {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	e.Release()
}

// TestCache_UnderLoad hammers few keys in a cache too small for them. Every caller holds what it got for a while, and
// the bodies stay those of their keys, within the bound.
func TestCache_UnderLoad(t *testing.T) {
	c := newTestCache(t, func(cfg *Config) { cfg.MaxBytes = 4 << 20 })
	sizes := []int{2000, 40_000, 64 << 10, 300_000}
	var answered, noRoom atomic.Uint64
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(1, uint64(worker)))
			var held []*Entry
			for range 400 {
				n := random.IntN(64)
				e, err := loadOne(t, c, n, sizes[n%len(sizes)])
				switch {
				case errors.Is(err, ErrNoRoom):
					noRoom.Add(1)
				case err != nil:
					t.Error(err)
				default:
					held = append(held, e)
				}
				answered.Add(1)
				for len(held) > 4 {
					releaseOne(t, held[0])
					held = held[1:]
				}
			}
			for _, e := range held {
				releaseOne(t, e)
			}
		})
	}
	all.Wait()
	s := c.Stats()
	if s.MappedBytes > s.MaxBytes || s.Hits+s.Misses+s.Joins+s.Bypasses != answered.Load() || s.Bypasses != noRoom.Load() {
		t.Errorf("%d lookups, stats %+v", answered.Load(), s)
	}
	if s.Evictions+s.Rejections == 0 || s.Hits == 0 || s.HeldBytes != 0 || s.FillBytes != 0 {
		t.Errorf("stats %+v", s)
	}
}

func loadOne(t *testing.T, c *Cache, n, size int) (*Entry, error) {
	key := fmt.Appendf(nil, "key/%d", n)
	if e, ok := c.Get(key); ok {
		return e, nil
	}
	e, _, err := c.Fetch(t.Context(), key, int64(size), func(_ context.Context, dst []byte) ([]byte, error) {
		return append(append(dst, byte(n)), bytes.Repeat([]byte{byte(n)}, size-1)...), nil
	})
	return e, err
}

func releaseOne(t *testing.T, e *Entry) {
	body := e.Body()
	if bytes.Count(body, body[:1]) != len(body) || e.key != fmt.Sprintf("key/%d", body[0]) {
		t.Errorf("%s has another body", e.key)
	}
	e.Release()
}
