package system

import (
	"net/http"
	"os"
	"testing"

	"headwater/ingest"
	"headwater/packager"
)

// alerts is the metric that operators are told to watch.
const alerts = "headwater_corrupt_alerts_total"

// TestDamage damages what is stored in every way, one asset each, under a running server: a clean 500 without the
// cause, an alert, and every other asset plays on.
func TestDamage(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	sound := f.ingest(tiny)
	s := f.serve()
	first := func(id packager.AssetID) packager.Track { return f.presentation(id, 1).Tracks[0] }
	segment := func(id packager.AssetID) string {
		return s.url(id, packager.Resource{Kind: packager.MediaSegment, Track: first(id).ID, TargetSeconds: 6, Number: 1})
	}
	trackFile := func(id packager.AssetID) string { return f.path("objects", ingest.TrackKey(id, first(id).ID)) }

	check := func(name string, damage func(id packager.AssetID) (url string)) {
		id := f.ingest(tiny)
		url := damage(id)
		before := s.metric(alerts)
		checkPublic(t, s.status(http.StatusInternalServerError, url), "internal error\n")
		if after := s.metric(alerts); after <= before {
			t.Errorf("%s: %s stays at %v", name, alerts, after)
		}
		s.play(sound)
	}
	check("track cut off", func(id packager.AssetID) string {
		url := segment(id)
		must(t, os.Truncate(trackFile(id), first(id).Fragments[0].Offset+10))
		return url
	})
	check("track missing", func(id packager.AssetID) string {
		url := segment(id)
		must(t, os.Remove(trackFile(id)))
		return url
	})
	check("fragment header overwritten", func(id packager.AssetID) string {
		overwrite(t, trackFile(id), first(id).Fragments[0].Offset)
		return segment(id)
	})
	check("index damaged", func(id packager.AssetID) string {
		overwrite(t, f.path("objects", ingest.IndexKey(id, 1)), 40)
		return s.master(id)
	})
	check("index missing", func(id packager.AssetID) string {
		must(t, os.Remove(f.path("objects", ingest.IndexKey(id, 1))))
		return s.master(id)
	})
	check("record damaged", func(id packager.AssetID) string {
		overwrite(t, f.path("objects", ingest.RecordKey(id)), 0)
		return s.master(id)
	})
}

// overwrite changes eight bytes of a stored object.
func overwrite(t *testing.T, path string, offset int64) {
	t.Helper()
	must(t, os.Chmod(path, 0o644))
	file, err := os.OpenFile(path, os.O_WRONLY, 0)
	must(t, err)
	_, err = file.WriteAt([]byte("DAMAGED!"), offset)
	must(t, err)
	must(t, file.Close())
}

// TestReindex repairs an index that is damaged, and one that is gone, under a running server.
func TestReindex(t *testing.T) {
	t.Parallel()
	f := newFolder(t)
	id := f.ingest(suiting)
	s := f.serve()
	s.appears(id, 2)
	played := s.play(id)

	overwrite(t, f.path("objects", ingest.IndexKey(id, 2)), 40)
	if o := f.run("reindex", string(id)); o.code != 0 {
		t.Fatalf("reindex ended with %d: %s", o.code, o.stderr)
	}
	s.appears(id, 3)
	must(t, os.Remove(f.path("objects", ingest.IndexKey(id, 3))))
	if o := f.run("reindex", string(id)); o.code != 0 {
		t.Fatalf("reindex without an index ended with %d: %s", o.code, o.stderr)
	}
	s.appears(id, 4)
	for path, hash := range s.play(id) {
		if want, found := played[path]; found && hash != want {
			t.Errorf("%s has other bytes than before", path)
		}
	}
}
