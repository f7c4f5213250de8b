package cache

import (
	"context"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"
)

// Group joins concurrent calls for one key into one run of a function. The run belongs to no caller: it has a deadline
// of its own and goes on when all callers have left. A run that panics ends with a [*PanicError] for all of them.
// The stack is in the error of the caller who started the run only, so that it is logged once. Results are not kept.
// Safe for concurrent use.
type Group[K comparable, V any] struct {
	// retain and release take and give back a hold of a value, for each caller who gets it and for the run itself.
	// Nil when values are not held.
	retain, release func(V)

	base    context.Context // ended by Close
	cancel  context.CancelFunc
	timeout time.Duration

	mu      sync.Mutex
	calls   map[K]*call[V]
	closed  bool
	running sync.WaitGroup
}

// call is one run. Its result may be read when done is closed.
type call[V any] struct {
	users atomic.Int32 // the run and those who wait for it
	done  chan struct{}
	value V
	err   error
}

// NewGroup returns a group whose runs last at most timeout. Close ends it.
func NewGroup[K comparable, V any](timeout time.Duration) *Group[K, V] {
	base, cancel := context.WithCancel(context.Background())
	return &Group[K, V]{base: base, cancel: cancel, timeout: timeout, calls: map[K]*call[V]{}}
}

// newHoldingGroup returns a group whose values are held: a run returns a value with one hold, which the group gives back
// with release when the run has ended and nobody waits for it any more. Each caller who gets the value holds it too.
func newHoldingGroup[K comparable, V any](timeout time.Duration, retain, release func(V)) *Group[K, V] {
	g := NewGroup[K, V](timeout)
	g.retain, g.release = retain, release
	return g
}

// Do returns the result of run for key. When a run for key is under way, its result is shared and joined is true. ctx
// bounds only this caller's waiting; its error is returned when it ends first. After Close the error is ErrClosed.
func (g *Group[K, V]) Do(ctx context.Context, key K, run func(context.Context) (V, error)) (value V, joined bool, err error) {
	c, joined, err := g.join(key, run)
	if err != nil {
		return value, false, err
	}
	defer g.leave(c)
	select {
	case <-c.done:
		if c.err == nil && g.retain != nil {
			g.retain(c.value)
		}
		if joined {
			return c.value, joined, withoutStack(c.err)
		}
		return c.value, joined, c.err
	case <-ctx.Done():
		return value, joined, ctx.Err()
	}
}

// join finds the call under way for key, or starts one.
func (g *Group[K, V]) join(key K, run func(context.Context) (V, error)) (c *call[V], joined bool, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, false, ErrClosed
	}
	if c, ok := g.calls[key]; ok {
		c.users.Add(1)
		return c, true, nil
	}
	c = g.start(key, run)
	c.users.Add(1)
	return c, false, nil
}

// Start starts a run for key that nobody waits for, unless one is under way or the group is closed, and reports whether
// it did. Callers of Do may join it.
func (g *Group[K, V]) Start(key K, run func(context.Context) (V, error)) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if _, ok := g.calls[key]; ok || g.closed {
		return false
	}
	g.start(key, run)
	return true
}

// start starts a run. The caller holds mu.
func (g *Group[K, V]) start(key K, run func(context.Context) (V, error)) *call[V] {
	c := &call[V]{done: make(chan struct{})}
	c.users.Store(1)
	g.calls[key] = c
	g.running.Go(func() { g.run(key, c, run) })
	return c
}

// leave says that the run, or one who waited for it, needs the value no more, beyond what it has retained.
func (g *Group[K, V]) leave(c *call[V]) {
	if c.users.Add(-1) == 0 && c.err == nil && g.release != nil {
		g.release(c.value)
	}
}

func (g *Group[K, V]) run(key K, c *call[V], run func(context.Context) (V, error)) {
	ctx, cancel := context.WithTimeout(g.base, g.timeout)
	defer cancel()
	returned := false
	defer func() {
		if !returned {
			c.err = &PanicError{Value: recover(), Stack: debug.Stack()}
		}
		g.forget(key, c)
		g.leave(c) // before its callers go on, so that what they release then is free at once
		close(c.done)
	}()
	c.value, c.err = run(ctx)
	returned = true
}

// withoutStack returns err without the stack of a panic of the run.
func withoutStack(err error) error {
	if panicked, ok := err.(*PanicError); ok {
		return &PanicError{Value: panicked.Value}
	}
	return err
}

// forget removes c unless another call has taken its place.
func (g *Group[K, V]) forget(key K, c *call[V]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.calls[key] == c {
		delete(g.calls, key)
	}
}

// Forget makes the next Do for key start a run of its own, even when one is under way. Those who wait for the old run
// still get its result.
func (g *Group[K, V]) Forget(key K) {
	g.mu.Lock()
	defer g.mu.Unlock()
	delete(g.calls, key)
}

// Close cancels the runs under way and waits for them.
func (g *Group[K, V]) Close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.cancel()
	g.running.Wait()
}
