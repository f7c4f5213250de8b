package sqlite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"headwater/ingest/catalog"
)

// LockDelivery implements [catalog.Catalog] with a lock on a file beside the catalogue. The lock belongs to the open
// file, so that it excludes goroutines of one process as well, and ends with the process, in whatever way. A holder that
// is stopped keeps it: a lock that ran out by time would let it write an old record when it went on.
func (c *Catalog) LockDelivery(ctx context.Context) (unlock func() error, err error) {
	return lockFile(ctx, c.path+".delivery.lock")
}

// lockForMigration excludes other processes from making or migrating the catalogue at path.
func lockForMigration(ctx context.Context, path string) (unlock func() error, err error) {
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	unlock, err = lockFile(waiting, path+".migration.lock")
	if err != nil && waiting.Err() != nil && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", catalog.ErrLocked, err)
	}
	return unlock, err
}

// lockPoll is how often a waiter tries: flock cannot wait for a context.
const lockPoll = 20 * time.Millisecond

// lockFile waits for the lock on a file, which it makes where it is missing and never removes. Closing frees it.
func lockFile(ctx context.Context, path string) (unlock func() error, err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return f.Close, nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
		}
		select {
		case <-ctx.Done():
			return nil, errors.Join(fmt.Errorf("lock %s, held by another process: %w", path, ctx.Err()), f.Close())
		case <-time.After(lockPoll):
		}
	}
}
