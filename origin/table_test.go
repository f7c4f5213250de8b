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
	"unsafe"

	"go.uber.org/zap"

	"headwater/packager"
)

func newTestTable(t *testing.T, cfg Config, library Library) *Table {
	t.Helper()
	table, err := NewTable(cfg, library)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(table.Close)
	return table
}

func TestTable_AbsenceIsRememberedBriefly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		storage := newStorage()
		table := newTestTable(t, testConfig(), storage)
		ask := func() error { _, err := table.asset(t.Context(), "film"); return err }
		for range 3 {
			if err := ask(); !errors.Is(err, ErrNotFound) {
				t.Fatal(err)
			}
		}
		if n := storage.count("asset film"); n != 1 {
			t.Errorf("read %d times", n)
		}
		storage.publish(newFilm(t, "film", 1, ""))
		time.Sleep(testConfig().AbsentFor + 1)
		if err := ask(); err != nil {
			t.Errorf("after %v: %v", testConfig().AbsentFor, err)
		}
	})
}

func TestTable_AbsenceIsBounded(t *testing.T) {
	cfg := testConfig()
	cfg.MaxAbsent = 10
	table := newTestTable(t, cfg, newStorage())
	for i := range 100 {
		table.asset(t.Context(), packager.AssetID(fmt.Sprintf("none-%d", i)))
	}
	if n := table.failures.len(); n != 10 {
		t.Errorf("%d remembered", n)
	}
}

// TestTable_KeepsNoPath holds that what the table keeps does not keep the path of a request alive.
func TestTable_KeepsNoPath(t *testing.T) {
	path := "/v/film/hls/master.m3u8 /v/none"
	film, none := packager.AssetID(path[3:7]), packager.AssetID(path[len(path)-4:])
	table := newTestTable(t, testConfig(), newStorage(newFilm(t, "film", 1, "")))
	table.asset(t.Context(), film)
	table.asset(t.Context(), none)
	table.presentation(t.Context(), film, 1)
	var kept []packager.AssetID
	for id := range table.assets.items {
		kept = append(kept, id)
	}
	for key := range table.failures.items {
		kept = append(kept, key.asset)
	}
	for key := range table.presentations.items {
		kept = append(kept, key.asset)
	}
	start, end := uintptr(unsafe.Pointer(unsafe.StringData(path))), uintptr(len(path))
	for _, id := range kept {
		if at := uintptr(unsafe.Pointer(unsafe.StringData(string(id)))); at >= start && at < start+end {
			t.Errorf("%q is a part of the path", id)
		}
	}
	if len(kept) != 3 {
		t.Errorf("keeps %q", kept)
	}
}

func TestTable_UnavailabilityIsNotRemembered(t *testing.T) {
	storage := newStorage(newFilm(t, "film", 1, ""))
	storage.fail = ErrUnavailable
	table := newTestTable(t, testConfig(), storage)
	if _, err := table.asset(t.Context(), "film"); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	storage.fail = nil
	if _, err := table.asset(t.Context(), "film"); err != nil {
		t.Error(err)
	}
}

func TestTable_CorruptIndexAlertsOnceForAWhile(t *testing.T) {
	storage := newStorage(newFilm(t, "film", 1, ""))
	storage.before = func(_ context.Context, call string) error {
		if strings.HasPrefix(call, "presentation") {
			return fmt.Errorf("%w: checksum", ErrCorrupt)
		}
		return nil
	}
	table := newTestTable(t, testConfig(), storage)
	for range 5 {
		if _, err := table.presentation(t.Context(), "film", 1); !errors.Is(err, ErrCorrupt) {
			t.Fatal(err)
		}
	}
	if s := table.Stats(); s.Alerts != 1 || storage.count("presentation film 1") != 1 {
		t.Errorf("stats %+v", s)
	}
}

func TestTable_IndexOfAnotherAssetIsCorrupt(t *testing.T) {
	storage := newStorage(newFilm(t, "film", 1, ""))
	storage.presentations[generationKey{"film", 1}] = newFilm(t, "other", 1, "").Presentation
	table := newTestTable(t, testConfig(), storage)
	if _, err := table.presentation(t.Context(), "film", 1); !errors.Is(err, ErrCorrupt) {
		t.Error(err)
	}
}

func TestTable_MissingIndex(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	t.Run("lost", func(t *testing.T) {
		storage := newStorage(f)
		table := newTestTable(t, testConfig(), storage)
		table.asset(t.Context(), "film")
		clear(storage.presentations)
		if _, err := table.presentation(t.Context(), "film", 1); !errors.Is(err, ErrCorrupt) || table.Stats().Alerts != 1 {
			t.Errorf("%v, stats %+v", err, table.Stats())
		}
	})
	t.Run("deleted", func(t *testing.T) {
		storage := newStorage(f)
		table := newTestTable(t, testConfig(), storage)
		table.asset(t.Context(), "film")
		clear(storage.presentations)
		clear(storage.assets)
		if _, err := table.presentation(t.Context(), "film", 1); !errors.Is(err, ErrNotFound) || errors.Is(err, ErrCorrupt) || table.Stats().Alerts != 0 {
			t.Errorf("%v, stats %+v", err, table.Stats())
		}
	})
}

