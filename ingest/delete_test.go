package ingest_test

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"headwater/ingest"
	"headwater/ingest/catalog"
	"headwater/ingest/storage"
	"headwater/ingest/storage/storagetest"
)

func TestDelete(t *testing.T) {
	onEachStore(t, func(t *testing.T, open func(*testing.T) storage.Store) {
		l := openLibrary(t, t.TempDir(), open(t))
		must(t, l.ingest(t.Context(), "a1"))
		must(t, l.ingest(t.Context(), "a10")) // begins as the other does
		for range 2 {
			must(t, l.Delete(t.Context(), "a1"))
			l.check(t)
		}
		if keys := storagetest.Keys(t, l.store, ingest.AssetPrefix("a1")); len(keys) != 0 {
			t.Errorf("left %v", keys)
		}
		head, err := ingest.ReadHead(t.Context(), l.store)
		must(t, err)
		change, err := ingest.ReadChange(t.Context(), l.store, head.Last)
		must(t, err)
		if change.Kind != catalog.ChangeDelete || change.Asset != "a1" {
			t.Errorf("last change %+v", change)
		}
		if err := l.Delete(t.Context(), "a2"); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("unknown asset: %v", err)
		}
	})
}

// TestDeleteDuringJob deletes an asset while a job works on it: the job cannot publish, and what it put goes as well.
func TestDeleteDuringJob(t *testing.T) {
	l := openLibrary(t, t.TempDir(), openLocal(t, t.TempDir()))
	w, err := l.scratch.Create()
	must(t, err)
	_, err = l.catalog.CreateAsset(t.Context(), catalog.NewAsset{ID: "a1"}, catalog.NewJob{ID: w.Job()})
	must(t, err)
	must(t, l.publish(t.Context(), w.Job(), false, presentation("a1", 1, "t1")))
	must(t, l.Delete(t.Context(), "a1"))
	err = l.publish(t.Context(), w.Job(), true, presentation("a1", 2, "t1", "t2")) // t1 went with the asset
	if !errors.Is(err, catalog.ErrConflict) {
		t.Errorf("publish: %v", err)
	}
	must(t, l.Fail(t.Context(), w, "deleted"))
	l.check(t)
	if state := l.stateOf(t, "a1"); state != "deleted 1" {
		t.Errorf("asset is %s", state)
	}
}

// TestFailKeepsWhatIsPublished fails a job after its first generation.
func TestFailKeepsWhatIsPublished(t *testing.T) {
	l := openLibrary(t, t.TempDir(), openLocal(t, t.TempDir()))
	w, err := l.scratch.Create()
	must(t, err)
	_, err = l.catalog.CreateAsset(t.Context(), catalog.NewAsset{ID: "a1"}, catalog.NewJob{ID: w.Job()})
	must(t, err)
	must(t, put(t.Context(), l.store, ingest.SourceKey("a1"), "source"))
	must(t, l.publish(t.Context(), w.Job(), false, presentation("a1", 1, "t1")))
	for _, key := range []string{ingest.TrackKey("a1", "t2"), ingest.IndexKey("a1", 2), ingest.AssetPrefix("a1") + "stray"} {
		must(t, put(t.Context(), l.store, key, "unpublished"))
	}
	must(t, l.Fail(t.Context(), w, "the encoder broke"))
	l.check(t)
	want := []string{"assets/a1/generations/1.idx", "assets/a1/record.json", "assets/a1/source", "assets/a1/tracks/t1.mp4", "assets/a1/tracks/t1.samples"}
	if keys := storagetest.Keys(t, l.store, "assets/"); !slices.Equal(keys, want) {
		t.Errorf("keys %v, want %v", keys, want)
	}
	job, err := l.catalog.Job(t.Context(), w.Job())
	must(t, err)
	if job.State != catalog.JobFailed || job.Reason != "the encoder broke" || l.stateOf(t, "a1") != "ready 1" {
		t.Errorf("job %+v, asset %s", job, l.stateOf(t, "a1"))
	}
}

// TestFullDisk has everything on one small disk that a job fills: the job fails with the reason, the disk is as before,
// and what plays is untouched.
func TestFullDisk(t *testing.T) {
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, "size=4m"); err != nil {
		t.Skipf("cannot mount a small disk, which needs root: %v", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	l := openLibrary(t, dir, openLocal(t, filepath.Join(dir, "objects")))
	must(t, l.ingest(t.Context(), "a1"))
	before := storagetest.Keys(t, l.store, "")

	w, err := l.scratch.Create()
	must(t, err)
	_, err = l.catalog.CreateAsset(t.Context(), catalog.NewAsset{ID: "big"}, catalog.NewJob{ID: w.Job()})
	must(t, err)
	must(t, put(t.Context(), l.store, ingest.TrackKey("big", "t1"), strings.Repeat("x", 1<<20)))
	if err := os.WriteFile(w.Path("file"), make([]byte, 8<<20), 0o600); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("the disk is not full: %v", err)
	}
	err = put(t.Context(), l.store, ingest.TrackKey("big", "t2"), strings.Repeat("x", 1<<20))
	if !errors.Is(err, storage.ErrFull) {
		t.Errorf("put: %v", err)
	}
	must(t, l.Fail(t.Context(), w, "the disk is full"))
	l.check(t)
	if keys := storagetest.Keys(t, l.store, ""); !slices.Equal(keys, before) {
		t.Errorf("keys %v, before %v", keys, before)
	}
	job, err := l.catalog.Job(t.Context(), w.Job())
	must(t, err)
	if job.Reason != "the disk is full" || l.stateOf(t, "big") != "failed 0" || l.stateOf(t, "a1") != "ready 2" {
		t.Errorf("job %+v, assets %s and %s", job, l.stateOf(t, "big"), l.stateOf(t, "a1"))
	}
	must(t, l.ingest(t.Context(), "a2"))
}
