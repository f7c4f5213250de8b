package ingest_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"headwater/ingest"
	"headwater/ingest/catalog"
	"headwater/ingest/storage"
	"headwater/ingest/storage/mem"
	"headwater/ingest/storage/storagetest"
	"headwater/packager"
)

// lastChange reads the last entry of the feed.
func (l *library) lastChange(t *testing.T) catalog.Change {
	t.Helper()
	head, err := ingest.ReadHead(t.Context(), l.store)
	must(t, err)
	change, err := ingest.ReadChange(t.Context(), l.store, head.Last)
	must(t, err)
	return change
}

func TestPutDocument(t *testing.T) {
	onEachStore(t, func(t *testing.T, open func(*testing.T) storage.Store) {
		l := openLibrary(t, t.TempDir(), open(t))
		for revision, body := range []string{"first", "", "third"} {
			must(t, l.PutDocument(t.Context(), "rules", uint64(revision), []byte(body)))
			l.check(t)
			if c := l.lastChange(t); c.Kind != catalog.ChangeDocument || c.Document != "rules" || c.Seq != catalog.Seq(revision+1) {
				t.Errorf("change %+v", c)
			}
		}
		if err := l.PutDocument(t.Context(), "rules", 2, nil); !errors.Is(err, catalog.ErrConflict) || errors.Is(err, ingest.ErrUndelivered) {
			t.Errorf("an old revision: %v", err)
		}
		l.check(t)
	})
}

// TestPutUndelivered puts a document while storage takes nothing: it stays and is delivered later.
func TestPutUndelivered(t *testing.T) {
	l := openLibrary(t, t.TempDir(), &mem.Store{})
	fuse, sound := &storagetest.Fuse{}, *l
	l.Publisher = ingest.NewPublisher(storagetest.Faulty{Store: l.store, Fuse: fuse}, l.catalog, zap.NewNop())
	fuse.Blow(0, storage.ErrUnavailable)
	if err := l.PutDocument(t.Context(), "rules", 0, []byte("x")); !errors.Is(err, ingest.ErrUndelivered) {
		t.Errorf("put: %v", err)
	}
	must(t, sound.Reconcile(t.Context(), sound.scratch))
	sound.check(t)
}

// orderly is a store that calls before each put of an entry of the feed.
type orderly struct {
	storage.Store
	before func()
}

func (s orderly) Put(ctx context.Context, key string, body io.Reader, sizeBytes int64) error {
	if strings.HasPrefix(key, "feed/0") {
		s.before()
	}
	return s.Store.Put(ctx, key, body, sizeBytes)
}

// TestDocumentBeforeItsEntry holds that who reads of a change finds it made.
func TestDocumentBeforeItsEntry(t *testing.T) {
	l := openLibrary(t, t.TempDir(), &mem.Store{})
	entries := 0
	l.Publisher = ingest.NewPublisher(orderly{l.store, func() {
		entries++
		if body, err := ingest.ReadDocument(t.Context(), l.store, "rules"); err != nil || string(body) != strings.Repeat("x", entries) {
			t.Errorf("at entry %d the document is %q, %v", entries, body, err)
		}
	}}, l.catalog, zap.NewNop())
	for revision := range uint64(3) {
		must(t, l.PutDocument(t.Context(), "rules", revision, []byte(strings.Repeat("x", int(revision)+1))))
	}
	if entries != 3 {
		t.Errorf("%d entries", entries)
	}
}

func TestReadDocument(t *testing.T) {
	s := &mem.Store{}
	if _, err := ingest.ReadDocument(t.Context(), s, "rules"); !errors.Is(err, storage.ErrNotExist) {
		t.Errorf("none: %v", err)
	}
	largest := strings.Repeat("x", catalog.MaxDocumentBytes)
	must(t, put(t.Context(), s, ingest.DocumentKey("rules"), largest))
	if body, err := ingest.ReadDocument(t.Context(), s, "rules"); err != nil || string(body) != largest {
		t.Errorf("the largest: %d bytes, %v", len(body), err)
	}
	must(t, put(t.Context(), s, ingest.DocumentKey("rules"), largest+"x"))
	if _, err := ingest.ReadDocument(t.Context(), s, "rules"); !errors.Is(err, ingest.ErrDamaged) {
		t.Errorf("one too long: %v", err)
	}
	for _, name := range []string{"../feed/head.json", "/etc/passwd", "", ".."} {
		if body, err := ingest.ReadDocument(t.Context(), s, name); err == nil {
			t.Errorf("%q: %q", name, body)
		}
	}
}

