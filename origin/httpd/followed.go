package httpd

import (
	"context"
	"os"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
)

// followed is what was read from files. It follows them, so that renewing them takes no restart. Safe for concurrent use,
// reload excepted.
type followed[T any] struct {
	what     string // for the log
	files    []string
	read     func() (*T, error)
	current  atomic.Pointer[T]
	modified []time.Time // of the files, when they were read last
}

// newFollowed reads the files for the first time.
func newFollowed[T any](what string, read func() (*T, error), files ...string) (*followed[T], error) {
	f := &followed[T]{what: what, files: files, read: read}
	f.modified = f.times()
	return f, f.load()
}

func (f *followed[T]) load() error {
	value, err := f.read()
	if err != nil {
		return err
	}
	f.current.Store(value)
	return nil
}

// times returns when the files were modified; zero for one that cannot be asked.
func (f *followed[T]) times() []time.Time {
	times := make([]time.Time, len(f.files))
	for i, name := range f.files {
		if info, err := os.Stat(name); err == nil {
			times[i] = info.ModTime()
		}
	}
	return times
}

// reload reads the files again when they have changed. An error leaves what they held in use, and they are read again the
// next time: they may have been half renewed, or there was no descriptor to read them with.
func (f *followed[T]) reload() (changed bool, err error) {
	times := f.times()
	if slices.EqualFunc(times, f.modified, time.Time.Equal) {
		return false, nil
	}
	if err := f.load(); err != nil {
		return true, err
	}
	f.modified = times
	return true, nil
}

// follow reloads and says what came of it.
func (f *followed[T]) follow(log *zap.Logger) {
	switch changed, err := f.reload(); {
	case err != nil:
		log.Error("files have changed and cannot be used, what they held stays in use: mend them", zap.String("what", f.what), zap.Error(err))
	case changed:
		log.Info("changed files are in use", zap.String("what", f.what))
	}
}

// follower is a followed of any type.
type follower interface{ follow(log *zap.Logger) }

// followInterval is how often files are looked at.
const followInterval = time.Minute

// followAll keeps fresh what is followed until ctx ends or stop is called, which waits.
func followAll(ctx context.Context, followers []follower, log *zap.Logger) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var following sync.WaitGroup
	following.Go(func() {
		ticker := time.NewTicker(followInterval)
		defer ticker.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-ticker.C:
			}
			for _, f := range followers {
				f.follow(log)
			}
		}
	})
	return func() {
		cancel()
		following.Wait()
	}
}