func TestTable_PresentationsAreBoundedByBytes(t *testing.T) {
	storage := newStorage()
	table := newTestTable(t, testConfig(), storage)
	for i := range 400 {
		f := newFilm(t, packager.AssetID(fmt.Sprintf("film-%d", i)), 1, "")
		storage.publish(f)
		if _, err := table.presentation(t.Context(), f.Asset, 1); err != nil {
			t.Fatal(err)
		}
	}
	s := table.Stats()
	if s.PresentationBytes > minPresentationBytes || s.PresentationBytes < minPresentationBytes/2 || s.Presentations >= 400 {
		t.Errorf("stats %+v", s)
	}
}

// TestTable_LoadDuringChange lets a record change while it is being read: the reader gets the old one, later readers
// the new one.
func TestTable_LoadDuringChange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, change := range map[string]func(*Table){
			"refresh": func(table *Table) {
				if err := table.Refresh(t.Context(), "film"); err != nil {
					t.Error(err)
				}
			},
			"flush": (*Table).Flush,
		} {
			storage := newStorage(newFilm(t, "film", 1, ""))
			release := make(chan struct{})
			var reads atomic.Int32
			storage.before = func(context.Context, string) error {
				if reads.Add(1) == 1 {
					<-release
				}
				return nil
			}
			table := newTestTable(t, testConfig(), storage)
			var first Asset
			var reading sync.WaitGroup
			reading.Go(func() { first, _ = table.asset(t.Context(), "film") })
			synctest.Wait()
			storage.publish(newFilm(t, "film", 2, "new-"))
			change(table)
			close(release)
			reading.Wait()
			later, err := table.asset(t.Context(), "film")
			if first.Generation != 1 || later.Generation != 2 || err != nil {
				t.Errorf("%s: first %+v, later %+v, %v", name, first, later, err)
			}
		}
	})
}

func TestTable_RefreshKeepsTheOldRecordWhileStorageIsOut(t *testing.T) {
	storage := newStorage(newFilm(t, "film", 1, ""))
	table := newTestTable(t, testConfig(), storage)
	table.asset(t.Context(), "film")
	storage.change(func() { storage.fail = ErrUnavailable })
	if err := table.Refresh(t.Context(), "film"); !errors.Is(err, ErrUnavailable) {
		t.Error(err)
	}
	if a, err := table.asset(t.Context(), "film"); err != nil || a.Generation != 1 {
		t.Errorf("%+v, %v", a, err)
	}
	if err := table.Refresh(t.Context(), "unknown"); err != nil {
		t.Errorf("of what is not held: %v", err)
	}
}

func TestTable_RefreshDropsWhatIsNoLongerListed(t *testing.T) {
	f := newFilm(t, "film", 1, "")
	storage := newStorage(f)
	table := newTestTable(t, testConfig(), storage)
	table.asset(t.Context(), "film")
	table.presentation(t.Context(), "film", 1)
	storage.change(func() { storage.assets["film"] = Asset{State: Published, Generation: 2} })
	if err := table.Refresh(t.Context(), "film"); err != nil {
		t.Error(err)
	}
	if s := table.Stats(); s.Assets != 1 || s.Presentations != 0 || s.PresentationBytes != 0 {
		t.Errorf("stats %+v", s)
	}
	storage.change(func() { clear(storage.assets) })
	if err := table.Refresh(t.Context(), "film"); err != nil {
		t.Error(err)
	}
	if s := table.Stats(); s.Assets != 0 {
		t.Errorf("stats %+v", s)
	}
}

// feed is a Feed in memory.
type feed struct {
	mu      sync.Mutex
	first   uint64 // number of changes[0]; older ones are gone
	changes []packager.AssetID
	fail    error
	panics  bool
	entries int
}

// Head implements Feed.
func (f *feed) Head(context.Context) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.panics {
		panic("boom")
	}
	return f.first + uint64(len(f.changes)) - 1, f.fail
}

// Entry implements Feed.
func (f *feed) Entry(_ context.Context, seq uint64) (Change, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.entries++
	if seq < f.first || seq >= f.first+uint64(len(f.changes)) {
		return Change{}, ErrNotFound
	}
	return Change{Asset: f.changes[seq-f.first]}, f.fail
}

func (f *feed) change(do func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	do()
}

// pollTest runs a poller over a table of two assets in a bubble of fake time.
func pollTest(t *testing.T, do func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller)) {
	synctest.Test(t, func(t *testing.T) {
		storage := newStorage(newFilm(t, "film", 1, ""), newFilm(t, "other", 1, "other-"))
		table := newTestTable(t, testConfig(), storage)
		feed := &feed{first: 1}
		poller, err := NewPoller(testConfig(), feed, table, zap.NewNop())
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
	if err != nil && !errors.Is(err, ErrNotFound) {
		t.Error(err)
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
		if s := poller.Stats(); s.Applied != 2 || s.Head != 2 || s.Stale || s.Flushes != 1 {
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

func TestPoller_GapFlushes(t *testing.T) {
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
				if s := poller.Stats(); s.Applied != s.Head || s.Flushes != 2 {
					t.Errorf("stats %+v", s)
				}
			})
		})
	}
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

func TestConfig_ValidateReportsAllProblems(t *testing.T) {
	if err := NewDefaultConfig().Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	err := Config{}.Validate()
	for _, name := range []string{"RequestTimeout", "LoadTimeout", "MaxAssets", "MaxPresentationBytes", "MaxAbsent", "AbsentFor", "PollInterval", "StaleFor"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not reported: %v", name, err)
		}
	}
}
