// Package catalogtest holds the one suite that every backend of the catalogue passes. It is for tests only.
package catalogtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"headwater/ingest/catalog"
	"headwater/packager"
)

// Database opens one more handle on one database, as another process does. The handle lives until t ends.
type Database func(t *testing.T) catalog.Catalog

// Run runs the suite. create returns a new empty database whose handles read the time from now.
func Run(t *testing.T, create func(t *testing.T, now func() time.Time) Database) {
	for _, c := range []struct {
		name string
		test func(*testing.T, fixture)
	}{
		{"create asset", testCreateAsset},
		{"create job", testCreateJob},
		{"progress", testProgress},
		{"fail job", testFailJob},
		{"list jobs", testJobs},
		{"list assets", testAssets},
		{"list assets of one instant", testAssetsOfOneInstant},
		{"publish", testPublish},
		{"publish what must not be", testPublishConflicts},
		{"update", testUpdate},
		{"update what must not be", testUpdateRefuses},
		{"delete", testDelete},
		{"purge", testPurge},
		{"documents", testDocuments},
		{"put what must not be", testPutRefuses},
		{"announce", testAnnounce},
		{"outbox", testOutbox},
		{"unknown", testUnknown},
		{"context that ended", testContext},
		{"two handles", testTwoHandles},
		{"writers of two handles", testConcurrentWriters},
		{"publishers of one asset", testConcurrentPublishers},
		{"writers of one document", testConcurrentPuts},
		{"delivery lock", testLockDelivery},
	} {
		t.Run(c.name, func(t *testing.T) {
			clock := &Clock{}
			open := create(t, clock.Now)
			c.test(t, fixture{open(t), open, clock})
		})
	}
}

type fixture struct {
	catalog.Catalog
	open  Database
	clock *Clock
}

// Clock is a clock that goes on by one millisecond and a bit whenever it is read, unless it is stopped. The zero value
// starts in 2026. Safe for concurrent use.
type Clock struct {
	reads   atomic.Int64
	stopped atomic.Bool
}

// Now reads the clock, in a zone that is not UTC.
func (c *Clock) Now() time.Time {
	reads := c.reads.Load()
	if !c.stopped.Load() {
		reads = c.reads.Add(1)
	}
	start := time.Date(2026, 11, 23, 8, 0, 0, 0, time.FixedZone("elsewhere", 3600))
	return start.Add(time.Duration(reads) * (time.Millisecond + time.Microsecond))
}

// Stop makes every further reading the same.
func (c *Clock) Stop() { c.stopped.Store(true) }

// Generation returns a generation with two tracks, as Publish takes it.
func Generation(asset packager.AssetID, number uint32) catalog.Generation {
	return catalog.Generation{
		Number: number, IndexKey: fmt.Sprintf("%s/%d.idx", asset, number), IndexSizeBytes: 1234, Duration: 61_250 * time.Millisecond,
		Tracks: []catalog.Track{
			{ID: "v", Kind: packager.Video, Codec: "avc1.64001F", Language: "und", Width: 1280, Height: 720, SizeBytes: 1 << 40},
			{ID: "a", Kind: packager.Audio, Codec: "mp4a.40.2", Language: "de", Channels: 2, SizeBytes: 7},
		},
	}
}

