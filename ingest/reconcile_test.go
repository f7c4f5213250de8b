package ingest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/zap"

	"headwater/ingest"
	"headwater/ingest/catalog"
	"headwater/ingest/storage"
	"headwater/ingest/storage/storagetest"
	"headwater/packager"
)

// faultyCatalog fails when its fuse blows. What only reads takes one step, what changes something two.
type faultyCatalog struct {
	catalog.Catalog
	fuse *storagetest.Fuse
}

func (f faultyCatalog) CreateAsset(ctx context.Context, a catalog.NewAsset, j catalog.NewJob) (created catalog.Asset, err error) {
	err = f.fuse.Around(func() error { created, err = f.Catalog.CreateAsset(ctx, a, j); return err })
	return created, err
}

func (f faultyCatalog) CreateJob(ctx context.Context, id packager.AssetID, j catalog.NewJob) (created catalog.Job, err error) {
	err = f.fuse.Around(func() error { created, err = f.Catalog.CreateJob(ctx, id, j); return err })
	return created, err
}

func (f faultyCatalog) FailJob(ctx context.Context, id catalog.JobID, reason string) error {
	return f.fuse.Around(func() error { return f.Catalog.FailJob(ctx, id, reason) })
}

func (f faultyCatalog) Publish(ctx context.Context, p catalog.Publication) (c catalog.Change, err error) {
	err = f.fuse.Around(func() error { c, err = f.Catalog.Publish(ctx, p); return err })
	return c, err
}

func (f faultyCatalog) DeleteAsset(ctx context.Context, id packager.AssetID) error {
	return f.fuse.Around(func() error { return f.Catalog.DeleteAsset(ctx, id) })
}

func (f faultyCatalog) UpdateAsset(ctx context.Context, id packager.AssetID, u catalog.AssetUpdate) (c catalog.Change, err error) {
	err = f.fuse.Around(func() error { c, err = f.Catalog.UpdateAsset(ctx, id, u); return err })
	return c, err
}

func (f faultyCatalog) PutDocument(ctx context.Context, name string, revision uint64, body []byte) (c catalog.Change, err error) {
	err = f.fuse.Around(func() error { c, err = f.Catalog.PutDocument(ctx, name, revision, body); return err })
	return c, err
}

func (f faultyCatalog) Document(ctx context.Context, name string) (catalog.Document, error) {
	if err := f.fuse.Step(); err != nil {
		return catalog.Document{}, err
	}
	return f.Catalog.Document(ctx, name)
}

func (f faultyCatalog) MarkPurged(ctx context.Context, id packager.AssetID) error {
	return f.fuse.Around(func() error { return f.Catalog.MarkPurged(ctx, id) })
}

func (f faultyCatalog) MarkDelivered(ctx context.Context, seq catalog.Seq) error {
	return f.fuse.Around(func() error { return f.Catalog.MarkDelivered(ctx, seq) })
}

func (f faultyCatalog) Asset(ctx context.Context, id packager.AssetID) (catalog.Asset, error) {
	if err := f.fuse.Step(); err != nil {
		return catalog.Asset{}, err
	}
	return f.Catalog.Asset(ctx, id)
}

func (f faultyCatalog) Generations(ctx context.Context, id packager.AssetID) ([]catalog.Generation, error) {
	if err := f.fuse.Step(); err != nil {
		return nil, err
	}
	return f.Catalog.Generations(ctx, id)
}

func (f faultyCatalog) Job(ctx context.Context, id catalog.JobID) (catalog.Job, error) {
	if err := f.fuse.Step(); err != nil {
		return catalog.Job{}, err
	}
	return f.Catalog.Job(ctx, id)
}

func (f faultyCatalog) Pending(ctx context.Context, limit int) ([]catalog.Change, error) {
	if err := f.fuse.Step(); err != nil {
		return nil, err
	}
	return f.Catalog.Pending(ctx, limit)
}

// scenario is what a process does when it ends or meets an error.
type scenario struct {
	name string
	// exists says that the asset has two generations before.
	exists bool
	act    func(ctx context.Context, l *library, asset packager.AssetID) error
	// allowed are the states of the asset that may be found afterwards; the last one is the new one.
	allowed []string
}

