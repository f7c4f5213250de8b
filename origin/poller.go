package origin

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"golang.org/x/sync/errgroup"

	"headwater/cache"
	"headwater/packager"
)

// maxBacklog is how many changes are read one by one; a poller that is further behind outdates the whole table instead.
const maxBacklog = 1000

// batchChanges is how many changes are read before the assets that they name are, so that work that is done counts even
// when storage fails in the middle of a long backlog.
const batchChanges = 128

// parallelReads is how many reads of the feed or of records a poller has under way at a time.
const parallelReads = 8

// Poller follows the change feed and keeps a Table and Documents fresh: it refreshes the assets that changes name,
// outdates the whole table when it has missed some, and distrusts it when the feed has been out of reach for so long that
// its records are no longer to be served. A feed that has gone back was replaced, perhaps with all of storage: then the
// table is emptied. Documents are refreshed when a change names one or may have been missed, all at once, and again with
// each poll until that succeeds; no change since then counts as applied, but assets are refreshed all the same.
type Poller struct {
	cfg       Config
	feed      Feed
	table     *Table
	documents Documents
	log       *zap.Logger

	// What only Run's goroutine uses.
	following bool   // seen means something
	seen      uint64 // number of the last change whose asset is refreshed
	outdated  bool   // documents are to be refreshed

	applied, last atomic.Uint64 // numbers of changes
	documented    atomic.Bool   // documents were refreshed once
	failing       atomic.Bool
	failures      atomic.Uint64
	outdates      atomic.Uint64
	contact       atomic.Pointer[time.Time]
}

// PollerStats is a reading of a poller's state.
type PollerStats struct {
	Head     uint64    // number of the last change known
	Applied  uint64    // number of the last change applied
	Stale    bool      // the feed or what it names is out of reach: what is served may be old
	Contact  time.Time // when the feed was last read to its end; before that, when polling began
	Failures uint64
	Outdates uint64 // times that the whole table was outdated, distrusted or emptied
	// NoDocuments says that documents have not been read since polling began: nothing is known of who may watch.
	NoDocuments bool
}

// NewPoller returns a poller of feed for table and documents. Its work is done by Run.
func NewPoller(cfg Config, feed Feed, table *Table, documents Documents, log *zap.Logger) (*Poller, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	p := &Poller{cfg: cfg, feed: feed, table: table, documents: documents, log: log}
	p.touch()
	return p, nil
}

// Run polls until ctx ends, at once and then every PollInterval.
func (p *Poller) Run(ctx context.Context) {
	ticker := time.NewTicker(p.cfg.PollInterval)
	defer ticker.Stop()
	p.touch()
	for {
		p.note(p.poll(ctx))
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// poll applies what is new in the feed. What could not be applied is tried again by the next poll.
func (p *Poller) poll(ctx context.Context) error {
	head, err := p.head(ctx)
	if err != nil {
		return fmt.Errorf("head of the feed: %w", err)
	}
	p.last.Store(head)
	switch {
	case head < p.seen:
		p.restart(head, p.table.Flush)
	case !p.following || head-p.seen > maxBacklog:
		p.restart(head, p.table.Outdate)
	default:
		err = p.apply(ctx, head)
	}
	if err == nil {
		p.touch()
	}
	return errors.Join(err, p.refreshDocuments(ctx))
}

// apply applies the changes up to head, a batch at a time.
func (p *Poller) apply(ctx context.Context, head uint64) error {
	for first := p.seen + 1; first <= head; first = p.seen + 1 {
		changes := make([]Change, min(head-first+1, batchChanges))
		read, err := each(len(changes), func(i int) (err error) {
			changes[i], err = p.entry(ctx, first+uint64(i))
			return err
		})
		if lasting(err) {
			p.restart(head, p.table.Outdate)
			return nil
		}
		if err != nil {
			err = fmt.Errorf("entry %d of the feed: %w", first+uint64(read), err)
		}
		if slices.ContainsFunc(changes[:read], Change.isDocument) {
			p.outdated = true
			_ = p.refreshDocuments(ctx) // now, so that a revocation waits for no record; the end of poll tries again
		}
		if err := errors.Join(p.refreshAssets(ctx, first, changes[:read]), err); err != nil {
			return err
		}
	}
	return nil
}

func (c Change) isDocument() bool { return c.Document != "" }

// refreshDocuments refreshes the documents if they are outdated.
func (p *Poller) refreshDocuments(ctx context.Context) error {
	if !p.outdated {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, p.cfg.LoadTimeout)
	defer cancel()
	if err := guard(func() error { return p.documents.Refresh(ctx) }); err != nil {
		return fmt.Errorf("shared documents: %w", err)
	}
	p.outdated = false
	p.documented.Store(true)
	p.applied.Store(p.seen)
	return nil
}

// advance notes that the assets of the changes up to seq are refreshed.
func (p *Poller) advance(seq uint64) {
	p.seen = seq
	if !p.outdated {
		p.applied.Store(seq)
	}
}

// refreshAssets applies changes, of which the first has the number first: each asset that they name is read once. It
// stops before the first change that cannot be applied.
func (p *Poller) refreshAssets(ctx context.Context, first uint64, changes []Change) error {
	assets, mentions := named(changes)
	done, err := each(len(assets), func(i int) error { return p.table.Refresh(ctx, assets[i]) })
	if err != nil {
		failed := first + uint64(mentions[done])
		p.advance(failed - 1)
		return fmt.Errorf("entry %d of the feed: %w", failed, err)
	}
	p.advance(first + uint64(len(changes)) - 1)
	return nil
}

// named returns the assets that changes name, each once, and the place at which each is named first.
func named(changes []Change) (assets []packager.AssetID, mentions []int) {
	seen := map[packager.AssetID]bool{}
	for i, change := range changes {
		if !change.isDocument() && !seen[change.Asset] {
			seen[change.Asset] = true
			assets, mentions = append(assets, change.Asset), append(mentions, i)
		}
	}
	return assets, mentions
}

func (p *Poller) head(ctx context.Context) (head uint64, err error) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.LoadTimeout)
	defer cancel()
	err = guard(func() error { head, err = p.feed.Head(ctx); return err })
	return head, err
}

