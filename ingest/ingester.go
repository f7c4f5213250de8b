package ingest

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"go.uber.org/zap"

	"headwater/ingest/catalog"
	"headwater/ingest/storage"
	"headwater/packager"
)

// Ingester turns files into assets. Safe for concurrent use, also by several processes on one catalogue, store and
// scratch folder.
type Ingester struct {
	cfg       Config
	catalog   catalog.Catalog
	store     storage.Store
	scratch   *Scratch
	publisher *Publisher
	log       *zap.Logger
}

// NewIngester returns an Ingester that works in scratch and publishes through publisher, which must stand on the same
// store and catalogue.
func NewIngester(cfg Config, c catalog.Catalog, store storage.Store, scratch *Scratch, publisher *Publisher, log *zap.Logger) (*Ingester, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("ingest: %w", err)
	}
	return &Ingester{cfg: cfg, catalog: c, store: store, scratch: scratch, publisher: publisher, log: log}, nil
}

// Stages of a job, in the order in which they come.
const (
	StageCopy        = "copy"        // the source into scratch space
	StageProbe       = "probe"       // what is in it
	StagePassthrough = "passthrough" // renditions that keep the source's packets
	StageEncode      = "encode"      // the ladder
	StagePublish     = "publish"     // storing and telling origins
)

// Progress is how far a job has come.
type Progress struct {
	Stage    string
	Fraction float64 // of the stage, 0 to 1
	Speed    float64 // in multiples of playing speed; 0 when unknown
	Asset    packager.AssetID
	// Generation is the last one that was published: the asset plays while its ladder is being encoded. 0 before that.
	Generation uint32
}

// Result is what a job made, complete or not.
type Result struct {
	Asset packager.AssetID
	// Presentation is the last one that was published; nil when none was.
	Presentation *packager.Presentation
}

// Intent is what the owner of a new asset wants for it. The zero value is an asset of the default project that all may watch
// whom its rules let.
type Intent struct {
	// Project that the asset belongs to, empty for the default one.
	Project string
	// Visibility that it begins with; empty for [catalog.Published].
	Visibility catalog.Visibility
	// Policy names the rules of who may watch; empty for those of the project.
	Policy string
}

// newAsset returns an asset of a new id.
func (i Intent) newAsset(name string) catalog.NewAsset {
	id := newID()
	if i.Project != "" {
		id = i.Project + "/" + id
	}
	return catalog.NewAsset{ID: packager.AssetID(id), Name: name, Visibility: i.Visibility, Policy: i.Policy}
}

// Ingest makes an asset of the file at path, as intent says, and returns when its last generation is published; an earlier one may play
// already. observe, unless nil, is called from one goroutine at a time. When ctx ends, the job ends visibly as failed.
//
// Result.Asset is set as soon as there is an asset, also when its job failed. The error says in one line what was wrong
// and what to do; it wraps [ErrUndelivered] when all was published but viewers may have to wait.
func (in *Ingester) Ingest(ctx context.Context, path string, intent Intent, observe func(Progress)) (Result, error) {
	source, err := openSource(path, in.cfg.MaxSourceBytes)
	if err != nil {
		return Result{}, err
	}
	defer source.Close()
	w, err := in.scratch.Create()
	if err != nil {
		return Result{}, err
	}
	asset := intent.newAsset(filepath.Base(path))
	_, err = in.catalog.CreateAsset(ctx, asset, catalog.NewJob{ID: w.Job(), Kind: "ingest"})
	if err != nil {
		return Result{}, errors.Join(err, w.Remove())
	}
	j := &job{Ingester: in, asset: asset.ID, workdir: w, observe: observe}
	return j.finish(ctx, j.ingest(ctx, source))
}

// finish ends the job as err says and removes its scratch folder.
func (j *job) finish(ctx context.Context, err error) (Result, error) {
	result := Result{Asset: j.asset, Presentation: j.published}
	if err == nil || errors.Is(err, ErrUndelivered) {
		return result, errors.Join(err, j.workdir.Remove())
	}
	reason := reasonOf(err)
	j.log.Info("job ends", zap.String("asset_id", string(j.asset)), zap.String("job_id", string(j.workdir.Job())), zap.Error(err))
	// What a job leaves behind must go even when it was canceled.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), cleanupTimeout)
	defer cancel()
	return result, errors.Join(&JobError{Reason: reason, Err: err}, j.publisher.Fail(ctx, j.workdir, reason))
}

// cleanupTimeout bounds the removal of a failed job's objects; the next start goes on where it ended.
const cleanupTimeout = time.Minute

// newID returns a name that is never given twice: 60 random bits.
func newID() string { return strings.ToLower(rand.Text()[:12]) }
