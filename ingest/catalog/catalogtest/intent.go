package catalogtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"headwater/ingest/catalog"
	"headwater/packager"
)

func (f fixture) update(t *testing.T, id packager.AssetID, update catalog.AssetUpdate) catalog.Change {
	t.Helper()
	c, err := f.UpdateAsset(t.Context(), id, update)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func testUpdate(t *testing.T, f fixture) {
	f.create(t, "shop/a1")
	f.publish(t, "shop/a1", 1, true)
	from := time.Date(2027, 1, 1, 0, 0, 0, 1_999_999, time.FixedZone("elsewhere", 3600))
	until := from.AddDate(1, 0, 0)
	steps := []struct {
		update catalog.AssetUpdate
		change func(*catalog.Asset)
	}{
		{catalog.AssetUpdate{Visibility: new(catalog.Draft)}, func(a *catalog.Asset) { a.Visibility = catalog.Draft }},
		{catalog.AssetUpdate{ExpireAt: &until}, func(a *catalog.Asset) { a.ExpireAt = until.UTC().Truncate(time.Millisecond) }},
		{catalog.AssetUpdate{PublishAt: &from, Policy: new("members")}, func(a *catalog.Asset) {
			a.PublishAt, a.Policy = from.UTC().Truncate(time.Millisecond), "members"
		}},
		{catalog.AssetUpdate{}, func(*catalog.Asset) {}},
		{catalog.AssetUpdate{Visibility: new(catalog.Blocked)}, func(a *catalog.Asset) { a.Visibility = catalog.Blocked }},
		{catalog.AssetUpdate{Visibility: new(catalog.Published), PublishAt: &time.Time{}, ExpireAt: &time.Time{}, Policy: new("")},
			func(a *catalog.Asset) {
				a.Visibility, a.PublishAt, a.ExpireAt, a.Policy = catalog.Published, time.Time{}, time.Time{}, ""
			}},
	}
	for i, step := range steps {
		expected := f.asset(t, "shop/a1")
		change := f.update(t, "shop/a1", step.update)
		step.change(&expected)
		expected.UpdatedAt = change.At
		what := fmt.Sprint("step ", i)
		want(t, what, f.asset(t, "shop/a1"), expected)
		want(t, what, change, catalog.Change{
			Seq: catalog.Seq(i + 2), Kind: catalog.ChangeUpdate, Asset: "shop/a1", Generation: 1, At: change.At,
		})
		want(t, what, f.pending(t)[i+1], change)
	}
}

func testUpdateRefuses(t *testing.T, f fixture) {
	f.create(t, "a1")
	before := f.asset(t, "a1")
	at := time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, update := range map[string]catalog.AssetUpdate{
		"unknown visibility":   {Visibility: new(catalog.Visibility("public"))},
		"empty visibility":     {Visibility: new(catalog.Visibility(""))},
		"end at the beginning": {PublishAt: &at, ExpireAt: new(at.Add(time.Microsecond))},
		"end in another age":   {ExpireAt: new(at.AddDate(8000, 0, 0))},
		"beginning of time":    {PublishAt: new(time.UnixMilli(0))},
		"name of a policy":     {Policy: new("../rules")},
	} {
		if _, err := f.UpdateAsset(t.Context(), "a1", update); err == nil || errors.Is(err, catalog.ErrConflict) {
			t.Errorf("%s: %v", name, err)
		}
	}
	want(t, "asset", f.asset(t, "a1"), before)
	want(t, "changes", len(f.pending(t)), 0)
	must(t, f.DeleteAsset(t.Context(), "a1"))
	_, err := f.UpdateAsset(t.Context(), "a1", catalog.AssetUpdate{})
	wantErr(t, "deleted asset", err, catalog.ErrConflict)
}

func testDocuments(t *testing.T, f fixture) {
	large := bytes.Repeat([]byte{0, 0xff, '\''}, catalog.MaxDocumentBytes/3)
	for revision, body := range [][]byte{[]byte("{}"), nil, {}, large} {
		change, err := f.PutDocument(t.Context(), "rules", uint64(revision), body)
		must(t, err)
		want(t, "change", change, catalog.Change{
			Seq: catalog.Seq(revision + 1), Kind: catalog.ChangeDocument, Document: "rules", At: change.At,
		})
		d, err := f.Document(t.Context(), "rules")
		must(t, err)
		wantStored(t, "updated", d.Updated)
		if d.Name != "rules" || d.Revision != uint64(revision+1) || !bytes.Equal(d.Body, body) || !d.Updated.Equal(change.At) {
			t.Errorf("document %s, revision %d, %d bytes, updated %v", d.Name, d.Revision, len(d.Body), d.Updated)
		}
		want(t, "last change", f.pending(t)[revision], change)
	}
	_, err := f.PutDocument(t.Context(), "keys", 0, []byte("sealed"))
	must(t, err)
	names, err := f.Documents(t.Context())
	must(t, err)
	want(t, "names", names, []string{"keys", "rules"})
}

func testPutRefuses(t *testing.T, f fixture) {
	_, err := f.PutDocument(t.Context(), "rules", 1, []byte("x"))
	wantErr(t, "revision of a document that is not there", err, catalog.ErrConflict)
	_, err = f.PutDocument(t.Context(), "rules", 0, []byte("first"))
	must(t, err)
	for _, revision := range []uint64{0, 2, 1<<64 - 1} {
		_, err = f.PutDocument(t.Context(), "rules", revision, []byte("x"))
		wantErr(t, fmt.Sprint("revision ", revision), err, catalog.ErrConflict)
	}
	for _, name := range []string{"", "Rules", "a/b", "../rules"} {
		if _, err := f.PutDocument(t.Context(), name, 0, nil); err == nil {
			t.Errorf("name %q: no error", name)
		}
	}
	if _, err := f.PutDocument(t.Context(), "rules", 1, make([]byte, catalog.MaxDocumentBytes+1)); err == nil {
		t.Error("huge body: no error")
	}
	d, err := f.Document(t.Context(), "rules")
	must(t, err)
	if d.Revision != 1 || string(d.Body) != "first" || len(f.pending(t)) != 1 {
		t.Errorf("document at revision %d with %q, changes %v", d.Revision, d.Body, f.pending(t))
	}
}

func testAnnounce(t *testing.T, f fixture) {
	_, err := f.PutDocument(t.Context(), "rules", 0, []byte("x"))
	must(t, err)
	before, err := f.Document(t.Context(), "rules")
	must(t, err)
	change, err := f.AnnounceDocument(t.Context(), "rules")
	must(t, err)
	want(t, "change", change, catalog.Change{Seq: 2, Kind: catalog.ChangeDocument, Document: "rules", At: change.At})
	after, err := f.Document(t.Context(), "rules")
	must(t, err)
	want(t, "document", after, before)
}

// testConcurrentPuts lets goroutines of two handles append their letter to one document. None may be lost, and changes
// of assets in between leave no gap.
func testConcurrentPuts(t *testing.T, f fixture) {
	const workers, puts = 4, 6
	handles := []fixture{f, {f.open(t), f.open, f.clock}}
	var wg sync.WaitGroup
	for w := range workers {
		handle := handles[w%len(handles)]
		wg.Go(func() {
			id := packager.AssetID(fmt.Sprint("a", w))
			if err := lifeOf(handle, id); err != nil {
				t.Errorf("asset %s: %v", id, err)
			}
			for range puts {
				if err := appendLetter(handle, byte('a'+w)); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	d, err := f.Document(t.Context(), "letters")
	must(t, err)
	slices.Sort(d.Body)
	want(t, "letters", string(d.Body), "aaaaaabbbbbbccccccdddddd")
	want(t, "revision", d.Revision, workers*puts)
	changes := f.pending(t)
	want(t, "number of changes", len(changes), workers*(puts+2))
	for i, c := range changes {
		want(t, "number", c.Seq, catalog.Seq(i+1))
		want(t, "names a document", c.Kind == catalog.ChangeDocument, c.Document != "" && c.Asset == "")
	}
}

// appendLetter reads the document and puts it back until nobody else has put it meanwhile.
func appendLetter(f fixture, letter byte) error {
	for {
		d, err := f.Document(context.Background(), "letters")
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			return err
		}
		_, err = f.PutDocument(context.Background(), "letters", d.Revision, append(d.Body, letter))
		if !errors.Is(err, catalog.ErrConflict) {
			return err
		}
	}
}
