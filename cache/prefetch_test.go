package cache

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"testing"
)

// await lets other goroutines run until the condition holds.
func await(condition func() bool) {
	for !condition() {
		runtime.Gosched()
	}
}

func TestCache_PrefetchIsUsedLater(t *testing.T) {
	c := newTestCache(t, nil)
	var runs atomic.Int32
	if !c.Prefetch([]byte("k"), 4, filled("body", &runs)) {
		t.Fatal("not started")
	}
	await(func() bool { return c.Stats().Fills == 0 && c.Stats().Bytes > 0 })
	if c.Prefetch([]byte("k"), 4, filled("body", &runs)) {
		t.Error("started for what is held")
	}
	for i := range 2 {
		e, ok := c.Get([]byte("k"))
		if !ok {
			t.Fatal("it is not there")
		}
		if leads := e.TakeLead(); leads != (i == 0) {
			t.Errorf("use %d leads: %t", i, leads)
		}
		if bodyOf(e) != "body" {
			t.Error("it is another")
		}
	}
	s := c.Stats()
	if s.Prefetches != 1 || s.PrefetchHits != 1 || s.PrefetchErrors != 0 || s.Hits != 2 || s.Misses != 0 || runs.Load() != 1 {
		t.Errorf("%d fills, stats %+v", runs.Load(), s)
	}
}

func TestCache_PrefetchIsJoined(t *testing.T) {
	c := newTestCache(t, nil)
	release := make(chan struct{})
	fill := func(_ context.Context, dst []byte) ([]byte, error) {
		<-release
		return append(dst, "body"...), nil
	}
	if !c.Prefetch([]byte("k"), 4, fill) {
		t.Fatal("not started")
	}
	if c.Prefetch([]byte("k"), 4, fill) {
		t.Error("started twice")
	}
	got := make(chan *Entry)
	go func() {
		e, outcome, err := c.Fetch(t.Context(), []byte("k"), 4, fill)
		if err != nil || outcome != Join {
			t.Errorf("got %v, %v", outcome, err)
		}
		got <- e
	}()
	await(func() bool {
		c.fills.mu.Lock()
		defer c.fills.mu.Unlock()
		return c.fills.calls["k"].users.Load() == 2
	})
	close(release)
	if bodyOf(<-got) != "body" {
		t.Error("another body")
	}
	if s := c.Stats(); s.PrefetchHits != 1 || s.Joins != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestCache_PrefetchTakesOnlyFreeTurns(t *testing.T) {
	c := newTestCache(t, func(cfg *Config) { cfg.MaxFills = 1 })
	release := make(chan struct{})
	c.Prefetch([]byte("running"), 4, func(_ context.Context, dst []byte) ([]byte, error) { <-release; return dst, nil })
	if c.Prefetch([]byte("k"), 4, nil) {
		t.Error("started without a turn")
	}
	if s := c.Stats(); s.Fills != 1 || s.Queued != 0 {
		t.Errorf("stats %+v", s)
	}
	close(release)
	await(func() bool { return c.Stats().Fills == 0 })
	if c.Prefetch([]byte("large"), 9<<20, nil) {
		t.Error("started what cannot be kept")
	}
}

// TestCache_PrefetchLeavesTurns prefetches as much as possible: half of the turns stay for those who wait.
func TestCache_PrefetchLeavesTurns(t *testing.T) {
	c := newTestCache(t, func(cfg *Config) { cfg.MaxFills, cfg.MaxQueuedFills = 5, 0 })
	release := make(chan struct{})
	stuck := func(_ context.Context, dst []byte) ([]byte, error) { <-release; return append(dst, "body"...), nil }
	started := 0
	for i := range 10 {
		if c.Prefetch([]byte{byte(i)}, 4, stuck) {
			started++
		}
	}
	if started != 3 {
		t.Errorf("%d of 5 turns are taken", started)
	}
	if e, _, err := c.Fetch(t.Context(), []byte("k"), 4, filled("body", new(atomic.Int32))); err != nil {
		t.Error(err)
	} else {
		e.Release()
	}
	close(release)
	await(func() bool { return c.Stats().Fills == 0 })
}

func TestCache_FailedPrefetchIsCounted(t *testing.T) {
	c := newTestCache(t, nil)
	for i, fill := range []Fill{
		func(context.Context, []byte) ([]byte, error) { return nil, errors.New("broken") },
		func(context.Context, []byte) ([]byte, error) { panic("boom") },
	} {
		c.Prefetch([]byte{byte(i)}, 4, fill)
		await(func() bool { return c.Stats().Fills == 0 })
		if s := c.Stats(); s.PrefetchErrors != uint64(i+1) || s.Errors != 0 {
			t.Errorf("stats %+v", s)
		}
	}
}
