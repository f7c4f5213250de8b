package bench

import (
	"context"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"headwater/bench/fetch"
	"headwater/bench/measure"
	"headwater/bench/traffic"
)

// order is a request that is due.
type order struct {
	due    time.Duration
	target *fetch.Target
}

// openLoop is the state of mode Rate.
type openLoop struct {
	orders chan order
	idle   atomic.Int64
	lanes  int
	unsent int64
	slip   measure.Histogram // how late orders were given; of the measurement alone
}

// Purposes of random numbers.
const (
	ordersPurpose = 1<<41 + 1
	loopsPurpose  = 1 << 42 // plus the number of the loop
)

// patience is how much of the orders may wait for a connection before more are given up.
const patience = 10 * time.Second

// openLoad gives an order at each of the evenly distributed moments, whatever has become of the ones before. There are as
// many lanes as are needed to send at once, up to MaxConnections.
func (r *run) openLoad(ctx context.Context, c *catalogue) {
	interval := time.Duration(float64(time.Second) / r.cfg.RequestsPerSecond)
	waiting := min(max(int(r.cfg.RequestsPerSecond*patience.Seconds()), 100), 1_000_000)
	r.open.orders = make(chan order, waiting)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer close(r.open.orders)
	random := traffic.Stream(r.cfg.Seed, ordersPurpose)
	draw := c.drawer(r.cfg.Zipf)
	begun := r.pool.Now()
	for n := time.Duration(0); ; n++ {
		due := begun + n*interval
		if wait := due - r.pool.Now(); wait > 0 && !sleep(ctx, wait) || ctx.Err() != nil {
			return
		}
		if r.measuring.Load() {
			r.open.slip.Record(r.pool.Now() - due)
		}
		r.give(&wg, order{due, draw(random)})
	}
}

// give hands an order to an idle lane, to a new one, or to the queue.
func (r *run) give(wg *sync.WaitGroup, o order) {
	if len(r.open.orders) >= int(r.open.idle.Load()) && r.open.lanes < r.cfg.MaxConnections {
		n := r.open.lanes
		r.open.lanes++
		wg.Go(func() { r.serve(n) })
	}
	select {
	case r.open.orders <- o:
	default:
		if r.measuring.Load() {
			r.open.unsent++
		}
	}
}

// serve carries out orders over one lane.
func (r *run) serve(n int) {
	lane := r.pool.Lane(n)
	defer lane.Close()
	for {
		r.open.idle.Add(1)
		o, ok := <-r.open.orders
		r.open.idle.Add(-1)
		if !ok {
			return
		}
		_, _ = lane.Fetch(o.target, fetch.Options{Due: o.due}) // faults are recorded
	}
}

// drawer returns how to draw a target: an entry by popularity, and one of its targets.
func (c *catalogue) drawer(zipf float64) func(random *rand.Rand) *fetch.Target {
	ranks := traffic.NewZipf(len(c.targets), zipf)
	return func(random *rand.Rand) *fetch.Target {
		of := c.targets[ranks.Draw(random)]
		return of[random.IntN(len(of))]
	}
}