var scenarios = []scenario{
	{"ingest a new asset", false, ingestAsset, []string{"none", "failed 0", "ready 1", "ready 2"}},
	{"publish one more generation", true, reindexAsset, []string{"ready 2", "ready 3"}},
	{"block", true, blockAsset, []string{"ready 2", "ready 2 blocked"}},
	{"put a document", false, putDocument, []string{"none"}},
	{"delete", true, deleteAsset, []string{"ready 2", "deleted 2"}},
}

func ingestAsset(ctx context.Context, l *library, asset packager.AssetID) error {
	return l.ingest(ctx, asset)
}

func reindexAsset(ctx context.Context, l *library, asset packager.AssetID) error {
	return l.reindex(ctx, asset, 3)
}

func blockAsset(ctx context.Context, l *library, asset packager.AssetID) error {
	return l.UpdateAsset(ctx, asset, catalog.AssetUpdate{Visibility: new(catalog.Blocked)})
}

// putDocument puts a document that is named as the asset would be.
func putDocument(ctx context.Context, l *library, asset packager.AssetID) error {
	return l.PutDocument(ctx, asset.Plain(), 0, []byte("rules"))
}

func deleteAsset(ctx context.Context, l *library, asset packager.AssetID) error {
	return l.Delete(ctx, asset)
}

// TestFaultAtEachStep lets each step of each scenario fail, before its work and after it. Either the process ends there,
// or only that step fails and the process handles the error. Reconcile must then find the old state or a new one, and
// leave nothing behind. On the disk, which is slow to flush, a sample of the steps has to do.
func TestFaultAtEachStep(t *testing.T) {
	strides := map[string]int{"mem": 1, "local": 5}
	for name, open := range stores {
		for _, s := range scenarios {
			t.Run(name+"/"+s.name, func(t *testing.T) {
				l := openLibrary(t, t.TempDir(), open(t))
				must(t, l.ingest(t.Context(), "bystander"))
				step := 0
				for s.run(t, l, step, true) {
					s.run(t, l, step, false)
					step += strides[name]
				}
				t.Logf("ended before step %d", step)
			})
		}
	}
}

// run plays the scenario on a new asset with a fault at one step, after which the process dies or goes on, and reports
// whether it came to that step.
func (s scenario) run(t *testing.T, l *library, step int, dies bool) (failed bool) {
	t.Helper()
	asset := packager.AssetID(fmt.Sprintf("project-%d/step-%d-%t", step%2, step, dies))
	if s.exists {
		must(t, l.ingest(t.Context(), asset))
	}
	fuse := &storagetest.Fuse{}
	faulty := *l
	faulty.dies = dies
	faulty.store, faulty.catalog = storagetest.Faulty{Store: l.store, Fuse: fuse}, faultyCatalog{l.catalog, fuse}
	faulty.Publisher = ingest.NewPublisher(faulty.store, faulty.catalog, zap.NewNop())
	if broken := errors.New("broken"); dies {
		fuse.Blow(step, broken)
	} else {
		fuse.Spark(step, broken)
	}
	err := s.act(t.Context(), &faulty, asset)
	failed = fuse.Mend()
	must(t, l.Reconcile(t.Context(), l.scratch))
	l.check(t)
	state := l.stateOf(t, asset)
	if !slices.Contains(s.allowed, state) || err == nil && state != s.allowed[len(s.allowed)-1] {
		t.Errorf("asset is %s, want one of %v", state, s.allowed)
	}
	if t.Failed() {
		t.Fatalf("with a fault at step %d, process dies %v, error %v", step, dies, err)
	}
	return failed
}

// stateOf puts the state of an asset into a word.
func (l *library) stateOf(t *testing.T, id packager.AssetID) string {
	t.Helper()
	a, err := l.catalog.Asset(t.Context(), id)
	if errors.Is(err, catalog.ErrNotFound) {
		return "none"
	}
	must(t, err)
	state := fmt.Sprintf("%s %d", a.State, a.Generation)
	if a.Visibility != catalog.Published {
		state += " " + string(a.Visibility)
	}
	return state
}

