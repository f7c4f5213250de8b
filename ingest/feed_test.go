package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
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

var sampleChange = catalog.Change{
	Seq: 17, Kind: catalog.ChangePublish, Asset: "a1", Generation: 3, At: time.Date(2026, 11, 23, 8, 34, 0, 0, time.UTC),
}

var documentChange = catalog.Change{
	Seq: 18, Kind: catalog.ChangeDocument, Document: "rules", At: time.Date(2026, 11, 23, 8, 34, 0, 0, time.UTC),
}

func TestFeedFormat(t *testing.T) {
	data, err := ingest.EncodeChange(sampleChange)
	must(t, err)
	want := `{"version":1,"seq":17,"kind":"publish","asset":"a1","generation":3,"at":"2026-11-23T08:34:00Z"}`
	if string(data) != want {
		t.Errorf("got %s, want %s", data, want)
	}
	if c, err := ingest.DecodeChange(data); err != nil || c != sampleChange {
		t.Errorf("decoded %+v, %v", c, err)
	}
	data, err = ingest.EncodeChange(documentChange)
	must(t, err)
	want = `{"version":1,"seq":18,"kind":"document","document":"rules","at":"2026-11-23T08:34:00Z"}`
	if string(data) != want {
		t.Errorf("got %s, want %s", data, want)
	}
	if c, err := ingest.DecodeChange(data); err != nil || c != documentChange {
		t.Errorf("decoded %+v, %v", c, err)
	}
	data, err = ingest.EncodeHead(ingest.Head{First: 5, Last: 17})
	must(t, err)
	if want := `{"version":1,"first":5,"last":17}`; string(data) != want {
		t.Errorf("got %s, want %s", data, want)
	}
	if got, want := ingest.ChangeKey(17), "feed/00000000000000000017.json"; got != want {
		t.Errorf("key %s, want %s", got, want)
	}
	if got, want := ingest.ChangeKey(1<<64-1), "feed/18446744073709551615.json"; got != want || got > ingest.FeedHeadKey {
		t.Errorf("key %s, want %s", got, want)
	}
}

func TestDecodeFeedRefuses(t *testing.T) {
	for _, text := range []string{
		``, `{}`, `null`, `{"version":2,"seq":1,"kind":"publish","asset":"a1"}`, `{"version":1,"seq":0,"kind":"publish","asset":"a1"}`,
		`{"version":1,"seq":-1,"kind":"publish","asset":"a1"}`, `{"version":1,"seq":1,"kind":"","asset":"a1"}`,
		`{"version":1,"seq":1,"kind":"publish","asset":"../a"}`, `{"version":1,"seq":18446744073709551616,"kind":"publish","asset":"a1"}`,
		`{"version":1,"seq":1,"kind":"publish"}`, `{"version":1,"seq":1,"kind":"publish","asset":"shop/a/1"}`,
		`{"version":1,"seq":1,"kind":"document","asset":"a1","document":"rules"}`,
		`{"version":1,"seq":1,"kind":"document","document":"../rules"}`, `{"version":1,"seq":1,"kind":"document","document":"shop/rules"}`,
		`{"version":1,"seq":1,"kind":"publish","asset":"a1","at":"9999-12-31T23:59:59-01:00"}`,
	} {
		if c, err := ingest.DecodeChange([]byte(text)); !errors.Is(err, ingest.ErrDamaged) {
			t.Errorf("entry %s: %+v, %v", text, c, err)
		}
	}
	for _, text := range []string{
		``, `{}`, `{"version":2,"first":1,"last":1}`, `{"version":1,"first":0,"last":1}`, `{"version":1,"first":2,"last":1}`,
		`{"version":1,"first":1,"last":1}` + strings.Repeat(" ", 20_000),
	} {
		if h, err := ingest.DecodeHead([]byte(text)); !errors.Is(err, ingest.ErrDamaged) {
			t.Errorf("head %.100s: %+v, %v", text, h, err)
		}
	}
	s := &mem.Store{}
	data, err := ingest.EncodeChange(sampleChange)
	must(t, err)
	must(t, put(t.Context(), s, ingest.ChangeKey(18), string(data)))
	if _, err := ingest.ReadChange(t.Context(), s, 18); !errors.Is(err, ingest.ErrDamaged) {
		t.Errorf("entry with another number: %v", err)
	}
}

