package cache

import (
	"context"
	"fmt"
	"sync/atomic"

	"golang.org/x/sync/semaphore"
)

// gate bounds the fills: those that run, those that wait, and the bytes that the running ones hold.
type gate struct {
	admitted chan struct{} // one for each fill that waits or runs
	running  chan struct{} // one for each fill that runs
	bytes    *semaphore.Weighted
	maxBytes int64
	held     atomic.Int64 // bytes of running fills
}

func newGate(c Config) *gate {
	return &gate{
		admitted: make(chan struct{}, c.MaxFills+c.MaxQueuedFills),
		running:  make(chan struct{}, c.MaxFills),
		bytes:    semaphore.NewWeighted(c.MaxFillBytes),
		maxBytes: c.MaxFillBytes,
	}
}

// enter waits for a turn to fill sizeBytes and returns the function that gives it back. It fails at once with
// ErrOverloaded when the queue is full, and when ctx ends before the turn comes.
func (g *gate) enter(ctx context.Context, sizeBytes int64) (leave func(), err error) {
	select {
	case g.admitted <- struct{}{}:
	default:
		return nil, ErrOverloaded
	}
	select {
	case g.running <- struct{}{}:
	case <-ctx.Done():
		<-g.admitted
		return nil, fmt.Errorf("%w: no turn: %w", ErrOverloaded, ctx.Err())
	}
	sizeBytes = min(sizeBytes, g.maxBytes)
	if err := g.bytes.Acquire(ctx, sizeBytes); err != nil {
		<-g.running
		<-g.admitted
		return nil, fmt.Errorf("%w: no memory for %d bytes: %w", ErrOverloaded, sizeBytes, err)
	}
	g.held.Add(sizeBytes)
	return func() {
		g.held.Add(-sizeBytes)
		g.bytes.Release(sizeBytes)
		<-g.running
		<-g.admitted
	}, nil
}
