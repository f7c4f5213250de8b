package cache

import (
	"context"
	"fmt"
)

// gate bounds the fills: those that run and those that wait.
type gate struct {
	admitted chan struct{} // one for each fill that waits or runs
	running  chan struct{} // one for each fill that runs
}

func newGate(c Config) *gate {
	return &gate{
		admitted: make(chan struct{}, c.MaxFills+c.MaxQueuedFills),
		running:  make(chan struct{}, c.MaxFills),
	}
}

// enter waits for a turn; leave gives it back. It fails at once with ErrOverloaded when the queue is full, and when ctx
// ends before the turn comes.
func (g *gate) enter(ctx context.Context) error {
	select {
	case g.admitted <- struct{}{}:
	default:
		return ErrOverloaded
	}
	select {
	case g.running <- struct{}{}:
		return nil
	case <-ctx.Done():
		<-g.admitted
		return fmt.Errorf("%w: no turn: %w", ErrOverloaded, ctx.Err())
	}
}

// tryEnter takes a turn that is free now, unless half of all are taken: nobody waits for what it is for, and somebody may
// come who does.
func (g *gate) tryEnter() bool {
	if 2*len(g.running) >= cap(g.running) {
		return false
	}
	select {
	case g.admitted <- struct{}{}:
	default:
		return false
	}
	select {
	case g.running <- struct{}{}:
		return true
	default:
		<-g.admitted
		return false
	}
}

func (g *gate) leave() {
	<-g.running
	<-g.admitted
}

// count returns how many fills run and how many wait.
func (g *gate) count() (running, waiting int) {
	running = len(g.running)
	return running, max(len(g.admitted)-running, 0)
}
