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
			"outdate":  (*Table).Outdate,
			"distrust": (*Table).Distrust,
			"flush":    (*Table).Flush,
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
			var first *Asset
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
	storage.change(func() { storage.assets["film"] = Asset{Visibility: Published, Generation: 2} })
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

func TestConfig_ValidateReportsAllProblems(t *testing.T) {
	if err := NewDefaultConfig().Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	err := Config{}.Validate()
	for _, name := range []string{"RequestTimeout", "LoadTimeout", "MaxLoads", "MaxAssets", "MaxPresentationBytes", "MaxAbsent", "AbsentFor", "PollInterval", "StaleFor"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not reported: %v", name, err)
		}
	}
}
