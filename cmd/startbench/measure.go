package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"headwater/packager"
)

// measureStart times starts, each with an asset of its own.
func (b *bench) measureStart(ctx context.Context) error {
	var answers, segments, reconciles []time.Duration
	cold := true
	for range b.rounds {
		cold = dropPageCache() && cold
		answer, segment, reconcile, err := b.timeStart(ctx)
		if err != nil {
			return err
		}
		answers, segments, reconciles = append(answers, answer), append(segments, segment), append(reconciles, reconcile)
	}
	state := "page cache dropped"
	if !cold {
		state = "page cache warm: dropping it needs root"
	}
	fmt.Printf("%d assets, %d starts, %s\n", b.assets, b.rounds, state)
	timeLine("process start to first manifest, worst", slices.Max(answers), startBudget)
	timeLine("process start to first segment, worst", slices.Max(segments), startBudget)
	timeLine("catalogue and storage in step, beside serving, worst", slices.Max(reconciles), 0)
	return nil
}

func timeLine(what string, measured, budget time.Duration) {
	text := ""
	if budget > 0 {
		text = "≤ " + budget.String()
	}
	line(what, measured.Round(time.Millisecond).String(), text, measured <= budget)
}

// timeStart measures from the start of the process to a manifest and a segment, and to the end of reconciling.
func (b *bench) timeStart(ctx context.Context) (answer, segment, reconciled time.Duration, err error) {
	s, err := start(ctx, b.binary, b.library.dir)
	if err != nil {
		return 0, 0, 0, err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	b.next++
	id := b.library.id(b.next)
	if _, err := get(s.url(id, packager.Resource{Kind: packager.HLSMaster})); err != nil {
		return 0, 0, 0, err
	}
	answer = time.Since(s.began)
	if _, err := get(s.url(id, b.firstSegment())); err != nil {
		return 0, 0, 0, err
	}
	segment = time.Since(s.began)
	err = s.reconciled(ctx)
	return answer, segment, time.Since(s.began), err
}

// reconciled waits until catalogue and storage are in step.
func (s *server) reconciled(ctx context.Context) error {
	for ctx.Err() == nil {
		if done, err := s.metric("headwater_reconciles_total"); err != nil || done > 0 {
			return err
		}
		time.Sleep(5 * time.Millisecond)
	}
	return ctx.Err()
}

// dropPageCache makes the next start read from the disk. It reports whether we may do that.
func dropPageCache() bool {
	unix.Sync()
	return os.WriteFile("/proc/sys/vm/drop_caches", []byte("3"), 0) == nil
}

func (s *server) url(id packager.AssetID, r packager.Resource) string {
	return s.viewer + "/v/" + string(id) + "/" + string(r.AppendPath(nil))
}

// firstSegment is the first one of the smallest track.
func (b *bench) firstSegment() packager.Resource {
	smallest := slices.MinFunc(b.library.film.Tracks, func(x, y packager.Track) int { return int(x.SizeBytes - y.SizeBytes) })
	return packager.Resource{Kind: packager.MediaSegment, Track: smallest.ID, TargetSeconds: packager.DefaultTargetSeconds, Number: 1}
}

// measureMemory plays more and more assets, in the end all of them and some again.
func (b *bench) measureMemory(ctx context.Context) (err error) {
	s, err := start(ctx, b.binary, b.library.dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	if err := s.reconciled(ctx); err != nil {
		return err
	}
	if err := b.memoryLine(s, "memory after the start"); err != nil {
		return err
	}
	if err := idleLine(ctx, s); err != nil {
		return err
	}
	played := 0
	for _, n := range []int{1000, 10_000, b.assets} {
		if n = min(n, b.assets); n == played {
			continue
		}
		if err := b.play(ctx, s, played, n); err != nil {
			return err
		}
		if err := b.memoryLine(s, fmt.Sprintf("memory after %d assets", n)); err != nil {
			return err
		}
		played = n
	}
	if err := b.play(ctx, s, 0, min(b.assets, 10_000)); err != nil {
		return err
	}
	return b.memoryLine(s, "memory after the first ones again")
}

// players is how many assets are played at once.
const players = 16

// segmentEvery is of how many assets one is asked for a segment too.
const segmentEvery = 4

// play asks for the manifests of the assets after number from, up to number to, and for a segment of some.
func (b *bench) play(ctx context.Context, s *server, from, to int) error {
	group, ctx := errgroup.WithContext(ctx)
	next := atomic.Int64{}
	next.Store(int64(from))
	segment := b.firstSegment()
	for range players {
		group.Go(func() error {
			for i := int(next.Add(1)); i <= to && ctx.Err() == nil; i = int(next.Add(1)) {
				_, err := get(s.url(b.library.id(i), packager.Resource{Kind: packager.HLSMaster}))
				if err == nil && i%segmentEvery == 0 {
					_, err = get(s.url(b.library.id(i), segment))
				}
				if err != nil {
					return err
				}
			}
			return ctx.Err()
		})
	}
	return group.Wait()
}

func (b *bench) memoryLine(s *server, what string) error {
	resident, err := s.residentBytes()
	if err != nil {
		return err
	}
	over := resident - cacheBytes
	line(what+", over the cache", fmt.Sprintf("%d MiB", over>>20), fmt.Sprintf("≤ %d MiB", memoryBudget>>20), over <= memoryBudget)
	return nil
}

// idleLine prints what a server that nobody asks for anything uses, which is the polling of the feed.
func idleLine(ctx context.Context, s *server) error {
	const watched = 10 * time.Second
	before, err := s.cpu()
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(watched):
	}
	after, err := s.cpu()
	line("processor time of an idle server", fmt.Sprintf("%.1f ms/s", float64((after-before).Milliseconds())/watched.Seconds()), "", true)
	return err
}
