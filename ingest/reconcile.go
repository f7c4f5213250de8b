package ingest

import (
	"context"
	"errors"
	"fmt"
)

// interrupted is the reason of a job whose process ended without saying why.
const interrupted = "interrupted: the process that ran it ended before it was done; start it again"

// Reconcile does what processes that ended too early left undone: it tells origins of changes in the catalogue, fails
// jobs that nobody works on and removes their objects, removes scratch folders that nobody holds, finishes deletions, and
// puts back shared documents that storage has lost. Jobs of living processes are left alone, because they hold the locks of their scratch folders. Every
// process calls it at its start; doing it at any other time, or twice at once, does no harm. It goes on after an error
// and returns all of them; what failed is left for the next call.
func (p *Publisher) Reconcile(ctx context.Context, s *Scratch) error {
	err := errors.Join(p.failInterrupted(ctx, s), s.Clean(), p.mendDocuments(ctx), p.finishDeletions(ctx))
	if err != nil {
		return fmt.Errorf("reconcile: %w", err)
	}
	return nil
}

func (p *Publisher) failInterrupted(ctx context.Context, s *Scratch) error {
	jobs, err := p.catalog.RunningJobs(ctx)
	errs := []error{err}
	for _, job := range jobs {
		w, err := s.Lock(job.ID)
		if errors.Is(err, ErrLocked) {
			continue
		}
		if err == nil {
			err = p.Fail(ctx, w, interrupted)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// finishDeletions tells origins of all changes and removes the objects of assets that were deleted before that.
func (p *Publisher) finishDeletions(ctx context.Context) error {
	deleted, err := p.catalog.Unpurged(ctx)
	errs := []error{err}
	if err := p.Deliver(ctx); err != nil {
		return errors.Join(append(errs, err)...)
	}
	for _, id := range deleted {
		errs = append(errs, p.purge(ctx, id))
	}
	return errors.Join(errs...)
}
