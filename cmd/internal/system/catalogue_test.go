package system

import (
	"database/sql"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"headwater/packager"
)

// TestBrokenCatalogue puts something else in the place of the catalogue: viewers notice nothing, operators are told
// everywhere, commands fail, and when the catalogue is back the running server takes it.
func TestBrokenCatalogue(t *testing.T) {
	t.Parallel()
	f := func(name, cause string, spoil func(path string) error) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFolder(t)
			id := f.ingest(tiny)
			backup := f.takeAway("catalog.db")
			must(t, spoil(f.path("catalog.db")))

			s := f.serve()
			s.play(id)
			s.isDegraded(id, cause)
			s.play(id)
			for _, args := range [][]string{{"ingest", tiny.path(t)}, {"delete", string(id)}, {"reindex", string(id)}, {"inspect", string(id)}} {
				if o := f.run(args[0], args[1:]...); o.code != 1 || !strings.Contains(o.stderr, cause) || len(o.complaints()) != 1 {
					t.Errorf("%s ended with %d: %s", args[0], o.code, o.stderr)
				}
			}
			must(t, os.RemoveAll(f.path("catalog.db")))
			must(t, os.Rename(backup, f.path("catalog.db")))
			s.isSound(id)
			s.stop()
			if told := strings.Count(s.stderr.String(), "cannot be kept up"); told != 1 {
				t.Errorf("the log tells of it %d times: %s", told, &s.stderr)
			}
			f.checkStored()
		})
	}
	f("damaged", "put a backup", func(path string) error {
		return os.WriteFile(path, []byte(strings.Repeat("no database ", 1000)), 0o600)
	})
	f("unreadable", "is a directory", func(path string) error { return os.Mkdir(path, 0o700) })
}

// TestLostCatalogue serves objects whose catalogue is gone. They play; the log asks for the catalogue.
func TestLostCatalogue(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	id := f.ingest(tiny)
	f.takeAway("catalog.db")
	s := f.serve()
	s.play(id)
	s.reconciled()
	s.status(http.StatusNotFound, s.control+"/watch/"+string(id))
	other := f.ingest(tiny)
	s.appears(other, 1)
	s.play(id)
	s.stop()
	if !strings.Contains(s.stderr.String(), "the catalogue is empty, but storage has published assets") {
		t.Errorf("the log tells nothing: %s", &s.stderr)
	}
}

// TestLockedCatalogue serves while another process keeps the catalogue for itself, and stops at once when it is told to
// although it waits for the lock.
func TestLockedCatalogue(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	id := f.ingest(tiny)
	db, err := sql.Open("sqlite", f.path("catalog.db"))
	must(t, err)
	defer db.Close()
	db.SetMaxOpenConns(1)
	_, err = db.Exec("PRAGMA locking_mode = EXCLUSIVE; CREATE TABLE mine (x)")
	must(t, err)

	waits := f.serve()
	waits.play(id)
	if open := waits.metric("headwater_catalogue_open"); open != 0 {
		t.Errorf("headwater_catalogue_open is %v", open)
	}
	waits.status(http.StatusServiceUnavailable, waits.control+"/watch/"+string(id))
	waits.stop()

	s := f.serve()
	s.play(id)
	must(t, db.Close())
	s.isSound(id)
}

// isDegraded waits until operators are told of a cause, and demands that probes for viewers go on as if nothing were.
func (s *server) isDegraded(id packager.AssetID, cause string) {
	s.Helper()
	eventually(s.T, "the server has tried", func() bool { return s.metric("headwater_reconcile_failures_total") > 0 })
	if open := s.metric("headwater_catalogue_open"); open != 0 {
		s.Errorf("headwater_catalogue_open is %v", open)
	}
	ready := s.status(http.StatusOK, s.control+"/readyz")
	watch := s.status(http.StatusServiceUnavailable, s.control+"/watch/"+string(id))
	for _, a := range []answer{ready, watch} {
		if !strings.Contains(string(a.body), cause) {
			s.Errorf("not told %q: %s", cause, a.body)
		}
	}
}

// isSound waits until the catalogue is open and in step.
func (s *server) isSound(id packager.AssetID) {
	s.Helper()
	s.reconciled()
	if a := s.status(http.StatusOK, s.control+"/readyz"); string(a.body) != "ok\n" {
		s.Errorf("/readyz says %q", a.body)
	}
	if open := s.metric("headwater_catalogue_open"); open != 1 {
		s.Errorf("headwater_catalogue_open is %v", open)
	}
	s.status(http.StatusOK, s.control+"/watch/"+string(id))
	s.play(id)
}

// reconciled waits until the server has done what dead processes left undone.
func (s *server) reconciled() {
	s.Helper()
	eventually(s.T, "the server has reconciled", func() bool { return s.metric("headwater_reconciles_total") > 0 })
}

// takeAway moves a file out of the folder, beside it, and returns its new path.
func (f folder) takeAway(name string) (to string) {
	f.Helper()
	to = filepath.Join(filepath.Dir(f.dir), name)
	must(f.T, os.Rename(f.path(name), to))
	return to
}
