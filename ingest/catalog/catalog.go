package catalog

import (
	"context"
	"errors"

	"headwater/packager"
)

// Kinds of failure. Backends wrap them; test with errors.Is.
var (
	// ErrNotFound: there is no such asset, job or document.
	ErrNotFound = errors.New("not in the catalogue")
	// ErrConflict: the state of the asset, job or document does not allow it; the text says which rule. Nothing was changed.
	ErrConflict = errors.New("conflict")
	// ErrDamaged: what is stored is no catalogue, or a damaged one. A backup must take its place.
	ErrDamaged = errors.New("the catalogue is damaged")
	// ErrLocked: another process keeps the catalogue locked for longer than any sound one does.
	ErrLocked = errors.New("the catalogue is locked by another process")
)

// MaxPage is the largest number of rows that one listing returns.
const MaxPage = 1000

// Catalog stores assets, jobs, documents and changes. Every method is one transaction, safe for concurrent use, also by several
// processes on one database. When a method that changes something returns nil, the change survives a loss of power.
// Errors of the database wrap [ErrDamaged], [ErrLocked], or [syscall.ENOSPC] where the disk is full, as far as that is
// known.
type Catalog interface {
	// CreateAsset stores a new asset in state [Ingesting] together with the running job that fills it, so that no asset
	// ever waits for a job that nobody runs. An id that was used before is ErrConflict.
	CreateAsset(ctx context.Context, asset NewAsset, job NewJob) (Asset, error)
	// Asset returns one asset, also a deleted one. Errors wrap ErrNotFound.
	Asset(ctx context.Context, id packager.AssetID) (Asset, error)
	// Assets lists assets, newest first.
	Assets(ctx context.Context, filter AssetFilter) ([]Asset, error)
	// Generations returns what was published of an asset, newest first: the current generation and the retained ones.
	// It is empty for an asset that is unknown, deleted or was never published.
	Generations(ctx context.Context, id packager.AssetID) ([]Generation, error)

	// CreateJob stores a running job for an asset that exists. Errors wrap ErrNotFound, or ErrConflict when the asset is
	// deleted or has a running job. A failed asset is ingesting again.
	CreateJob(ctx context.Context, id packager.AssetID, job NewJob) (Job, error)
	// Job returns one job. Errors wrap ErrNotFound.
	Job(ctx context.Context, id JobID) (Job, error)
	// Jobs lists jobs, newest first.
	Jobs(ctx context.Context, filter JobFilter) ([]Job, error)
	// RunningJobs returns all jobs that have not ended, oldest first.
	RunningJobs(ctx context.Context) ([]Job, error)
	// SetProgress says how far a running job is. Errors wrap ErrNotFound, or ErrConflict when the job has ended: its
	// worker must stop.
	SetProgress(ctx context.Context, id JobID, progress Progress) error
	// FailJob ends a running job with a reason of one line for people. An asset of which nothing was published fails
	// with it. Errors wrap ErrNotFound, or ErrConflict when the job has ended.
	FailJob(ctx context.Context, id JobID, reason string) error

	// Publish stores a generation, makes it current, retains the earlier ones, makes the asset Ready and appends a
	// Change, in one transaction. Errors wrap ErrNotFound, or ErrConflict when the job is not the running job of the
	// asset, the asset is deleted or the number is not the one after the current generation's.
	Publish(ctx context.Context, publication Publication) (Change, error)
	// UpdateAsset changes who may watch an asset and appends a Change, also when the asset is as it was. Errors wrap
	// ErrNotFound, or ErrConflict when the asset is deleted; what is wrong with the update is another error.
	UpdateAsset(ctx context.Context, id packager.AssetID, update AssetUpdate) (Change, error)
	// DeleteAsset makes an asset Deleted, forgets its generations and appends a Change. Deleting it again changes
	// nothing and returns nil. Errors wrap ErrNotFound.
	DeleteAsset(ctx context.Context, id packager.AssetID) error

	// Unpurged lists deleted assets whose objects may still be in storage.
	Unpurged(ctx context.Context) ([]packager.AssetID, error)
	// MarkPurged says that nothing of a deleted asset is left in storage.
	MarkPurged(ctx context.Context, id packager.AssetID) error

	// Document returns a document. Errors wrap ErrNotFound.
	Document(ctx context.Context, name string) (Document, error)
	// Documents returns the names of all documents, sorted.
	Documents(ctx context.Context) ([]string, error)
	// PutDocument replaces the document whose revision is the given one, or makes a new one where that is 0, and appends
	// a Change. Errors wrap ErrConflict when it has another revision: read it again and decide anew. A name or a body
	// that cannot be stored is another error.
	PutDocument(ctx context.Context, name string, revision uint64, body []byte) (Change, error)
	// AnnounceDocument appends a Change of a document that is as it was, because origins may not have it. Errors wrap
	// ErrNotFound.
	AnnounceDocument(ctx context.Context, name string) (Change, error)

	// Pending returns up to limit (1 to [MaxPage]) undelivered changes by rising number.
	Pending(ctx context.Context, limit int) ([]Change, error)
	// MarkDelivered forgets the changes up to and including seq.
	MarkDelivered(ctx context.Context, seq Seq) error
	// LockDelivery waits until no other process or goroutine delivers changes of this catalogue, and excludes them until
	// unlock is called or the process ends. So records are written in the order in which they were read.
	LockDelivery(ctx context.Context) (unlock func() error, err error)
}