// TestFeedPruning keeps the last entries, and what an interrupted pruning left goes with the next one.
func TestFeedPruning(t *testing.T) {
	onEachStore(t, func(t *testing.T, open func(*testing.T) storage.Store) {
		l := openLibrary(t, t.TempDir(), open(t))
		l.SetFeedLength(4)
		for i := range 5 {
			must(t, l.ingest(t.Context(), packager.AssetID(fmt.Sprint("a", i)))) // two changes each
			l.check(t)
		}
		head, err := ingest.ReadHead(t.Context(), l.store)
		must(t, err)
		if head != (ingest.Head{First: 7, Last: 10}) {
			t.Errorf("head %+v", head)
		}
		must(t, put(t.Context(), l.store, ingest.ChangeKey(2), "left by an interrupted pruning"))
		must(t, l.Delete(t.Context(), "a1"))
		l.check(t)
	})
}

// TestDeliverMany delivers more changes than go into one batch.
func TestDeliverMany(t *testing.T) {
	l := openLibrary(t, t.TempDir(), &mem.Store{})
	l.SetFeedLength(150)
	for i := range 230 {
		id := packager.AssetID(fmt.Sprint("a", i))
		_, err := l.catalog.CreateAsset(t.Context(), catalog.NewAsset{ID: id}, catalog.NewJob{ID: catalog.JobID(id)})
		must(t, err)
		must(t, l.catalog.DeleteAsset(t.Context(), id))
		must(t, l.catalog.FailJob(t.Context(), catalog.JobID(id), "deleted"))
	}
	must(t, l.Reconcile(t.Context(), l.scratch))
	l.check(t)
	head, err := ingest.ReadHead(t.Context(), l.store)
	must(t, err)
	if head != (ingest.Head{First: 81, Last: 230}) {
		t.Errorf("head %+v", head)
	}
}

// TestPruningIsRare looks for old entries once in a while, not with every change.
func TestPruningIsRare(t *testing.T) {
	store := &storagetest.Counting{Store: &mem.Store{}}
	l := openLibrary(t, t.TempDir(), store)
	const length, changes = 64, 200
	l.SetFeedLength(length)
	for i := range changes {
		id := packager.AssetID(fmt.Sprint("a", i))
		_, err := l.catalog.CreateAsset(t.Context(), catalog.NewAsset{ID: id}, catalog.NewJob{ID: catalog.JobID(id)})
		must(t, err)
		must(t, l.catalog.DeleteAsset(t.Context(), id))
		must(t, l.Deliver(t.Context()))
		head, err := ingest.ReadHead(t.Context(), store)
		must(t, err)
		if kept := head.Last - head.First + 1; i >= length && kept < length || kept > length+length/8 {
			t.Fatalf("after %d changes: %+v", i+1, head)
		}
	}
	if lists := store.Count()[storagetest.OpList]; lists > 1+(changes-length)/(length/8) {
		t.Errorf("%d times for %d changes", lists, changes)
	}
	head, err := ingest.ReadHead(t.Context(), store)
	must(t, err)
	if entries := len(storagetest.Keys(t, store, "feed/")) - 1; entries != int(head.Last-head.First+1) {
		t.Errorf("%d entries, head %+v", entries, head)
	}
}

// recordless is a store that takes everything but records while its fuse is blown.
type recordless struct {
	storage.Store
	fuse *storagetest.Fuse
}

func (s recordless) Put(ctx context.Context, key string, body io.Reader, sizeBytes int64) error {
	if strings.HasSuffix(key, "/record.json") {
		if err := s.fuse.Step(); err != nil {
			return err
		}
	}
	return s.Store.Put(ctx, key, body, sizeBytes)
}

func (s recordless) Delete(ctx context.Context, key string) error {
	if strings.HasSuffix(key, "/record.json") {
		if err := s.fuse.Step(); err != nil {
			return err
		}
	}
	return s.Store.Delete(ctx, key)
}

