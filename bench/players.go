package bench

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"headwater/bench/measure"
	"headwater/bench/traffic"
)

// arrivalsPurpose tells the random numbers of arrivals from those of viewers.
const arrivalsPurpose = 1 << 41

// playerLoad lets viewers come, and waits for all of them.
func (r *run) playerLoad(ctx context.Context) {
	var random *rand.Rand
	if !r.cfg.EvenArrivals {
		random = traffic.Stream(r.cfg.Seed, arrivalsPurpose)
	}
	arrivals := traffic.NewArrivals(r.cfg.Arrivals, r.cfg.WarmUp+r.cfg.Duration, random)
	var wg sync.WaitGroup
	defer wg.Wait()
	for {
		next, ok := arrivals.Next()
		if !ok || !sleep(ctx, next.At-r.pool.Now()) {
			return
		}
		if int(r.players.Load()) >= r.room() {
			r.recorder.Session(func(p *measure.Play) { p.TurnedAway++ })
			continue
		}
		r.enter()
		wg.Go(func() {
			defer r.players.Add(-1)
			r.viewer(ctx, next)
		})
	}
}

// room returns how many players there may be.
func (r *run) room() int {
	return min(r.cfg.MaxPlayers, max(r.cfg.MaxConnections/r.cfg.PlayerConnections, 1))
}

func (r *run) enter() {
	now := r.players.Add(1)
	for most := r.most.Load(); now > most && !r.most.CompareAndSwap(most, now); most = r.most.Load() {
	}
}

// viewer is one viewer with all their sessions. What they decide depends on the seed and their number alone.
func (r *run) viewer(ctx context.Context, a traffic.Arrival) {
	random := traffic.Stream(r.cfg.Seed, uint64(a.Viewer))
	leaves := time.Duration(0)
	if a.Stays > 0 {
		leaves = a.At + a.Stays
	}
	for {
		plan := r.plan(random)
		r.session(ctx, a.Viewer, plan, leaves)
		pause := r.cfg.Behaviour.Pause(random)
		if leaves == 0 || r.pool.Now()+pause >= leaves || !sleep(ctx, pause) {
			return
		}
	}
}

// sleep waits; false when ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
