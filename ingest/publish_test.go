package ingest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"go.uber.org/zap"

	"headwater/ingest"
	"headwater/ingest/catalog"
	"headwater/ingest/catalog/sqlite"
	"headwater/ingest/storage"
	"headwater/ingest/storage/local"
	"headwater/ingest/storage/mem"
	"headwater/ingest/storage/storagetest"
	"headwater/packager"
)

// library is a publisher with all that it stands on.
type library struct {
	*ingest.Publisher
	store      storage.Store
	catalog    catalog.Catalog
	scratch    *ingest.Scratch
	scratchDir string
	// dies says that the process ends where it would otherwise handle an error.
	dies bool
}

// stores opens an empty store of each backend.
var stores = map[string]func(t *testing.T) storage.Store{
	"mem":   func(*testing.T) storage.Store { return &mem.Store{} },
	"local": func(t *testing.T) storage.Store { return openLocal(t, t.TempDir()) },
}

// onEachStore runs a test on every backend.
func onEachStore(t *testing.T, test func(t *testing.T, open func(t *testing.T) storage.Store)) {
	for name, open := range stores {
		t.Run(name, func(t *testing.T) { test(t, open) })
	}
}

func openLocal(t *testing.T, dir string) *local.Store {
	t.Helper()
	s, err := local.Open(dir)
	must(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

// openLibrary opens a library whose catalogue and scratch folder lie in dir, as one more process does.
func openLibrary(t *testing.T, dir string, store storage.Store) *library {
	t.Helper()
	c, err := sqlite.Open(t.Context(), filepath.Join(dir, "catalog.db"), time.Now)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	scratchDir := filepath.Join(dir, "scratch")
	s, err := ingest.OpenScratch(scratchDir)
	must(t, err)
	return &library{Publisher: ingest.NewPublisher(store, c, zap.NewNop()), store: store, catalog: c, scratch: s, scratchDir: scratchDir}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// presentation returns a generation of one fragment for each track.
func presentation(asset packager.AssetID, generation uint32, tracks ...packager.TrackID) *packager.Presentation {
	p := &packager.Presentation{
		Asset: asset, Generation: generation,
		Grid: packager.Grid{ID: "g", Timescale: 1000, Cuts: []packager.Ticks{0, 2000}},
	}
	for _, id := range tracks {
		p.Tracks = append(p.Tracks, packager.Track{
			ID: id, Kind: packager.Video, Codec: "avc1.64001F", Timescale: 1000, Language: "und", Init: []byte("init"),
			Video: packager.VideoFormat{Width: 320, Height: 180, FrameRate: packager.FrameRate{Num: 25, Den: 1}}, SizeBytes: int64(len(trackBody)), SampleTableBytes: uint32(len(tableBody)),
			Fragments: []packager.Fragment{{Offset: 4, SizeBytes: 8, MoofSizeBytes: 4, Duration: 2000, FirstSampleSizeBytes: 1, Samples: 50}},
		})
	}
	return p
}

// trackBody is the file of every track of presentation.
const trackBody = "init" + "moof" + "mdat"

// tableBody is the sample table of each.
const tableBody = "samples"

func put(ctx context.Context, s storage.Store, key, text string) error {
	return s.Put(ctx, key, strings.NewReader(text), int64(len(text)))
}

// publish publishes a generation whose last track is new.
func (l *library) publish(ctx context.Context, job catalog.JobID, final bool, p *packager.Presentation) error {
	last := p.Tracks[len(p.Tracks)-1].ID
	if err := put(ctx, l.store, ingest.TrackKey(p.Asset, last), trackBody); err != nil {
		return err
	}
	if err := put(ctx, l.store, ingest.SampleTableKey(p.Asset, last), tableBody); err != nil {
		return err
	}
	index := fmt.Appendf(nil, "index %d", p.Generation)
	return l.Publish(ctx, ingest.Publication{Job: job, Presentation: p, Index: index, Final: final})
}

// ingest makes an asset of two generations in one job, as passthrough and ladder do. When a step fails it ends the job.
func (l *library) ingest(ctx context.Context, asset packager.AssetID) error {
	w, err := l.scratch.Create()
	if err != nil {
		return err
	}
	_, err = l.catalog.CreateAsset(ctx, catalog.NewAsset{ID: asset}, catalog.NewJob{ID: w.Job(), Kind: "ingest"})
	if err == nil {
		err = l.work(ctx, asset, w)
	}
	return l.end(ctx, w, err)
}

// end ends a job as its owner does.
func (l *library) end(ctx context.Context, w *ingest.Workdir, err error) error {
	switch {
	case err != nil && l.dies:
		w.Abandon()
		return err
	case err != nil && !errors.Is(err, ingest.ErrUndelivered):
		return errors.Join(err, l.Fail(ctx, w, "broken"))
	default:
		return errors.Join(err, w.Remove())
	}
}

func (l *library) work(ctx context.Context, asset packager.AssetID, w *ingest.Workdir) error {
	if err := os.WriteFile(w.Path("file"), []byte("x"), 0o600); err != nil {
		return err
	}
	if err := put(ctx, l.store, ingest.SourceKey(asset), "source"); err != nil {
		return err
	}
	err := l.publish(ctx, w.Job(), false, presentation(asset, 1, "t1"))
	if err != nil && !errors.Is(err, ingest.ErrUndelivered) {
		return err
	}
	return l.publish(ctx, w.Job(), true, presentation(asset, 2, "t1", "t2"))
}

// reindex publishes one more generation that lists the same tracks.
func (l *library) reindex(ctx context.Context, asset packager.AssetID, generation uint32) error {
	w, err := l.scratch.Create()
	if err != nil {
		return err
	}
	if _, err = l.catalog.CreateJob(ctx, asset, catalog.NewJob{ID: w.Job(), Kind: "reindex"}); err == nil {
		p := presentation(asset, generation, "t1", "t2")
		err = l.Publish(ctx, ingest.Publication{Job: w.Job(), Presentation: p, Index: []byte("again"), Final: true})
	}
	return l.end(ctx, w, err)
}

// check holds what must be true when nothing is going on: storage has exactly what the catalogue refers to, records and
// feed say what the catalogue says, no job runs, nothing is in scratch.
func (l *library) check(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	used := map[string]bool{}
	for _, state := range []catalog.AssetState{catalog.Ingesting, catalog.Ready, catalog.Failed, catalog.Deleted} {
		assets, err := l.catalog.Assets(ctx, catalog.AssetFilter{State: state, Limit: catalog.MaxPage})
		must(t, err)
		for _, a := range assets {
			generations, err := l.catalog.Generations(ctx, a.ID)
			must(t, err)
			maps.Copy(used, ingest.UsedKeys(a.ID, generations))
			l.checkRecord(t, a, generations)
			if state == catalog.Ingesting {
				t.Errorf("asset %s is ingesting", a.ID)
			}
		}
	}
	got := append(storagetest.Keys(t, l.store, "assets/"), storagetest.Keys(t, l.store, "projects/")...)
	if want := slices.Sorted(maps.Keys(used)); !slices.Equal(got, want) {
		t.Errorf("storage has %v, the catalogue refers to %v", got, want)
	}
	running, err := l.catalog.RunningJobs(ctx)
	must(t, err)
	entries, err := os.ReadDir(l.scratchDir)
	must(t, err)
	if len(running) != 0 || len(entries) != 0 {
		t.Errorf("running jobs %v, scratch %v", running, entries)
	}
	l.checkDocuments(t)
	l.checkFeed(t)
}

func (l *library) checkDocuments(t *testing.T) {
	t.Helper()
	names, err := l.catalog.Documents(t.Context())
	must(t, err)
	var keys []string
	for _, name := range names {
		keys = append(keys, ingest.DocumentKey(name))
		d, err := l.catalog.Document(t.Context(), name)
		must(t, err)
		if stored, err := ingest.ReadDocument(t.Context(), l.store, name); err != nil || !bytes.Equal(stored, d.Body) {
			t.Errorf("document %s is %q, stored %q, %v", name, d.Body, stored, err)
		}
	}
	if stored := storagetest.Keys(t, l.store, "shared/"); !slices.Equal(stored, keys) {
		t.Errorf("storage has %v, the catalogue %v", stored, keys)
	}
}

func (l *library) checkRecord(t *testing.T, a catalog.Asset, generations []catalog.Generation) {
	t.Helper()
	r, err := ingest.ReadRecord(t.Context(), l.store, a.ID)
	if a.State != catalog.Ready {
		if !errors.Is(err, storage.ErrNotExist) || len(generations) != 0 {
			t.Errorf("asset %s is %s and has %d generations and record %+v, %v", a.ID, a.State, len(generations), r, err)
		}
		return
	}
	must(t, err)
	listed := append([]uint32{r.Generation}, r.Retained...)
	want := needed(generations)
	if !slices.Equal(listed, want) || r.State != ingest.RecordReady || !r.Updated.Equal(a.UpdatedAt) || r.Generation != a.Generation {
		t.Errorf("record %+v of asset %+v with generations %v", r, a, want)
	}
	if r.Visibility != a.Visibility || !r.PublishAt.Equal(a.PublishAt) || !r.ExpireAt.Equal(a.ExpireAt) || r.Policy != a.Policy {
		t.Errorf("record %+v of asset %+v", r, a)
	}
}

// needed returns the current generation and those without which a track of the asset would not be found.
func needed(generations []catalog.Generation) (numbers []uint32) {
	for i, g := range generations {
		isNewer := func(track catalog.Track) bool {
			return slices.ContainsFunc(generations[:i], func(newer catalog.Generation) bool { return slices.Contains(newer.Tracks, track) })
		}
		if i == 0 || slices.ContainsFunc(g.Tracks, func(t catalog.Track) bool { return !isNewer(t) }) {
			numbers = append(numbers, g.Number)
		}
	}
	return numbers
}

// TestRetained publishes generations that share tracks: a record lists those in which a track is found that no newer one
// has.
func TestRetained(t *testing.T) {
	l := openLibrary(t, t.TempDir(), &mem.Store{})
	w, err := l.scratch.Create()
	must(t, err)
	_, err = l.catalog.CreateAsset(t.Context(), catalog.NewAsset{ID: "a1"}, catalog.NewJob{ID: w.Job()})
	must(t, err)
	must(t, put(t.Context(), l.store, ingest.SourceKey("a1"), "source"))
	generation := uint32(0)
	f := func(want []uint32, tracks ...packager.TrackID) {
		t.Helper()
		generation++
		must(t, l.publish(t.Context(), w.Job(), generation == 6, presentation("a1", generation, tracks...)))
		r, err := ingest.ReadRecord(t.Context(), l.store, "a1")
		must(t, err)
		if r.Generation != generation || !slices.Equal(r.Retained, want) {
			t.Errorf("record %+v, want generation %d and retained %v", r, generation, want)
		}
	}
	f(nil, "t1")
	f(nil, "t1", "t2")
	f([]uint32{2}, "t1", "t3")
	f([]uint32{2}, "t1", "t3")
	f([]uint32{4, 2}, "t4")
	f([]uint32{5, 4}, "t2")
	must(t, w.Remove())
	l.check(t)
}

func (l *library) checkFeed(t *testing.T) {
	t.Helper()
	pending, err := l.catalog.Pending(t.Context(), catalog.MaxPage)
	must(t, err)
	if len(pending) != 0 {
		t.Errorf("undelivered: %v", pending)
	}
	keys := storagetest.Keys(t, l.store, "feed/")
	head, err := ingest.ReadHead(t.Context(), l.store)
	if errors.Is(err, storage.ErrNotExist) && len(keys) == 0 {
		return
	}
	must(t, err)
	var want []string
	for seq := head.First; seq <= head.Last; seq++ {
		want = append(want, ingest.ChangeKey(seq))
		if _, err := ingest.ReadChange(t.Context(), l.store, seq); err != nil {
			t.Error(err)
		}
	}
	if want = append(want, ingest.FeedHeadKey); !slices.Equal(keys, want) {
		t.Errorf("feed has %v, its head says %+v", keys, head)
	}
}

func TestPublish(t *testing.T) {
	onEachStore(t, func(t *testing.T, open func(*testing.T) storage.Store) {
		l := openLibrary(t, t.TempDir(), open(t))
		must(t, l.ingest(t.Context(), "a1"))
		must(t, l.ingest(t.Context(), "a2"))
		must(t, l.reindex(t.Context(), "a1", 3))
		l.check(t)
		if got := storagetest.Read(t, l.store, ingest.IndexKey("a1", 2)); got != "index 2" {
			t.Errorf("index %q", got)
		}
		r, err := ingest.ReadRecord(t.Context(), l.store, "a1")
		must(t, err)
		if r.Generation != 3 || len(r.Retained) != 0 {
			t.Errorf("record %+v", r)
		}
		head, err := ingest.ReadHead(t.Context(), l.store)
		must(t, err)
		if head != (ingest.Head{First: 1, Last: 5}) {
			t.Errorf("head %+v", head)
		}
		change, err := ingest.ReadChange(t.Context(), l.store, 5)
		must(t, err)
		if change.Kind != catalog.ChangePublish || change.Asset != "a1" || change.Generation != 3 || change.Seq != 5 {
			t.Errorf("change %+v", change)
		}
	})
}

// TestPublishSummary checks what listings show of a generation.
func TestPublishSummary(t *testing.T) {
	l := openLibrary(t, t.TempDir(), &mem.Store{})
	must(t, l.ingest(t.Context(), "a1"))
	generations, err := l.catalog.Generations(t.Context(), "a1")
	must(t, err)
	g := generations[0]
	want := catalog.Track{ID: "t2", Kind: packager.Video, Codec: "avc1.64001F", Language: "und", Width: 320, Height: 180, SizeBytes: 12}
	if g.Duration != 2*time.Second || g.IndexKey != "assets/a1/generations/2.idx" || g.IndexSizeBytes != 7 || len(g.Tracks) != 2 || g.Tracks[1] != want {
		t.Errorf("generation %+v", g)
	}
}

func TestPublishRefuses(t *testing.T) {
	l := openLibrary(t, t.TempDir(), &mem.Store{})
	w, err := l.scratch.Create()
	must(t, err)
	_, err = l.catalog.CreateAsset(t.Context(), catalog.NewAsset{ID: "a1"}, catalog.NewJob{ID: w.Job()})
	must(t, err)
	f := func(name string, want error, prepare func(p *packager.Presentation)) {
		t.Helper()
		p := presentation("a1", 1, "t1")
		prepare(p)
		err := l.Publish(t.Context(), ingest.Publication{Job: w.Job(), Presentation: p, Index: []byte("x"), Final: true})
		if err == nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", name, err, want)
		}
	}
	f("missing track file", storage.ErrNotExist, func(*packager.Presentation) {})
	must(t, put(t.Context(), l.store, ingest.TrackKey("a1", "t1"), trackBody[1:]))
	f("short track file", nil, func(*packager.Presentation) {})
	must(t, put(t.Context(), l.store, ingest.TrackKey("a1", "t1"), trackBody))
	f("missing sample table", storage.ErrNotExist, func(*packager.Presentation) {})
	must(t, put(t.Context(), l.store, ingest.SampleTableKey("a1", "t1"), tableBody))
	f("invalid presentation", nil, func(p *packager.Presentation) { p.Grid.Cuts[1] = 2001 })
	f("a gap in generations", catalog.ErrConflict, func(p *packager.Presentation) { p.Generation = 2 })
	must(t, l.Fail(t.Context(), w, "none of these"))
	l.check(t)
	if keys := storagetest.Keys(t, l.store, ""); len(keys) != 0 {
		t.Errorf("left %v", keys)
	}
}