// TestReconcileMendsDocuments damages what storage has of a document in the ways of a restored backup. Origins must hear
// of it, and of nothing when all is well.
func TestReconcileMendsDocuments(t *testing.T) {
	onEachStore(t, func(t *testing.T, open func(*testing.T) storage.Store) {
		l := openLibrary(t, t.TempDir(), open(t))
		must(t, l.PutDocument(t.Context(), "keys", 0, []byte("sealed")))
		must(t, l.PutDocument(t.Context(), "rules", 0, []byte("new")))
		key := ingest.DocumentKey("rules")
		for i, damage := range []func() error{
			func() error { return nil },
			func() error { return l.store.Delete(t.Context(), key) },
			func() error { return put(t.Context(), l.store, key, "old") },
			func() error { return put(t.Context(), l.store, key, strings.Repeat("x", catalog.MaxDocumentBytes+1)) },
			func() error { return nil },
		} {
			before := l.lastChange(t)
			must(t, damage())
			must(t, l.Reconcile(t.Context(), l.scratch))
			l.check(t)
			announced := l.lastChange(t).Seq - before.Seq
			if mended := i > 0 && i < 4; mended && (announced != 1 || l.lastChange(t).Document != "rules") || !mended && announced != 0 {
				t.Errorf("damage %d: %d announced, the last %+v", i, announced, l.lastChange(t))
			}
		}
		d, err := l.catalog.Document(t.Context(), "rules")
		must(t, err)
		if d.Revision != 1 {
			t.Errorf("mending made revision %d", d.Revision)
		}
	})
}

// TestUpdateAsset follows an asset of a project from draft to deleted: it has a record for as long as it is stored, and
// nothing of it is left in the end.
func TestUpdateAsset(t *testing.T) {
	onEachStore(t, func(t *testing.T, open func(*testing.T) storage.Store) {
		l := openLibrary(t, t.TempDir(), open(t))
		must(t, l.ingest(t.Context(), "a1")) // of the same name in the default project
		must(t, l.ingest(t.Context(), "shop/a1"))
		until := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
		for _, update := range []catalog.AssetUpdate{
			{Visibility: new(catalog.Draft)},
			{Visibility: new(catalog.Published), ExpireAt: &until, Policy: new("members")},
			{Visibility: new(catalog.Blocked)},
		} {
			must(t, l.UpdateAsset(t.Context(), "shop/a1", update))
			l.check(t)
			if c := l.lastChange(t); c.Kind != catalog.ChangeUpdate || c.Asset != "shop/a1" {
				t.Errorf("change %+v", c)
			}
		}
		r, err := ingest.ReadRecord(t.Context(), l.store, "shop/a1")
		must(t, err)
		if r.Visibility != catalog.Blocked || !r.ExpireAt.Equal(until) || r.Policy != "members" || r.Generation != 2 {
			t.Errorf("record %+v", r)
		}
		must(t, l.Delete(t.Context(), "shop/a1"))
		l.check(t)
		if keys := storagetest.Keys(t, l.store, "projects/"); len(keys) != 0 || l.stateOf(t, "a1") != "ready 2" {
			t.Errorf("left %v, the other asset is %s", keys, l.stateOf(t, "a1"))
		}
		if err := l.UpdateAsset(t.Context(), packager.AssetID("shop/a2"), catalog.AssetUpdate{}); !errors.Is(err, catalog.ErrNotFound) {
			t.Errorf("unknown asset: %v", err)
		}
	})
}
