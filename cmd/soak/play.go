package main

import (
	"context"
	"time"

	"golang.org/x/sync/errgroup"
)

// load is everything that clients do. It returns when the load tests have ended and everybody else has left.
func (s *soak) load(ctx context.Context) error {
	s.began = time.Now()
	group, ctx := errgroup.WithContext(ctx)
	crowds, disperse := context.WithCancel(ctx)
	defer disperse()
	played := make(chan struct{})
	group.Go(func() error {
		defer disperse()
		defer close(played)
		return s.play(ctx)
	})
	for _, sub := range s.subjects {
		group.Go(func() error { sub.crowd.run(crowds); return nil })
		group.Go(func() error { return s.watch(crowds, sub) })
	}
	group.Go(func() error { return s.idleThrough(ctx, played) })
	return group.Wait()
}

// play runs all load tests side by side.
func (s *soak) play(ctx context.Context) error {
	group, ctx := errgroup.WithContext(ctx)
	for _, sub := range s.subjects {
		configs, err := s.catalogue.loads(sub.server, sub.viewers, s.speed, s.time)
		if err != nil {
			return err
		}
		for name, cfg := range configs {
			group.Go(func() error {
				l, err := runLoad(ctx, sub.server, name, cfg)
				s.mu.Lock()
				defer s.mu.Unlock()
				s.loads = append(s.loads, l)
				return err
			})
		}
	}
	return group.Wait()
}

// idleThrough holds the idle connections, which ask at the start, in the middle and near the end, until the load has
// ended.
func (s *soak) idleThrough(ctx context.Context, played <-chan struct{}) error {
	sub := s.subjects[0]
	var paths []string
	for _, asset := range s.catalogue.assets {
		hls, dash := manifests(asset)
		paths = append(paths, hls, dash)
	}
	s.idlers = openIdlers(ctx, sub.target(), sub.idle, paths)
	defer s.idlers.close()
	tell("%d idle connections are open, %d failures", sub.idle, s.idlers.failures.total())
	for _, when := range [idleTimes - 1]time.Duration{s.time / 2, s.time * 9 / 10} {
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(time.Until(s.began.Add(when))):
			s.idlers.ask(ctx)
		}
	}
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-played:
		return nil
	}
}

// watch takes a sample of a server each second of the load.
func (s *soak) watch(ctx context.Context, sub *subject) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		misbehaving := sub.crowd.open.Load()
		now, err := sub.takeSample(ctx)
		now.Second, now.Misbehaving = time.Since(s.began).Seconds(), misbehaving
		if ctx.Err() != nil || now.Second > s.time.Seconds() {
			return nil // players are leaving
		}
		if err != nil {
			return err
		}
		sub.samples = append(sub.samples, now)
		if len(sub.samples)%30 == 0 {
			tell("%4.0f s  %-5s  %s, %d goroutines, %d connections", now.Second, sub.name, mebibytes(float64(now.Resident)),
				now.Goroutines, now.Connections)
		}
	}
}