func (p *Poller) entry(ctx context.Context, seq uint64) (Change, error) {
	ctx, cancel := context.WithTimeout(ctx, p.cfg.LoadTimeout)
	defer cancel()
	return p.feed.Entry(ctx, seq)
}

// each calls do for 0 to n-1, parallelReads at a time. It returns how many from the first on were done, and the error
// of the one that was not. After an error it begins no more.
func each(n int, do func(i int) error) (done int, err error) {
	var group errgroup.Group
	group.SetLimit(parallelReads)
	var failed atomic.Bool
	errs := make([]error, n)
	for i := 0; i < n && !failed.Load(); i++ {
		group.Go(func() error {
			if errs[i] = guard(func() error { return do(i) }); errs[i] != nil {
				failed.Store(true)
			}
			return nil
		})
	}
	_ = group.Wait() // the errors are in errs
	for i, err := range errs {
		if err != nil {
			return i, err
		}
	}
	return n, nil
}

// guard makes an error of a panic of do.
func guard(do func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &cache.PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	return do()
}

// restart says that changes may have been missed and goes on behind head.
func (p *Poller) restart(head uint64, outdate func()) {
	p.outdate(outdate)
	p.following, p.outdated = true, true
	p.applied.Store(min(p.applied.Load(), head))
	p.advance(head)
}

func (p *Poller) outdate(outdate func()) {
	p.outdates.Add(1)
	outdate()
}

// note keeps account of whether changes can be followed and logs when that changes.
func (p *Poller) note(err error) {
	if err == nil {
		if p.failing.Swap(false) {
			p.log.Info("changes are followed again", zap.Uint64("applied", p.applied.Load()))
		}
		return
	}
	if errors.Is(err, context.Canceled) {
		return // Run ends
	}
	p.failures.Add(1)
	if !p.failing.Swap(true) {
		p.log.Error("changes cannot be followed, serving what is known", zap.Duration("for", p.cfg.StaleFor), zap.Error(err))
	}
	if time.Since(*p.contact.Load()) > p.cfg.StaleFor {
		p.outdate(p.table.Distrust)
	}
}

func (p *Poller) touch() {
	now := time.Now()
	p.contact.Store(&now)
}

// Stats reads the state.
func (p *Poller) Stats() PollerStats {
	return PollerStats{
		Head:     p.last.Load(),
		Applied:  p.applied.Load(),
		Stale:    p.failing.Load(),
		Contact:  *p.contact.Load(),
		Failures: p.failures.Load(),
		Outdates: p.outdates.Load(),

		NoDocuments: !p.documented.Load(),
	}
}