// TestReconcileFailsVisibly checks what a user sees of a job whose process died.
func TestReconcileFailsVisibly(t *testing.T) {
	f := func(name string, die func(l *library, w *ingest.Workdir)) {
		t.Helper()
		l := openLibrary(t, t.TempDir(), openLocal(t, t.TempDir()))
		w, err := l.scratch.Create()
		must(t, err)
		_, err = l.catalog.CreateAsset(t.Context(), catalog.NewAsset{ID: "a1"}, catalog.NewJob{ID: w.Job()})
		must(t, err)
		must(t, put(t.Context(), l.store, ingest.SourceKey("a1"), "source"))
		die(l, w)
		must(t, l.Reconcile(t.Context(), l.scratch))
		job, err := l.catalog.Job(t.Context(), w.Job())
		must(t, err)
		if job.State != catalog.JobFailed || !strings.HasPrefix(job.Reason, "interrupted") {
			t.Errorf("%s: job %+v", name, job)
		}
		l.check(t)
	}
	f("process killed", func(_ *library, w *ingest.Workdir) { w.Abandon() })
	f("scratch folder lost", func(l *library, w *ingest.Workdir) {
		w.Abandon()
		must(t, os.RemoveAll(l.scratchDir))
		must(t, os.Mkdir(l.scratchDir, 0o700))
	})
}

// TestReconcileLeavesTheLiving runs beside a job that has put objects and not published them.
func TestReconcileLeavesTheLiving(t *testing.T) {
	l := openLibrary(t, t.TempDir(), openLocal(t, t.TempDir()))
	w, err := l.scratch.Create()
	must(t, err)
	must(t, l.Reconcile(t.Context(), l.scratch)) // between the lock and the row of the job
	_, err = l.catalog.CreateAsset(t.Context(), catalog.NewAsset{ID: "a1"}, catalog.NewJob{ID: w.Job()})
	must(t, err)
	must(t, put(t.Context(), l.store, ingest.SourceKey("a1"), "source"))
	must(t, l.Reconcile(t.Context(), l.scratch))
	must(t, l.work(t.Context(), "a1", w))
	must(t, l.Reconcile(t.Context(), l.scratch)) // between the end of the job and that of its folder
	must(t, w.Remove())
	l.check(t)
	if state := l.stateOf(t, "a1"); state != "ready 2" {
		t.Errorf("asset is %s", state)
	}
}

// TestProcessesAtOnce lets several processes ingest, delete and reconcile on one library, and watches that no record goes
// back to an older generation.
func TestProcessesAtOnce(t *testing.T) {
	onEachStore(t, func(t *testing.T, open func(*testing.T) storage.Store) {
		dir, store := t.TempDir(), open(t)
		watched := openLibrary(t, dir, store)
		must(t, watched.ingest(t.Context(), "watched"))
		var workers, others sync.WaitGroup
		done := make(chan struct{})
		for i := range 3 {
			l := openLibrary(t, dir, store)
			workers.Go(func() { noError(t, l.live(fmt.Sprint("p", i))) })
			workers.Go(func() {
				for range 5 {
					noError(t, l.Reconcile(context.Background(), l.scratch))
				}
			})
		}
		workers.Go(func() {
			for generation := range uint32(8) {
				noError(t, watched.reindex(context.Background(), "watched", generation+3))
			}
		})
		others.Go(func() { watchRecord(t, store, "watched", done) })
		workers.Wait()
		close(done)
		others.Wait()
		must(t, watched.Reconcile(t.Context(), watched.scratch))
		watched.check(t)
	})
}

func noError(t *testing.T, err error) {
	if err != nil {
		t.Error(err)
	}
}

// live ingests some assets and deletes every other one.
func (l *library) live(name string) error {
	for i := range 4 {
		asset := packager.AssetID(fmt.Sprintf("%s-%d", name, i))
		if err := l.ingest(context.Background(), asset); err != nil {
			return err
		}
		if i%2 == 0 {
			continue
		}
		if err := l.Delete(context.Background(), asset); err != nil {
			return err
		}
	}
	return nil
}

func watchRecord(t *testing.T, store storage.Store, asset packager.AssetID, done <-chan struct{}) {
	for seen := uint32(0); ; {
		r, err := ingest.ReadRecord(context.Background(), store, asset)
		if err != nil || r.Generation < seen {
			t.Errorf("record of generation %d after %d, %v", r.Generation, seen, err)
			return
		}
		seen = r.Generation
		select {
		case <-done:
			return
		default:
		}
	}
}
