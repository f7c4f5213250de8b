package origin

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"headwater/cache"
	"headwater/packager"
)

// outdatedTest has a table in a bubble of fake time that holds the record and the presentation of a film, both
// outdated.
func outdatedTest(t *testing.T, outdate func(*Table), do func(t *testing.T, storage *storage, table *Table)) {
	synctest.Test(t, func(t *testing.T) {
		storage := newStorage(newFilm(t, "film", 1, ""))
		cfg := testConfig()
		cfg.MaxLoads = 2
		table := newTestTable(t, cfg, storage)
		if _, err := table.presentation(t.Context(), "film", generationOf(t, table, "film")); err != nil {
			t.Fatal(err)
		}
		outdate(table)
		do(t, storage, table)
	})
}

func fail(s *storage, err error) { s.change(func() { s.fail = err }) }

func withhold(s *storage, id packager.AssetID) {
	s.change(func() { s.assets[id] = Asset{} })
}

func TestTable_OutdatedRecordIsConfirmedOnceBeforeUse(t *testing.T) {
	outdatedTest(t, (*Table).Outdate, func(t *testing.T, storage *storage, table *Table) {
		withhold(storage, "film")
		release := make(chan struct{})
		storage.change(func() { storage.before = func(context.Context, string) error { <-release; return nil } })
		var asking sync.WaitGroup
		for range 10 {
			asking.Go(func() {
				if a, err := table.asset(t.Context(), "film"); !errors.Is(err, ErrNotFound) {
					t.Errorf("%+v, %v", a, err)
				}
			})
		}
		synctest.Wait()
		close(release)
		asking.Wait()
		if n := storage.count("asset film"); n != 2 {
			t.Errorf("read %d times", n)
		}
	})
}

func TestTable_ConfirmedRecordKeepsItsPresentation(t *testing.T) {
	for name, outdate := range map[string]func(*Table){"outdate": (*Table).Outdate, "distrust": (*Table).Distrust} {
		outdatedTest(t, outdate, func(t *testing.T, storage *storage, table *Table) {
			if _, err := table.presentation(t.Context(), "film", generationOf(t, table, "film")); err != nil {
				t.Error(err)
			}
			if n := storage.count("presentation film 1"); n != 1 {
				t.Errorf("%s: presentation read %d times", name, n)
			}
		})
	}
}

func TestTable_OutdatedRecordServesWhileStorageFails(t *testing.T) {
	outdatedTest(t, (*Table).Outdate, func(t *testing.T, storage *storage, table *Table) {
		fail(storage, ErrUnavailable)
		for range 5 {
			if generationOf(t, table, "film") != 1 {
				t.Error("not served")
			}
		}
		if n := storage.count("asset film"); n != 2 {
			t.Errorf("read %d times in a row", n)
		}
		fail(storage, nil)
		withhold(storage, "film")
		time.Sleep(testConfig().AbsentFor + 1)
		if generationOf(t, table, "film") != 0 {
			t.Error("served although storage answers")
		}
	})
}

func TestTable_OutdatedRecordServesWhileStorageHangs(t *testing.T) {
	outdatedTest(t, (*Table).Outdate, func(t *testing.T, storage *storage, table *Table) {
		storage.change(func() {
			storage.before = func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
		})
		for i, wait := range []time.Duration{confirmWait, 0} {
			began := time.Now()
			if generationOf(t, table, "film") != 1 || time.Since(began) != wait {
				t.Errorf("request %d waited %v", i, time.Since(began))
			}
		}
	})
}

func TestTable_OutdatedRecordServesNoLongerThanStaleFor(t *testing.T) {
	outdatedTest(t, (*Table).Outdate, func(t *testing.T, storage *storage, table *Table) {
		fail(storage, ErrUnavailable)
		time.Sleep(testConfig().StaleFor)
		table.Outdate() // once more makes it no younger
		if generationOf(t, table, "film") != 1 {
			t.Error("not served")
		}
		time.Sleep(time.Nanosecond)
		if _, err := table.asset(t.Context(), "film"); !errors.Is(err, ErrUnavailable) {
			t.Errorf("served: %v", err)
		}
	})
}

func TestTable_DistrustedRecordServesOnlyConfirmed(t *testing.T) {
	outdatedTest(t, (*Table).Distrust, func(t *testing.T, storage *storage, table *Table) {
		fail(storage, ErrUnavailable)
		if _, err := table.asset(t.Context(), "film"); !errors.Is(err, ErrUnavailable) {
			t.Error(err)
		}
		fail(storage, nil)
		if generationOf(t, table, "film") != 1 {
			t.Error("not served although confirmed")
		}
	})
}

// TestTable_LoadsAreBounded asks for many assets while storage hangs.
func TestTable_LoadsAreBounded(t *testing.T) {
	outdatedTest(t, (*Table).Outdate, func(t *testing.T, storage *storage, table *Table) {
		const asked, turns = 100, 2
		release := make(chan struct{})
		var mu sync.Mutex
		running, most, refused := 0, 0, 0
		storage.change(func() {
			storage.before = func(context.Context, string) error {
				mu.Lock()
				running++
				most = max(most, running)
				mu.Unlock()
				<-release
				mu.Lock()
				running--
				mu.Unlock()
				return nil
			}
		})
		var asking sync.WaitGroup
		for i := range asked {
			asking.Go(func() {
				id := packager.AssetID(fmt.Sprint("none-", i))
				_, err := table.asset(t.Context(), id)
				if i%2 == 0 {
					_, err = table.presentation(t.Context(), id, 1)
				}
				mu.Lock()
				defer mu.Unlock()
				if errors.Is(err, cache.ErrOverloaded) {
					refused++
				}
			})
		}
		synctest.Wait()
		if generationOf(t, table, "film") != 1 {
			t.Error("a refused load keeps the outdated record from serving")
		}
		close(release)
		asking.Wait()
		if most != turns || refused == 0 || table.Stats().Refused == 0 {
			t.Errorf("%d read at a time, %d refused, stats %+v", most, refused, table.Stats())
		}
		if running, waiting := table.gate.Count(); running+waiting != 0 {
			t.Errorf("%d turns are not given back", running+waiting)
		}
	})
}
