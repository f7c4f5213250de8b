package bench

import (
	"context"
	"sync"
	"time"

	"headwater/bench/fetch"
	"headwater/bench/traffic"
)

// afterFault keeps a loop from spinning on a server that answers nothing but faults at once.
const afterFault = 10 * time.Millisecond

// closedLoad keeps loops running that ask again as soon as they have an answer.
func (r *run) closedLoad(ctx context.Context, c *catalogue) {
	draw := c.drawer(r.cfg.Zipf)
	var wg sync.WaitGroup
	for n := range r.cfg.Connections {
		wg.Go(func() {
			lane := r.pool.Lane(n)
			defer lane.Close()
			random := traffic.Stream(r.cfg.Seed, loopsPurpose+uint64(n))
			for ctx.Err() == nil {
				if _, err := lane.Fetch(draw(random), fetch.Options{}); err != nil {
					sleep(ctx, afterFault)
				}
			}
		})
	}
	wg.Wait()
}
