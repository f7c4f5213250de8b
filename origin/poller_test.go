package origin

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/zap"

	"headwater/packager"
)

// feed is a Feed in memory.
type feed struct {
	mu      sync.Mutex
	first   uint64             // number of changes[0]; older ones are gone
	changes []packager.AssetID // one that ends with ".document" names a document
	fail    error
	panics  bool
	broken  uint64                      // number of an entry that cannot be read
	before  func(context.Context) error // runs in every call, outside of mu
	entries int
}

func (f *feed) enter(ctx context.Context) error {
	f.mu.Lock()
	before := f.before
	f.mu.Unlock()
	if before != nil {
		return before(ctx)
	}
	return nil
}

// Head implements Feed.
func (f *feed) Head(ctx context.Context) (uint64, error) {
	if err := f.enter(ctx); err != nil {
		return 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.panics {
		panic("boom")
	}
	return f.first + uint64(len(f.changes)) - 1, f.fail
}

// Entry implements Feed.
func (f *feed) Entry(ctx context.Context, seq uint64) (Change, error) {
	if err := f.enter(ctx); err != nil {
		return Change{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries++
	if seq < f.first || seq >= f.first+uint64(len(f.changes)) {
		return Change{}, ErrNotFound
	}
	if seq == f.broken {
		return Change{}, ErrUnavailable
	}
	named := f.changes[seq-f.first]
	if document, ok := strings.CutSuffix(string(named), ".document"); ok {
		return Change{Document: document}, f.fail
	}
	return Change{Asset: named}, f.fail
}

func (f *feed) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// documents counts how often they are refreshed.
type documents struct {
	mu     sync.Mutex
	reads  int
	fail   error
	before func(context.Context) // runs in every refresh, outside of mu
}

// Refresh implements Documents.
func (d *documents) Refresh(ctx context.Context) error {
	d.mu.Lock()
	before := d.before
	d.mu.Unlock()
	if before != nil {
		before(ctx)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reads++
	return errors.Join(d.fail, ctx.Err())
}

func (d *documents) change(do func()) {
	d.mu.Lock()
	defer d.mu.Unlock()
	do()
}

// read returns how often they were refreshed since it was last asked.
func (d *documents) read() (reads int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	reads, d.reads = d.reads, 0
	return reads
}

// pollTest runs a poller over a table of two assets in a bubble of fake time.
func pollTest(t *testing.T, do func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller)) {
	documentsTest(t, &documents{}, do)
}

// documentsTest does the same with documents that the test changes.
func documentsTest(
	t *testing.T, documents *documents, do func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller),
) {
	synctest.Test(t, func(t *testing.T) {
		storage := newStorage(newFilm(t, "film", 1, ""), newFilm(t, "other", 1, "other-"))
		table := newTestTable(t, testConfig(), storage)
		feed := &feed{first: 1}
		poller, err := NewPoller(testConfig(), feed, table, documents, zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var running sync.WaitGroup
		running.Go(func() { poller.Run(ctx) })
		synctest.Wait()
		table.asset(t.Context(), "film")
		table.asset(t.Context(), "other")
		do(t, storage, feed, table, poller)
		cancel()
		running.Wait()
	})
}

// tick lets one poll happen.
func tick() {
	time.Sleep(testConfig().PollInterval)
	synctest.Wait()
}

func generationOf(t *testing.T, table *Table, id packager.AssetID) uint32 {
	t.Helper()
	a, err := table.asset(t.Context(), id)
	switch {
	case errors.Is(err, ErrNotFound):
		return 0
	case err != nil:
		t.Error(err)
		return 0
	}
	return a.Generation
}

func TestPoller_RefreshesWhatChangesName(t *testing.T) {
	pollTest(t, func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller) {
		storage.publish(newFilm(t, "film", 2, "new-"))
		storage.publish(newFilm(t, "other", 2, "other-new-"))
		tick()
		if generationOf(t, table, "film") != 1 {
			t.Error("refreshed without a change")
		}
		feed.change(func() { feed.changes = append(feed.changes, "film", "stranger") })
		tick()
		if generationOf(t, table, "film") != 2 || generationOf(t, table, "other") != 1 {
			t.Errorf("generations %d, %d", generationOf(t, table, "film"), generationOf(t, table, "other"))
		}
		if n := storage.count("asset stranger"); n != 0 {
			t.Errorf("read an asset that nobody asked for %d times", n)
		}
		if s := poller.Stats(); s.Applied != 2 || s.Head != 2 || s.Stale || s.Outdates != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestPoller_ChangeEndsRememberedAbsence(t *testing.T) {
	pollTest(t, func(t *testing.T, storage *storage, feed *feed, table *Table, _ *Poller) {
		generationOf(t, table, "fresh")
		storage.publish(newFilm(t, "fresh", 1, "fresh-"))
		feed.change(func() { feed.changes = append(feed.changes, "fresh") })
		tick() // shorter than absence is remembered
		if generationOf(t, table, "fresh") != 1 {
			t.Error("still absent")
		}
	})
}

func TestPoller_GapOutdates(t *testing.T) {
	for name, change := range map[string]func(*feed){
		"entries gone": func(f *feed) { f.first, f.changes = 6, []packager.AssetID{"stranger"} },
		"long backlog": func(f *feed) { f.changes = make([]packager.AssetID, maxBacklog+2) },
		"begun anew":   func(f *feed) { f.changes = nil },
	} {
		t.Run(name, func(t *testing.T) {
			pollTest(t, func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller) {
				feed.change(func() { feed.changes = []packager.AssetID{"stranger"} })
				tick()
				storage.publish(newFilm(t, "film", 2, "new-"))
				feed.change(func() { change(feed) })
				tick()
				if generationOf(t, table, "film") != 2 {
					t.Error("still the old generation")
				}
				if s := poller.Stats(); s.Applied != s.Head || s.Outdates != 2 {
					t.Errorf("stats %+v", s)
				}
			})
		})
	}
}

// TestPoller_LongBacklogLeavesWhatToServe publishes in bulk and has storage of records fail right then.
func TestPoller_LongBacklogLeavesWhatToServe(t *testing.T) {
	pollTest(t, func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller) {
		storage.publish(newFilm(t, "film", 2, "new-"))
		fail(storage, ErrUnavailable)
		feed.change(func() { feed.changes = make([]packager.AssetID, maxBacklog+1) })
		tick()
		if s := poller.Stats(); s.Applied != s.Head || s.Outdates != 2 || generationOf(t, table, "film") != 1 {
			t.Errorf("stats %+v", s)
		}
		fail(storage, nil)
		time.Sleep(testConfig().AbsentFor + 1)
		if generationOf(t, table, "film") != 2 {
			t.Error("still the old generation")
		}
	})
}

// TestPoller_FeedThatWentBackEmptiesTheTable restores storage to another state of the same numbers.
func TestPoller_FeedThatWentBackEmptiesTheTable(t *testing.T) {
	pollTest(t, func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller) {
		feed.change(func() { feed.changes = []packager.AssetID{"film", "film"} })
		tick()
		table.presentation(t.Context(), "film", 1)
		feed.change(func() { feed.changes = feed.changes[:1] })
		tick()
		if s := table.Stats(); s.Assets != 0 || s.Presentations != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestPoller_ServesStaleForAWhile(t *testing.T) {
	pollTest(t, func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller) {
		feed.change(func() { feed.fail = ErrUnavailable })
		storage.change(func() { storage.fail = ErrUnavailable })
		tick()
		if s := poller.Stats(); !s.Stale || s.Failures != 1 {
			t.Errorf("stats %+v", s)
		}
		time.Sleep(testConfig().StaleFor - 2*testConfig().PollInterval)
		if generationOf(t, table, "film") != 1 {
			t.Error("not served stale")
		}
		time.Sleep(3 * testConfig().PollInterval)
		synctest.Wait()
		if _, err := table.asset(t.Context(), "film"); !errors.Is(err, ErrUnavailable) {
			t.Errorf("trusted for ever: %v", err)
		}
		feed.change(func() { feed.fail = nil })
		storage.change(func() { storage.fail = nil })
		tick()
		if s := poller.Stats(); s.Stale || generationOf(t, table, "film") != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestPoller_FailedRefreshIsTriedAgain(t *testing.T) {
	pollTest(t, func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller) {
		storage.publish(newFilm(t, "film", 2, "new-"))
		storage.change(func() { storage.fail = ErrUnavailable })
		feed.change(func() { feed.changes = append(feed.changes, "film") })
		tick()
		if s := poller.Stats(); s.Applied != 0 || s.Head != 1 || !s.Stale || generationOf(t, table, "film") != 1 {
			t.Errorf("stats %+v", s)
		}
		storage.change(func() { storage.fail = nil })
		tick()
		if s := poller.Stats(); s.Applied != 1 || s.Stale || generationOf(t, table, "film") != 2 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestPoller_CorruptRecordDoesNotStopTheFeed(t *testing.T) {
	pollTest(t, func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller) {
		storage.publish(newFilm(t, "other", 2, "other-new-"))
		storage.change(func() {
			storage.before = func(_ context.Context, call string) error {
				if call == "asset film" {
					return ErrCorrupt
				}
				return nil
			}
		})
		feed.change(func() { feed.changes = append(feed.changes, "film", "other") })
		tick()
		if _, err := table.asset(t.Context(), "film"); !errors.Is(err, ErrCorrupt) {
			t.Errorf("got %v", err)
		}
		if s := poller.Stats(); s.Applied != 2 || s.Stale || generationOf(t, table, "other") != 2 || table.Stats().Alerts == 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestPoller_SurvivesAPanic(t *testing.T) {
	pollTest(t, func(t *testing.T, _ *storage, feed *feed, _ *Table, poller *Poller) {
		feed.change(func() { feed.panics = true })
		tick()
		if s := poller.Stats(); !s.Stale {
			t.Errorf("stats %+v", s)
		}
		feed.change(func() { feed.panics = false })
		tick()
		if s := poller.Stats(); s.Stale {
			t.Errorf("stats %+v", s)
		}
	})
}

// slowReads makes every call of feed and storage take d.
func slowReads(storage *storage, feed *feed, d time.Duration) {
	wait := func(ctx context.Context, _ string) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	storage.change(func() { storage.before = wait })
	feed.change(func() { feed.before = func(ctx context.Context) error { return wait(ctx, "") } })
}

func TestPoller_LongBacklogOnSlowStorage(t *testing.T) {
	pollTest(t, func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller) {
		var films []packager.AssetID
		for i := range maxBacklog {
			id := packager.AssetID(fmt.Sprint("film-", i))
			storage.publish(newFilm(t, id, 1, string(id)))
			table.asset(t.Context(), id)
			films = append(films, id)
		}
		slowReads(storage, feed, 30*time.Millisecond) // one by one all of it is a minute, LoadTimeout are 5 s
		feed.change(func() { feed.changes = films })
		time.Sleep(20 * time.Second)
		if s := poller.Stats(); s.Applied != maxBacklog || s.Failures != 0 || s.Stale || s.Outdates != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestPoller_ChangesOfOneAssetReadItOnce(t *testing.T) {
	pollTest(t, func(t *testing.T, storage *storage, feed *feed, _ *Table, poller *Poller) {
		read := storage.count("asset film")
		feed.change(func() {
			for range 50 {
				feed.changes = append(feed.changes, "film", "other")
			}
		})
		tick()
		if n := storage.count("asset film") - read; n != 1 {
			t.Errorf("read %d times", n)
		}
		if s := poller.Stats(); s.Applied != 100 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestPoller_AppliedMovesOnlyOverWhatIsDone(t *testing.T) {
	pollTest(t, func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller) {
		storage.publish(newFilm(t, "other", 2, "other-new-"))
		storage.change(func() {
			storage.before = func(_ context.Context, call string) error {
				if call == "asset film" {
					return ErrUnavailable
				}
				return nil
			}
		})
		feed.change(func() { feed.changes = []packager.AssetID{"stranger", "other", "film", "other", "stranger"} })
		tick()
		if s := poller.Stats(); s.Applied != 2 || s.Head != 5 || !s.Stale {
			t.Errorf("stats %+v", s)
		}
		if generationOf(t, table, "other") != 2 {
			t.Error("a change before the failing one is not applied")
		}
		storage.change(func() { storage.before = nil })
		tick()
		if s := poller.Stats(); s.Applied != 5 || s.Stale {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestPoller_AppliesWhatItReadBeforeAFailingEntry(t *testing.T) {
	pollTest(t, func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller) {
		storage.publish(newFilm(t, "film", 2, "new-"))
		feed.change(func() {
			feed.changes = []packager.AssetID{"film", "stranger", "stranger"}
			feed.broken = 3
		})
		tick()
		if s := poller.Stats(); s.Applied != 2 || !s.Stale || generationOf(t, table, "film") != 2 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestPoller_SurvivesAPanicOfAnEntry(t *testing.T) {
	pollTest(t, func(t *testing.T, storage *storage, feed *feed, _ *Table, poller *Poller) {
		storage.change(func() { storage.before = func(context.Context, string) error { panic("boom") } })
		feed.change(func() { feed.changes = []packager.AssetID{"film"} })
		tick()
		if s := poller.Stats(); !s.Stale || s.Applied != 0 {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestEach(t *testing.T) {
	boom := errors.New("boom")
	for _, test := range []struct{ n, fails, done int }{{0, -1, 0}, {1, -1, 1}, {100, -1, 100}, {1, 0, 0}, {100, 0, 0}, {100, 99, 99}, {100, 40, 40}} {
		var running, most, calls atomic.Int32
		done, err := each(test.n, func(i int) error {
			calls.Add(1)
			most.Store(max(most.Load(), running.Add(1)))
			defer running.Add(-1)
			if i == test.fails {
				return boom
			}
			return nil
		})
		if done != test.done || (err != nil) != (test.fails >= 0) || most.Load() > parallelReads {
			t.Errorf("%+v: %d done, %v, %d at a time", test, done, err, most.Load())
		}
	}
	if _, err := each(3, func(int) error { panic("boom") }); err == nil || !strings.Contains(err.Error(), "boom") {
		t.Errorf("panic: %v", err)
	}
}
