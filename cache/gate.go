package cache

import (
	"context"
	"fmt"
)

// Gate bounds work: how much runs at a time and how much waits for its turn. Safe for concurrent use.
type Gate struct {
	admitted chan struct{} // one for each that waits or runs
	running  chan struct{} // one for each that runs
}

// NewGate returns a gate through which running (1 or more) may be at a time, while waiting (0 or more) wait.
func NewGate(running, waiting int) *Gate {
	return &Gate{
		admitted: make(chan struct{}, running+waiting),
		running:  make(chan struct{}, running),
	}
}

// Enter waits for a turn; Leave gives it back. It fails at once with [ErrOverloaded] when too many wait, and when ctx
// ends before the turn comes.
func (g *Gate) Enter(ctx context.Context) error {
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

// TryEnter takes a turn that is free now, unless half of all are taken: nobody waits for what it is for, and somebody may
// come who does.
func (g *Gate) TryEnter() bool {
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

// Leave gives back a turn that was taken.
func (g *Gate) Leave() {
	<-g.running
	<-g.admitted
}

// Count returns how many run and how many wait.
func (g *Gate) Count() (running, waiting int) {
	running = len(g.running)
	return running, max(len(g.admitted)-running, 0)
}