// TestUndelivered publishes while storage does not take the record: the publication stays and is delivered later.
func TestUndelivered(t *testing.T) {
	l := openLibrary(t, t.TempDir(), &mem.Store{})
	must(t, l.ingest(t.Context(), "a1"))
	fuse, sound := &storagetest.Fuse{}, *l
	l.store = recordless{l.store, fuse}
	l.Publisher = ingest.NewPublisher(l.store, l.catalog, zap.NewNop())
	fuse.Blow(0, storage.ErrUnavailable)
	if err := l.reindex(t.Context(), "a1", 3); !errors.Is(err, ingest.ErrUndelivered) || !errors.Is(err, storage.ErrUnavailable) {
		t.Errorf("publish: %v", err)
	}
	if err := l.Delete(t.Context(), "a1"); !errors.Is(err, ingest.ErrUndelivered) {
		t.Errorf("delete: %v", err)
	}
	if keys := storagetest.Keys(t, l.store, ingest.AssetPrefix("a1")+"tracks/"); len(keys) != 4 {
		t.Errorf("objects of an asset that viewers still see: %v", keys)
	}
	must(t, sound.Reconcile(t.Context(), sound.scratch))
	sound.check(t)
}

// gate is a store that holds back the first record that is put, until it is opened.
type gate struct {
	storage.Store
	reached, opened chan struct{}
	once            *sync.Once
}

func (g gate) Put(ctx context.Context, key string, body io.Reader, sizeBytes int64) error {
	if strings.HasSuffix(key, "/record.json") {
		g.once.Do(func() {
			close(g.reached)
			<-g.opened
		})
	}
	return g.Store.Put(ctx, key, body, sizeBytes)
}

// TestDeliverInOrder stalls a process that has read generation 3 and is about to write its record, while another one
// publishes generation 4. The record must end at 4.
func TestDeliverInOrder(t *testing.T) {
	dir, store := t.TempDir(), &mem.Store{}
	g := gate{store, make(chan struct{}), make(chan struct{}), &sync.Once{}}
	l, slow := openLibrary(t, dir, store), openLibrary(t, dir, g)
	must(t, l.ingest(t.Context(), "a1"))
	result := make(chan error)
	go func() { result <- slow.reindex(context.Background(), "a1", 3) }()
	<-g.reached
	job := catalog.JobID("fourth")
	_, err := l.catalog.CreateJob(t.Context(), "a1", catalog.NewJob{ID: job})
	must(t, err)
	g4 := catalog.Generation{Number: 4, IndexKey: ingest.IndexKey("a1", 4)}
	must(t, put(t.Context(), store, g4.IndexKey, "index 4"))
	_, err = l.catalog.Publish(t.Context(), catalog.Publication{Asset: "a1", Job: job, Generation: g4, Final: true})
	must(t, err)
	// The slow one holds the lock, so that this one gives up telling. Had it not waited for the lock it would have told
	// of generation 4 at once, and the slow one would now put generation 3 over it.
	brief, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if err := l.Deliver(brief); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	close(g.opened)
	must(t, <-result)
	must(t, l.Reconcile(t.Context(), l.scratch))
	l.check(t)
	if r, err := ingest.ReadRecord(t.Context(), store, "a1"); err != nil || r.Generation != 4 {
		t.Errorf("record %+v, %v", r, err)
	}
}

// FuzzDecodeChange holds that what is accepted is written and read again unchanged.
func FuzzDecodeChange(f *testing.F) {
	data, err := ingest.EncodeChange(sampleChange)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	for _, text := range []string{
		`{"version":1,"seq":1,"kind":"block","asset":"a1","by":"someone"}`,
		`{"version":1,"seq":1,"kind":"update","asset":"shop/a1"}`,
		`{"version":1,"seq":1,"kind":"document","document":"rules"}`,
		`{"version":1,"seq":1,"kind":"document","asset":"a1","document":"rules"}`,
		`{"version":1,"seq":1,"kind":"publish","asset":"a1","at":"9999-12-31T23:59:59-01:00"}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ingest.DecodeChange(data)
		if err != nil {
			return
		}
		written, err := ingest.EncodeChange(c)
		must(t, err)
		if again, err := ingest.DecodeChange(written); err != nil || again != c {
			t.Errorf("%s: %+v read again as %+v, %v", data, c, again, err)
		}
	})
}

// FuzzDecodeHead holds the same of heads.
func FuzzDecodeHead(f *testing.F) {
	f.Add([]byte(`{"version":1,"first":5,"last":17}`))
	f.Add([]byte(`{"version":1,"first":5,"last":4}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		h, err := ingest.DecodeHead(data)
		if err != nil {
			return
		}
		written, err := ingest.EncodeHead(h)
		must(t, err)
		if again, err := ingest.DecodeHead(written); err != nil || again != h || h.First == 0 || h.First > h.Last {
			t.Errorf("%s: %+v read again as %+v, %v", data, h, again, err)
		}
	})
}
