package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"headwater/ingest/catalog"
	"headwater/packager"
)

func testTwoHandles(t *testing.T, f fixture) {
	other := fixture{f.open(t), f.open, f.clock}
	f.create(t, "a1")
	want(t, "asset through another handle", other.asset(t, "a1").State, catalog.Ingesting)
	change := other.publish(t, "a1", 1, true)
	want(t, "change", f.pending(t), []catalog.Change{change})
	want(t, "asset", f.asset(t, "a1").State, catalog.Ready)
}

// testConcurrentWriters lets two handles create, publish and delete at once. The changes must be numbered without a gap.
func testConcurrentWriters(t *testing.T, f fixture) {
	const workers, assets = 4, 10
	handles := []fixture{f, {f.open(t), f.open, f.clock}}
	var wg sync.WaitGroup
	for w := range workers {
		handle := handles[w%len(handles)]
		wg.Go(func() {
			for i := range assets {
				id := packager.AssetID(fmt.Sprintf("a-%d-%d", w, i))
				if err := lifeOf(handle, id); err != nil {
					t.Errorf("asset %s: %v", id, err)
				}
			}
		})
	}
	wg.Wait()
	changes := f.pending(t)
	want(t, "number of changes", len(changes), workers*assets*2)
	for i, c := range changes {
		want(t, "number", c.Seq, catalog.Seq(i+1))
	}
}

func lifeOf(f fixture, id packager.AssetID) error {
	ctx := context.Background()
	if _, err := f.CreateAsset(ctx, catalog.NewAsset{ID: id}, catalog.NewJob{ID: firstJob(id)}); err != nil {
		return err
	}
	if err := f.SetProgress(ctx, firstJob(id), catalog.Progress{Stage: "encode", Permille: 1}); err != nil {
		return err
	}
	if _, err := f.Publish(ctx, catalog.Publication{Asset: id, Job: firstJob(id), Generation: Generation(id, 1)}); err != nil {
		return err
	}
	return f.DeleteAsset(ctx, id)
}

// testConcurrentPublishers lets goroutines of two handles publish the same generation: one succeeds.
func testConcurrentPublishers(t *testing.T, f fixture) {
	f.create(t, "a1")
	handles := []fixture{f, {f.open(t), f.open, f.clock}}
	for number := uint32(1); number <= 5; number++ {
		var published atomic.Int32
		var wg sync.WaitGroup
		for i := range 6 {
			handle := handles[i%len(handles)]
			wg.Go(func() {
				_, err := handle.Publish(context.Background(), catalog.Publication{Asset: "a1", Job: "a1-1", Generation: Generation("a1", number)})
				if err == nil {
					published.Add(1)
				} else if !errors.Is(err, catalog.ErrConflict) {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		want(t, "successes", published.Load(), 1)
	}
	want(t, "changes", len(f.pending(t)), 5)
}

// testLockDelivery counts how many hold the lock at once.
func testLockDelivery(t *testing.T, f fixture) {
	handles := []fixture{f, {f.open(t), f.open, f.clock}}
	var holders atomic.Int32
	var wg sync.WaitGroup
	for i := range 6 {
		handle := handles[i%len(handles)]
		wg.Go(func() {
			for range 5 {
				unlock, err := handle.LockDelivery(context.Background())
				if err != nil {
					t.Error(err)
					return
				}
				if holders.Add(1) != 1 {
					t.Error("two hold the lock")
				}
				holders.Add(-1)
				if err := unlock(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	unlock, err := f.LockDelivery(t.Context())
	must(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = handles[1].LockDelivery(ctx)
	wantErr(t, "lock that is held", err, context.Canceled)
	must(t, unlock())
}
