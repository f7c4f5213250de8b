package origin

import (
	"context"
	"slices"
	"testing"
	"time"

	"headwater/packager"
)

func TestPoller_RefreshesDocuments(t *testing.T) {
	d := &documents{}
	documentsTest(t, d, func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller) {
		check := func(what string, want int) {
			t.Helper()
			tick()
			if reads := d.read(); reads != want {
				t.Errorf("%s: read %d times, want %d", what, reads, want)
			}
			if s := poller.Stats(); s.NoDocuments || s.Stale || s.Applied != s.Head {
				t.Errorf("%s: stats %+v", what, s)
			}
		}
		check("at the start", 1)
		check("nothing new", 0)
		feed.change(func() { feed.changes = append(feed.changes, "film") })
		check("a change of an asset", 0)
		storage.publish(newFilm(t, "film", 2, "new-"))
		feed.change(func() { feed.changes = append(feed.changes, "rules.document", "film", "keys.document") })
		check("changes of two documents", 1)
		if generationOf(t, table, "film") != 2 {
			t.Error("the asset between them is not refreshed")
		}
		if n := storage.count("asset "); n != 0 {
			t.Errorf("a document was read as an asset %d times", n)
		}
		feed.change(func() { feed.first, feed.changes = 7, []packager.AssetID{"film"} })
		check("a gap", 1)
		feed.change(func() { feed.changes = nil })
		check("a feed that went back", 1)
	})
}

func TestPoller_NoDocumentsUntilTheyAreRead(t *testing.T) {
	d := &documents{fail: ErrUnavailable}
	documentsTest(t, d, func(t *testing.T, _ *storage, feed *feed, table *Table, poller *Poller) {
		feed.change(func() { feed.changes = []packager.AssetID{"film"} })
		tick()
		if s := poller.Stats(); !s.NoDocuments || !s.Stale || s.Applied != 0 || s.Head != 1 || s.Outdates != 1 {
			t.Errorf("stats %+v", s)
		}
		d.change(func() { d.fail = nil })
		tick()
		if s := poller.Stats(); s.NoDocuments || s.Stale || s.Applied != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

// TestPoller_FailingDocuments refuses to read documents for longer than anything may be served stale. Assets change all
// the same, and stay trusted: the feed and their records are in reach.
func TestPoller_FailingDocuments(t *testing.T) {
	d := &documents{}
	documentsTest(t, d, func(t *testing.T, storage *storage, feed *feed, table *Table, poller *Poller) {
		d.change(func() { d.fail = ErrCorrupt })
		feed.change(func() { feed.changes = []packager.AssetID{"other", "rules.document"} })
		tick()
		storage.publish(newFilm(t, "film", 2, "new-"))
		feed.change(func() { feed.changes = append(feed.changes, "film") })
		tick()
		if s := poller.Stats(); s.Applied != 0 || s.Head != 3 || !s.Stale || s.NoDocuments || generationOf(t, table, "film") != 2 {
			t.Errorf("stats %+v", s)
		}
		time.Sleep(testConfig().StaleFor + 2*testConfig().PollInterval)
		if s := poller.Stats(); s.Outdates != 1 || s.Failures < 3 || time.Since(s.Contact) > 2*testConfig().PollInterval {
			t.Errorf("stats %+v", s)
		}
		d.change(func() { d.fail = nil })
		d.read()
		tick()
		if s := poller.Stats(); s.Applied != 3 || s.Stale || d.read() != 1 {
			t.Errorf("stats %+v", s)
		}
	})
}

// TestPoller_FailingDocumentsOfAnotherFeed holds that no more counts as applied than the feed has.
func TestPoller_FailingDocumentsOfAnotherFeed(t *testing.T) {
	d := &documents{}
	documentsTest(t, d, func(t *testing.T, _ *storage, feed *feed, _ *Table, poller *Poller) {
		feed.change(func() { feed.changes = []packager.AssetID{"film", "film", "film"} })
		tick()
		d.change(func() { d.fail = ErrUnavailable })
		feed.change(func() { feed.changes = feed.changes[:1] })
		tick()
		if s := poller.Stats(); s.Applied != 1 || s.Head != 1 || !s.Stale {
			t.Errorf("stats %+v", s)
		}
	})
}

func TestNamed(t *testing.T) {
	assets, mentions := named([]Change{{Document: "rules"}, {Asset: "film"}, {Document: "keys"}, {Asset: "other"}, {Asset: "film"}})
	if !slices.Equal(assets, []packager.AssetID{"film", "other"}) || !slices.Equal(mentions, []int{1, 3}) {
		t.Errorf("assets %v, named first at %v", assets, mentions)
	}
}

// TestPoller_DocumentsDoNotWaitForRecords has a record that storage does not read: a revocation takes effect before
// that is found out, and again while it lasts.
func TestPoller_DocumentsDoNotWaitForRecords(t *testing.T) {
	d := &documents{}
	documentsTest(t, d, func(t *testing.T, storage *storage, feed *feed, _ *Table, poller *Poller) {
		d.read()
		storage.change(func() {
			storage.before = func(ctx context.Context, _ string) error { <-ctx.Done(); return ctx.Err() }
		})
		feed.change(func() { feed.changes = []packager.AssetID{"film", "revocations.document"} })
		tick()
		if d.read() != 1 {
			t.Error("not refreshed")
		}
		fail(storage, ErrUnavailable)
		storage.change(func() { storage.before = nil })
		time.Sleep(testConfig().LoadTimeout)
		feed.change(func() { feed.changes = append(feed.changes, "revocations.document") })
		tick()
		if s := poller.Stats(); d.read() == 0 || s.Applied != 0 || s.Head != 3 {
			t.Errorf("stats %+v", s)
		}
	})
}

// TestPoller_SurvivesDocuments has them panic, and then take for ever.
func TestPoller_SurvivesDocuments(t *testing.T) {
	d := &documents{}
	documentsTest(t, d, func(t *testing.T, _ *storage, feed *feed, _ *Table, poller *Poller) {
		for name, before := range map[string]func(context.Context){
			"panic": func(context.Context) { panic("boom") },
			"hang":  func(ctx context.Context) { <-ctx.Done() },
		} {
			d.change(func() { d.before = before })
			feed.change(func() { feed.changes = append(feed.changes, "rules.document") })
			tick()
			time.Sleep(3 * testConfig().LoadTimeout) // the first poll tries twice
			if s := poller.Stats(); !s.Stale || s.Applied == s.Head {
				t.Errorf("%s: stats %+v", name, s)
			}
			d.change(func() { d.before = nil })
			time.Sleep(3 * testConfig().LoadTimeout)
			if s := poller.Stats(); s.Stale || s.Applied != s.Head {
				t.Errorf("%s: stats %+v", name, s)
			}
		}
	})
}
