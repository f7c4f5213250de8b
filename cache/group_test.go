package cache

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func newTestGroup(t *testing.T, timeout time.Duration) *Group[string, int] {
	g := NewGroup[string, int](timeout)
	t.Cleanup(g.Close)
	return g
}

func TestGroup_JoinsConcurrentCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTestGroup(t, time.Minute)
		var runs, joins atomic.Int32
		release := make(chan struct{})
		for range 50 {
			go func() {
				value, joined, err := g.Do(t.Context(), "k", func(context.Context) (int, error) {
					runs.Add(1)
					<-release
					return 7, nil
				})
				if value != 7 || err != nil {
					t.Errorf("got %d, %v", value, err)
				}
				if joined {
					joins.Add(1)
				}
			}()
		}
		synctest.Wait()
		close(release)
		synctest.Wait()
		if runs.Load() != 1 || joins.Load() != 49 {
			t.Errorf("%d runs, %d joins", runs.Load(), joins.Load())
		}
	})
}

func TestGroup_RunOutlivesItsCallers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTestGroup(t, time.Minute)
		ctx, leave := context.WithCancel(t.Context())
		release := make(chan struct{})
		run := func(ctx context.Context) (int, error) {
			select {
			case <-release:
				return 7, nil
			case <-ctx.Done():
				return 0, ctx.Err()
			}
		}
		go g.Do(ctx, "k", run)
		synctest.Wait()
		var got atomic.Int32
		go func() {
			value, _, _ := g.Do(t.Context(), "k", run)
			got.Store(int32(value))
		}()
		synctest.Wait()
		leave()
		synctest.Wait()
		close(release)
		synctest.Wait()
		if got.Load() != 7 {
			t.Errorf("the one who stayed got %d", got.Load())
		}
	})
}

func TestGroup_CallerLeavesAtItsDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTestGroup(t, time.Minute)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, _, err := g.Do(ctx, "k", func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestGroup_RunHasADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTestGroup(t, 3*time.Second)
		start := time.Now()
		_, _, err := g.Do(t.Context(), "k", func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, ctx.Err() })
		if !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != 3*time.Second {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

func TestGroup_PanicReachesAllAsError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTestGroup(t, time.Minute)
		release := make(chan struct{})
		var stacks atomic.Int32
		for range 3 {
			go func() {
				_, _, err := g.Do(t.Context(), "k", func(context.Context) (int, error) { <-release; panic("boom") })
				var panicked *PanicError
				if !errors.As(err, &panicked) || panicked.Value != "boom" {
					t.Errorf("got %v", err)
					return
				}
				if strings.Contains(string(panicked.Stack), "group_test.go") {
					stacks.Add(1)
				}
			}()
		}
		synctest.Wait()
		close(release)
		synctest.Wait()
		if stacks.Load() != 1 {
			t.Errorf("%d callers got the stack", stacks.Load())
		}
	})
}

func TestGroup_GoexitIsAnErrorToo(t *testing.T) {
	g := newTestGroup(t, time.Minute)
	_, _, err := g.Do(t.Context(), "k", func(context.Context) (int, error) { runtime.Goexit(); return 1, nil })
	var panicked *PanicError
	if !errors.As(err, &panicked) {
		t.Errorf("got %v", err)
	}
}

func TestGroup_ForgetStartsAnotherRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newTestGroup(t, time.Minute)
		release := make(chan struct{})
		var old atomic.Int32
		go func() {
			value, _, _ := g.Do(t.Context(), "k", func(context.Context) (int, error) { <-release; return 1, nil })
			old.Store(int32(value))
		}()
		synctest.Wait()
		g.Forget("k")
		value, joined, err := g.Do(t.Context(), "k", func(context.Context) (int, error) { return 2, nil })
		if value != 2 || joined || err != nil {
			t.Errorf("got %d, joined %t, %v", value, joined, err)
		}
		close(release)
		synctest.Wait()
		if old.Load() != 1 {
			t.Errorf("the old run's caller got %d", old.Load())
		}
	})
}

func TestGroup_CloseCancelsAndWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGroup[string, int](time.Hour)
		ended := false
		go g.Do(t.Context(), "k", func(ctx context.Context) (int, error) {
			<-ctx.Done()
			ended = true
			return 0, ctx.Err()
		})
		synctest.Wait()
		g.Close()
		if !ended {
			t.Error("Close returned before the run")
		}
		if _, _, err := g.Do(t.Context(), "k", nil); !errors.Is(err, ErrClosed) {
			t.Errorf("after Close: %v", err)
		}
	})
}
