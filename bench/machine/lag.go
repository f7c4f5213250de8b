package machine

import (
	"context"
	"time"
)

// lagEvery is how often timers are tried.
const lagEvery = 10 * time.Millisecond

// WatchLag calls record with how late a timer was, a hundred times a second, until ctx ends. A process that is starved of
// processor time is late with everything, and what it measures of others is too long by as much.
func WatchLag(ctx context.Context, record func(late time.Duration)) {
	timer := time.NewTimer(lagEvery)
	defer timer.Stop()
	for due := time.Now().Add(lagEvery); ; due = time.Now().Add(lagEvery) {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			record(time.Since(due))
			timer.Reset(lagEvery)
		}
	}
}
