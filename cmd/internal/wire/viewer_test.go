package wire

import (
	"bytes"
	"errors"
	"reflect"
	"testing"
	"time"

	"headwater/ingest"
	"headwater/ingest/catalog"
	"headwater/ingest/storage/mem"
	"headwater/origin"
)

// TestViewer_Asset translates records. What this program does not know is not shown.
func TestViewer_Asset(t *testing.T) {
	store := &mem.Store{}
	from := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	plain := ingest.Record{Asset: "shop/a1", State: ingest.RecordReady, Visibility: catalog.Published, Generation: 2, Retained: []uint32{1}}
	f := func(name string, change func(*ingest.Record), want origin.Asset) {
		t.Helper()
		record := plain
		change(&record)
		encoded, err := ingest.EncodeRecord(record)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Put(t.Context(), ingest.RecordKey("shop/a1"), bytes.NewReader(encoded), int64(len(encoded))); err != nil {
			t.Fatal(err)
		}
		want.Generation, want.Retained = 2, []uint32{1}
		if got, err := (viewer{store}).Asset(t.Context(), "shop/a1"); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	f("open", func(*ingest.Record) {}, origin.Asset{Visibility: origin.Published})
	f("bounded", func(r *ingest.Record) { r.PublishAt, r.ExpireAt, r.Policy = from, from.AddDate(1, 0, 0), "members" },
		origin.Asset{Visibility: origin.Published, PublishAt: from, ExpireAt: from.AddDate(1, 0, 0), Policy: "members"})
	f("draft", func(r *ingest.Record) { r.Visibility = catalog.Draft }, origin.Asset{Visibility: origin.Draft})
	f("blocked", func(r *ingest.Record) { r.Visibility = catalog.Blocked }, origin.Asset{Visibility: origin.Blocked})
	f("unknown visibility", func(r *ingest.Record) { r.Visibility = "friends" }, origin.Asset{Visibility: origin.Blocked})
	f("unknown state", func(r *ingest.Record) { r.State = "paused" }, origin.Asset{Visibility: origin.Blocked})
	if _, err := (viewer{store}).Asset(t.Context(), "a1"); !errors.Is(err, origin.ErrNotFound) {
		t.Errorf("asset of another project: %v", err)
	}
}

func TestViewer_Entry(t *testing.T) {
	store := &mem.Store{}
	for seq, c := range map[uint64]struct {
		change catalog.Change
		want   origin.Change
	}{
		1: {catalog.Change{Kind: catalog.ChangeUpdate, Asset: "shop/a1"}, origin.Change{Asset: "shop/a1"}},
		2: {catalog.Change{Kind: catalog.ChangeDocument, Document: "rules"}, origin.Change{Document: "rules"}},
	} {
		c.change.Seq = catalog.Seq(seq)
		encoded, err := ingest.EncodeChange(c.change)
		if err != nil {
			t.Fatal(err)
		}
		if err := store.Put(t.Context(), ingest.ChangeKey(c.change.Seq), bytes.NewReader(encoded), int64(len(encoded))); err != nil {
			t.Fatal(err)
		}
		if got, err := (viewer{store}).Entry(t.Context(), seq); err != nil || got != c.want {
			t.Errorf("entry %d: %+v, %v", seq, got, err)
		}
	}
}
