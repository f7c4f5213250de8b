package wire

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"time"

	"go.uber.org/zap"

	"headwater/cache"
	"headwater/cmd/internal/report"
	"headwater/ingest/catalog"
	"headwater/origin/metrics"
)

// upkeep keeps the control plane open beside serving and reconciles it, again and again. Whatever fails there is told
// and tried again, and never touches viewers. Safe for concurrent use.
type upkeep struct {
	open func(context.Context) (*controlPlane, error)
	log  *zap.Logger

	mu      sync.Mutex
	control *controlPlane // nil while the catalogue is not open
	err     error         // of the last round
	counts  upkeepCounts
}

// Pauses between rounds: after one that went well, and after failures, doubled each time.
const (
	upkeepInterval  = time.Minute
	upkeepFirstWait = time.Second
)

func newUpkeep(open func(context.Context) (*controlPlane, error), log *zap.Logger) *upkeep {
	return &upkeep{open: open, log: log, counts: upkeepCounts{lastDone: time.Now()}}
}

// run works until ctx ends, at once and then every upkeepInterval.
func (u *upkeep) run(ctx context.Context) {
	for wait := upkeepFirstWait; ; {
		err := u.round(ctx)
		if ctx.Err() != nil {
			return // what an interrupted round says is of no interest
		}
		u.note(err)
		pause := upkeepInterval
		if err != nil {
			pause, wait = wait, min(2*wait, upkeepInterval)
		} else {
			wait = upkeepFirstWait
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// round opens the catalogue if it must and reconciles.
func (u *upkeep) round(ctx context.Context) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &cache.PanicError{Value: value, Stack: debug.Stack()}
		}
	}()
	control, err := u.opened(ctx)
	if err != nil {
		return err
	}
	return control.reconcile(ctx)
}

// opened returns the control plane. After a round that failed it opens the catalogue anew: another file may have taken
// its place.
func (u *upkeep) opened(ctx context.Context) (*controlPlane, error) {
	u.mu.Lock()
	control, err := u.control, u.err
	u.mu.Unlock()
	if control != nil && err == nil {
		return control, nil
	}
	control, err = u.open(ctx)
	if old := u.swap(control); old != nil {
		err = errors.Join(err, old.close())
	}
	if err == nil {
		u.warnIfLost(ctx, control)
	}
	return control, err
}

// swap makes control the one that is asked, nil for none, and returns the one before.
func (u *upkeep) swap(control *controlPlane) (old *controlPlane) {
	u.mu.Lock()
	defer u.mu.Unlock()
	old, u.control = u.control, control
	return old
}

// warnIfLost tells of a catalogue that is not the one by which the stored assets were published.
func (u *upkeep) warnIfLost(ctx context.Context, control *controlPlane) {
	if lost, err := control.lost(ctx); err != nil || !lost {
		return // reconciling meets the error again
	}
	u.log.Warn("the catalogue is empty, but storage has published assets: they play, but cannot be listed or deleted",
		zap.String("todo", "if it was lost, stop every headwater on this data folder, put a backup of it in its place and start again"))
}

// note keeps account of a round and logs when the state changes.
func (u *upkeep) note(err error) {
	u.mu.Lock()
	before := u.err
	u.err = err
	if err == nil {
		u.counts.done++
		u.counts.lastDone = time.Now()
	} else {
		u.counts.failed++
	}
	open := u.control != nil
	u.mu.Unlock()
	switch {
	case err != nil && before == nil:
		u.log.Error("viewers are served, but the library cannot be kept up; trying again until it can",
			zap.Bool("catalogue_open", open), zap.String("todo", report.Advice(err)), zap.Error(err))
	case err == nil && before != nil:
		u.log.Info("the library is kept up again")
	}
}

// catalog returns the catalogue while it is open. The error says why it is not.
func (u *upkeep) catalog() (catalog.Catalog, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch {
	case u.control != nil:
		return u.control.catalog, nil
	case u.err != nil:
		return nil, advised(u.err)
	default:
		return nil, errors.New("it is being opened")
	}
}

// health returns why the last round failed; the error wraps [metrics.ErrDegraded].
func (u *upkeep) health() error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.err == nil {
		return nil
	}
	return fmt.Errorf("%w: %w", metrics.ErrDegraded, advised(u.err))
}

// advised adds what to do about err to its text.
func advised(err error) error {
	if advice := report.Advice(err); advice != "" {
		return fmt.Errorf("%w: %s", err, advice)
	}
	return err
}

// close ends what run has opened. run must have returned.
func (u *upkeep) close() error {
	if control := u.swap(nil); control != nil {
		return control.close()
	}
	return nil
}
