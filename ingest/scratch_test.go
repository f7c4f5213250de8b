package ingest_test

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"headwater/ingest"
	"headwater/ingest/catalog"
	"headwater/packager"
)

func openScratch(t *testing.T) (*ingest.Scratch, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "scratch")
	s, err := ingest.OpenScratch(dir)
	must(t, err)
	return s, dir
}

func TestScratch(t *testing.T) {
	s, dir := openScratch(t)
	w, err := s.Create()
	must(t, err)
	if !packager.ValidID(string(w.Job())) || w.Path("x") != filepath.Join(dir, string(w.Job()), "x") {
		t.Errorf("job %q, path %s", w.Job(), w.Path("x"))
	}
	if info, err := os.Stat(w.Path(".")); err != nil || info.Mode().Perm() != 0o711 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if _, err := s.Lock(w.Job()); !errors.Is(err, ingest.ErrLocked) {
		t.Errorf("second lock: %v", err)
	}
	must(t, os.MkdirAll(w.Path("sub/folder"), 0o700))
	must(t, os.WriteFile(w.Path("sub/file"), []byte("x"), 0o600))
	must(t, w.Clear())
	if entries, err := os.ReadDir(w.Path(".")); err != nil || len(entries) != 1 {
		t.Errorf("after Clear: %v, %v", entries, err)
	}
	if _, err := s.Lock(w.Job()); !errors.Is(err, ingest.ErrLocked) {
		t.Errorf("lock after Clear: %v", err)
	}
	must(t, w.Remove())
	again, err := s.Lock(w.Job())
	must(t, err)
	must(t, again.Remove())
	wantEmpty(t, dir)
	for _, job := range []string{"", "..", "a/b", "A"} {
		if _, err := s.Lock(catalog.JobID(job)); err == nil {
			t.Errorf("lock of job %q: no error", job)
		}
	}
}

func TestScratchClean(t *testing.T) {
	s, dir := openScratch(t)
	living, err := s.Create()
	must(t, err)
	dead, err := s.Create()
	must(t, err)
	must(t, os.WriteFile(dead.Path("file"), []byte("x"), 0o600))
	dead.Abandon()
	must(t, os.Mkdir(filepath.Join(dir, "no-lock-yet"), 0o700))
	must(t, os.Mkdir(filepath.Join(dir, "Not a job"), 0o700))
	must(t, os.WriteFile(filepath.Join(dir, "file"), []byte("x"), 0o600))
	must(t, s.Clean())
	if _, err := os.Stat(living.Path("lock")); err != nil {
		t.Errorf("folder of a living job: %v", err)
	}
	must(t, living.Remove())
	must(t, os.RemoveAll(filepath.Join(dir, "Not a job"))) // nobody's, so that nobody removes it
	must(t, os.Remove(filepath.Join(dir, "file")))
	wantEmpty(t, dir)
}

// TestScratchCleanDuringCreate lets cleaners run while folders come and go: none that is held may vanish.
func TestScratchCleanDuringCreate(t *testing.T) {
	s, dir := openScratch(t)
	var owners, cleaners sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		owners.Go(func() {
			for range 50 {
				w, err := s.Create()
				if err != nil {
					t.Error(err)
					return
				}
				noError(t, os.WriteFile(w.Path("file"), []byte("x"), 0o600))
				_, err = os.Stat(w.Path("file"))
				noError(t, err)
				noError(t, w.Remove())
			}
		})
		cleaners.Go(func() {
			for {
				noError(t, s.Clean())
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	owners.Wait()
	close(done)
	cleaners.Wait()
	must(t, s.Clean())
	wantEmpty(t, dir)
}

func wantEmpty(t *testing.T, dir string) {
	t.Helper()
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 0 {
		t.Errorf("%s has %v, %v", dir, entries, err)
	}
}