func (f fixture) create(t *testing.T, id packager.AssetID) catalog.Asset {
	t.Helper()
	a, err := f.CreateAsset(t.Context(), catalog.NewAsset{ID: id, Name: "name of " + string(id)}, catalog.NewJob{ID: firstJob(id), Kind: "ingest"})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// firstJob is the job that create makes for an asset.
func firstJob(id packager.AssetID) catalog.JobID {
	return catalog.JobID(strings.ReplaceAll(string(id), "/", "-")) + "-1"
}

func (f fixture) publish(t *testing.T, id packager.AssetID, number uint32, final bool) catalog.Change {
	t.Helper()
	c, err := f.Publish(t.Context(), catalog.Publication{Asset: id, Job: firstJob(id), Generation: Generation(id, number), Final: final})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (f fixture) asset(t *testing.T, id packager.AssetID) catalog.Asset {
	t.Helper()
	a, err := f.Asset(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func (f fixture) job(t *testing.T, id catalog.JobID) catalog.Job {
	t.Helper()
	j, err := f.Job(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func (f fixture) pending(t *testing.T) []catalog.Change {
	t.Helper()
	changes, err := f.Pending(t.Context(), catalog.MaxPage)
	if err != nil {
		t.Fatal(err)
	}
	return changes
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func wantErr(t *testing.T, what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("%s: got error %v, want %v", what, err, want)
	}
}

func want[T any](t *testing.T, what string, got, want T) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%s: got %+v, want %+v", what, got, want)
	}
}

// wantStored checks a time of the catalogue: UTC, whole milliseconds.
func wantStored(t *testing.T, what string, at time.Time) {
	t.Helper()
	if at.Location() != time.UTC || !at.Equal(at.Truncate(time.Millisecond)) || at.Year() != 2026 {
		t.Errorf("%s: %v", what, at)
	}
}

func testCreateAsset(t *testing.T, f fixture) {
	a := f.create(t, "a1")
	wantStored(t, "created", a.CreatedAt)
	want(t, "asset", a, catalog.Asset{ID: "a1", Name: "name of a1", State: catalog.Ingesting, Visibility: catalog.Published, CreatedAt: a.CreatedAt, UpdatedAt: a.CreatedAt})
	want(t, "asset read again", f.asset(t, "a1"), a)
	j := f.job(t, "a1-1")
	want(t, "job", j, catalog.Job{ID: "a1-1", Asset: "a1", Kind: "ingest", State: catalog.JobRunning, CreatedAt: a.CreatedAt, UpdatedAt: a.CreatedAt})

	_, err := f.CreateAsset(t.Context(), catalog.NewAsset{ID: "a1"}, catalog.NewJob{ID: "other"})
	wantErr(t, "the same asset", err, catalog.ErrConflict)
	_, err = f.CreateAsset(t.Context(), catalog.NewAsset{ID: "a2"}, catalog.NewJob{ID: "a1-1"})
	wantErr(t, "the same job", err, catalog.ErrConflict)
	_, err = f.Asset(t.Context(), "a2")
	wantErr(t, "asset of a transaction that failed", err, catalog.ErrNotFound)
	_, err = f.CreateAsset(t.Context(), catalog.NewAsset{ID: "shop/a1", Visibility: catalog.Draft, Policy: "members"}, catalog.NewJob{ID: "shop-a1"})
	must(t, err)
	want(t, "visibility", f.asset(t, "shop/a1").Visibility, catalog.Draft)
	want(t, "policy", f.asset(t, "shop/a1").Policy, "members")
	if _, err := f.CreateAsset(t.Context(), catalog.NewAsset{ID: "a3", Visibility: "secret"}, catalog.NewJob{ID: "j"}); err == nil {
		t.Error("visibility: no error")
	}
	if _, err := f.CreateAsset(t.Context(), catalog.NewAsset{ID: "a3", Policy: "Members"}, catalog.NewJob{ID: "j"}); err == nil {
		t.Error("policy: no error")
	}
	for _, id := range []string{"", "A", "a/b/c", "-a", "/a", "a/"} {
		if _, err := f.CreateAsset(t.Context(), catalog.NewAsset{ID: packager.AssetID(id)}, catalog.NewJob{ID: "j"}); err == nil {
			t.Errorf("asset id %q: no error", id)
		}
		if _, err := f.CreateAsset(t.Context(), catalog.NewAsset{ID: "a3"}, catalog.NewJob{ID: catalog.JobID(id)}); err == nil {
			t.Errorf("job id %q: no error", id)
		}
	}
}

func testCreateJob(t *testing.T, f fixture) {
	f.create(t, "a1")
	_, err := f.CreateJob(t.Context(), "a1", catalog.NewJob{ID: "j2"})
	wantErr(t, "a second running job", err, catalog.ErrConflict)
	must(t, f.FailJob(t.Context(), "a1-1", "reason"))
	_, err = f.CreateJob(t.Context(), "a1", catalog.NewJob{ID: "a1-1"})
	wantErr(t, "the id of a job that ended", err, catalog.ErrConflict)
	want(t, "state after a conflict", f.asset(t, "a1").State, catalog.Failed)

	j, err := f.CreateJob(t.Context(), "a1", catalog.NewJob{ID: "j2", Kind: "reindex"})
	must(t, err)
	want(t, "job", j, f.job(t, "j2"))
	want(t, "kind", j.Kind, "reindex")
	want(t, "state of a failed asset with a new job", f.asset(t, "a1").State, catalog.Ingesting)
	_, err = f.CreateJob(t.Context(), "a9", catalog.NewJob{ID: "j3"})
	wantErr(t, "unknown asset", err, catalog.ErrNotFound)
	must(t, f.DeleteAsset(t.Context(), "a1"))
	_, err = f.CreateJob(t.Context(), "a1", catalog.NewJob{ID: "j4"})
	wantErr(t, "deleted asset", err, catalog.ErrConflict)
}

func testProgress(t *testing.T, f fixture) {
	f.create(t, "a1")
	before := f.job(t, "a1-1")
	must(t, f.SetProgress(t.Context(), "a1-1", catalog.Progress{Stage: "encode", Permille: 417}))
	j := f.job(t, "a1-1")
	want(t, "progress", j.Progress, catalog.Progress{Stage: "encode", Permille: 417})
	if !j.UpdatedAt.After(before.UpdatedAt) || !j.CreatedAt.Equal(before.CreatedAt) {
		t.Errorf("times %v, %v after %v", j.CreatedAt, j.UpdatedAt, before.UpdatedAt)
	}
	for _, permille := range []int{-1, 1001} {
		if err := f.SetProgress(t.Context(), "a1-1", catalog.Progress{Permille: permille}); err == nil {
			t.Errorf("%d permille: no error", permille)
		}
	}
	must(t, f.FailJob(t.Context(), "a1-1", "reason"))
	wantErr(t, "job that ended", f.SetProgress(t.Context(), "a1-1", catalog.Progress{}), catalog.ErrConflict)
}

func testFailJob(t *testing.T, f fixture) {
	f.create(t, "new")
	must(t, f.FailJob(t.Context(), "new-1", "no video and no audio"))
	j := f.job(t, "new-1")
	want(t, "state", j.State, catalog.JobFailed)
	want(t, "reason", j.Reason, "no video and no audio")
	want(t, "asset of which nothing was published", f.asset(t, "new").State, catalog.Failed)
	wantErr(t, "again", f.FailJob(t.Context(), "new-1", "other"), catalog.ErrConflict)
	want(t, "reason after failing again", f.job(t, "new-1").Reason, "no video and no audio")

	f.create(t, "old")
	f.publish(t, "old", 1, false)
	must(t, f.FailJob(t.Context(), "old-1", "disk full"))
	want(t, "asset that plays", f.asset(t, "old").State, catalog.Ready)

	f.create(t, "gone")
	must(t, f.DeleteAsset(t.Context(), "gone"))
	must(t, f.FailJob(t.Context(), "gone-1", "deleted"))
	want(t, "asset that was deleted", f.asset(t, "gone").State, catalog.Deleted)
}

func testJobs(t *testing.T, f fixture) {
	for _, id := range []packager.AssetID{"a1", "a2", "a3"} {
		f.create(t, id)
	}
	must(t, f.FailJob(t.Context(), "a1-1", "x"))
	_, err := f.CreateJob(t.Context(), "a1", catalog.NewJob{ID: "a1-2"})
	must(t, err)
	check := func(filter catalog.JobFilter, ids ...catalog.JobID) {
		t.Helper()
		jobs, err := f.Jobs(t.Context(), filter)
		must(t, err)
		want(t, fmt.Sprintf("%+v", filter), jobIDs(jobs), ids)
	}
	check(catalog.JobFilter{Limit: 10}, "a1-2", "a3-1", "a2-1", "a1-1")
	check(catalog.JobFilter{Limit: 2}, "a1-2", "a3-1")
	check(catalog.JobFilter{Limit: 10, Asset: "a1"}, "a1-2", "a1-1")
	check(catalog.JobFilter{Limit: 10, State: catalog.JobFailed}, "a1-1")
	check(catalog.JobFilter{Limit: 10, Asset: "a1", State: catalog.JobRunning}, "a1-2")
	check(catalog.JobFilter{Limit: 10, Asset: "a9"})
	running, err := f.RunningJobs(t.Context())
	must(t, err)
	want(t, "running", jobIDs(running), []catalog.JobID{"a2-1", "a3-1", "a1-2"})
	for _, limit := range []int{0, -1, catalog.MaxPage + 1} {
		if _, err := f.Jobs(t.Context(), catalog.JobFilter{Limit: limit}); err == nil {
			t.Errorf("limit %d: no error", limit)
		}
	}
}

func jobIDs(jobs []catalog.Job) []catalog.JobID {
	var ids []catalog.JobID
	for _, j := range jobs {
		ids = append(ids, j.ID)
	}
	return ids
}

func testAssets(t *testing.T, f fixture) {
	for i := range 7 {
		f.create(t, packager.AssetID(fmt.Sprint("a", i)))
	}
	f.publish(t, "a2", 1, true)
	f.publish(t, "a5", 1, true)
	must(t, f.FailJob(t.Context(), "a3-1", "x"))
	must(t, f.DeleteAsset(t.Context(), "a4"))
	check := func(state catalog.AssetState, ids ...packager.AssetID) {
		t.Helper()
		for limit := 1; limit <= 8; limit++ {
			want(t, fmt.Sprintf("state %q in pages of %d", state, limit), f.pages(t, state, limit), ids)
		}
	}
	check("", "a6", "a5", "a3", "a2", "a1", "a0")
	check(catalog.Ready, "a5", "a2")
	check(catalog.Failed, "a3")
	check(catalog.Deleted, "a4")
	check(catalog.Ingesting, "a6", "a1", "a0")
	for _, limit := range []int{0, -1, catalog.MaxPage + 1} {
		if _, err := f.Assets(t.Context(), catalog.AssetFilter{Limit: limit}); err == nil {
			t.Errorf("limit %d: no error", limit)
		}
	}
}

// pages lists all assets, with each cursor written and read on the way.
func (f fixture) pages(t *testing.T, state catalog.AssetState, limit int) []packager.AssetID {
	t.Helper()
	var ids []packager.AssetID
	for after := (catalog.Cursor{}); ; {
		page, err := f.Assets(t.Context(), catalog.AssetFilter{State: state, After: after, Limit: limit})
		must(t, err)
		for _, a := range page {
			ids = append(ids, a.ID)
			after, err = catalog.ParseCursor(a.Cursor().String())
			must(t, err)
		}
		if len(page) < limit {
			return ids
		}
	}
}

func testAssetsOfOneInstant(t *testing.T, f fixture) {
	f.clock.Stop()
	for _, id := range []packager.AssetID{"b", "d", "b/a", "a", "c"} {
		f.create(t, id)
	}
	for limit := 1; limit <= 6; limit++ {
		want(t, "listing", f.pages(t, "", limit), []packager.AssetID{"d", "c", "b/a", "b", "a"})
	}
}

func testPublish(t *testing.T, f fixture) {
	f.create(t, "a1")
	first := f.publish(t, "a1", 1, false)
	wantStored(t, "change", first.At)
	want(t, "change", first, catalog.Change{Seq: 1, Kind: catalog.ChangePublish, Asset: "a1", Generation: 1, At: first.At})
	a := f.asset(t, "a1")
	if a.State != catalog.Ready || a.Generation != 1 || !a.UpdatedAt.Equal(first.At) {
		t.Errorf("asset %+v", a)
	}
	want(t, "job", f.job(t, "a1-1").State, catalog.JobRunning)

	second := f.publish(t, "a1", 2, true)
	want(t, "number of the second change", second.Seq, 2)
	want(t, "generation", f.asset(t, "a1").Generation, 2)
	want(t, "job", f.job(t, "a1-1").State, catalog.JobDone)
	generations, err := f.Generations(t.Context(), "a1")
	must(t, err)
	newer, older := Generation("a1", 2), Generation("a1", 1)
	newer.PublishedAt, older.PublishedAt = second.At, first.At
	want(t, "generations", generations, []catalog.Generation{newer, older})
	want(t, "changes", f.pending(t), []catalog.Change{first, second})
}

func testPublishConflicts(t *testing.T, f fixture) {
	f.create(t, "a1")
	f.create(t, "a2")
	f.create(t, "gone")
	must(t, f.DeleteAsset(t.Context(), "gone"))
	before := f.pending(t)
	check := func(what string, asset packager.AssetID, job catalog.JobID, number uint32, kind error) {
		t.Helper()
		_, err := f.Publish(t.Context(), catalog.Publication{Asset: asset, Job: job, Generation: Generation(asset, number), Final: true})
		wantErr(t, what, err, kind)
	}
	check("generation 0", "a1", "a1-1", 0, catalog.ErrConflict)
	check("a gap", "a1", "a1-1", 2, catalog.ErrConflict)
	check("another asset's job", "a1", "a2-1", 1, catalog.ErrConflict)
	check("deleted asset", "gone", "gone-1", 1, catalog.ErrConflict)
	check("unknown asset", "a9", "a1-1", 1, catalog.ErrNotFound)
	check("unknown job", "a1", "j9", 1, catalog.ErrNotFound)
	want(t, "asset", f.asset(t, "a1").State, catalog.Ingesting)
	want(t, "changes", f.pending(t), before)

	change := f.publish(t, "a1", 1, false)
	want(t, "number after transactions that failed", change.Seq, before[len(before)-1].Seq+1)
	check("the same generation", "a1", "a1-1", 1, catalog.ErrConflict)
	must(t, f.FailJob(t.Context(), "a1-1", "x"))
	check("job that ended", "a1", "a1-1", 2, catalog.ErrConflict)
	want(t, "generation", f.asset(t, "a1").Generation, 1)
}

func testDelete(t *testing.T, f fixture) {
	f.create(t, "a1")
	f.publish(t, "a1", 1, true)
	for range 2 {
		must(t, f.DeleteAsset(t.Context(), "a1"))
		want(t, "state", f.asset(t, "a1").State, catalog.Deleted)
		generations, err := f.Generations(t.Context(), "a1")
		must(t, err)
		want(t, "generations", len(generations), 0)
		changes := f.pending(t)
		want(t, "number of changes", len(changes), 2)
		want(t, "change", changes[1], catalog.Change{Seq: 2, Kind: catalog.ChangeDelete, Asset: "a1", Generation: 1, At: changes[1].At})
	}
	_, err := f.CreateAsset(t.Context(), catalog.NewAsset{ID: "a1"}, catalog.NewJob{ID: "j"})
	wantErr(t, "the id of a deleted asset", err, catalog.ErrConflict)
}

func testPurge(t *testing.T, f fixture) {
	f.create(t, "a1")
	f.create(t, "a2")
	f.create(t, "a3")
	must(t, f.DeleteAsset(t.Context(), "a1"))
	must(t, f.DeleteAsset(t.Context(), "a3"))
	must(t, f.MarkPurged(t.Context(), "a2")) // is not deleted
	must(t, f.MarkPurged(t.Context(), "a1"))
	must(t, f.DeleteAsset(t.Context(), "a2"))
	ids, err := f.Unpurged(t.Context())
	must(t, err)
	slices.Sort(ids)
	want(t, "unpurged", ids, []packager.AssetID{"a2", "a3"})
}

func testOutbox(t *testing.T, f fixture) {
	want(t, "changes at the beginning", len(f.pending(t)), 0)
	var all []catalog.Change
	for i := range 5 {
		id := packager.AssetID(fmt.Sprint("a", i))
		f.create(t, id)
		all = append(all, f.publish(t, id, 1, true))
	}
	want(t, "changes", f.pending(t), all)
	some, err := f.Pending(t.Context(), 2)
	must(t, err)
	want(t, "two changes", some, all[:2])
	must(t, f.MarkDelivered(t.Context(), 3))
	must(t, f.MarkDelivered(t.Context(), 1))
	want(t, "changes after a delivery", f.pending(t), all[3:])
	must(t, f.MarkDelivered(t.Context(), 5))
	want(t, "changes after all deliveries", len(f.pending(t)), 0)
	f.create(t, "b")
	want(t, "number after all deliveries", f.publish(t, "b", 1, true).Seq, 6)
	for _, limit := range []int{0, -1, catalog.MaxPage + 1} {
		if _, err := f.Pending(t.Context(), limit); err == nil {
			t.Errorf("limit %d: no error", limit)
		}
	}
}

func testUnknown(t *testing.T, f fixture) {
	_, err := f.Asset(t.Context(), "x")
	wantErr(t, "asset", err, catalog.ErrNotFound)
	_, err = f.Job(t.Context(), "x")
	wantErr(t, "job", err, catalog.ErrNotFound)
	_, err = f.UpdateAsset(t.Context(), "x", catalog.AssetUpdate{})
	wantErr(t, "update", err, catalog.ErrNotFound)
	_, err = f.Document(t.Context(), "x")
	wantErr(t, "document", err, catalog.ErrNotFound)
	_, err = f.AnnounceDocument(t.Context(), "x")
	wantErr(t, "announce", err, catalog.ErrNotFound)
	wantErr(t, "progress", f.SetProgress(t.Context(), "x", catalog.Progress{}), catalog.ErrNotFound)
	wantErr(t, "fail", f.FailJob(t.Context(), "x", ""), catalog.ErrNotFound)
	wantErr(t, "delete", f.DeleteAsset(t.Context(), "x"), catalog.ErrNotFound)
	generations, err := f.Generations(t.Context(), "x")
	must(t, err)
	want(t, "generations", len(generations), 0)
}

func testContext(t *testing.T, f fixture) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := f.CreateAsset(ctx, catalog.NewAsset{ID: "a1"}, catalog.NewJob{ID: "j1"})
	wantErr(t, "create", err, context.Canceled)
	_, err = f.Asset(ctx, "a1")
	wantErr(t, "asset", err, context.Canceled)
	f.create(t, "a1")
}
