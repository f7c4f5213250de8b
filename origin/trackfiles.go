package origin

import (
	"context"
	"sync"
	"time"

	"headwater/packager"
)

// trackFiles keeps the files in use open, so that a hit costs neither opening nor a look-up by name. Safe for
// concurrent use.
type trackFiles struct {
	opener Opener
	short  func() // called when a file turns out to be shorter than it was

	mu   sync.RWMutex
	open *recent[trackKey, *trackFile]
}

type trackKey struct {
	asset packager.AssetID
	track packager.TrackID
}

func newTrackFiles(opener Opener, limit int, short func()) *trackFiles {
	t := &trackFiles{opener: opener, short: short, open: newRecent[trackKey, *trackFile](int64(limit))}
	t.open.drop = (*trackFile).Release
	return t
}

// get returns the file of a track, opened when it is not open or no longer what it was. The caller releases it.
func (t *trackFiles) get(ctx context.Context, asset packager.AssetID, track *packager.Track, now time.Time) (*trackFile, error) {
	key := trackKey{asset, track.ID}
	if file := t.held(key); file != nil {
		if file.current(now) {
			return file, nil
		}
		t.forget(key, file)
		file.Release()
	}
	f := File{Asset: asset, Track: track.ID, SizeBytes: track.SizeBytes}
	opened, err := t.opener.Open(ctx, f)
	if err != nil {
		return nil, err
	}
	file, err := openTrackFile(opened, f, len(track.Fragments), t.short)
	if err != nil {
		return nil, err
	}
	return t.keep(key, file), nil
}

// held returns the open file of key, retained; nil when there is none.
func (t *trackFiles) held(key trackKey) *trackFile {
	t.mu.RLock()
	defer t.mu.RUnlock()
	if file, ok := t.open.use(key); ok && file.retain() {
		return file
	}
	return nil
}

// keep stores a file that was just opened, unless another request was faster, and returns the one to use, retained.
func (t *trackFiles) keep(key trackKey, file *trackFile) *trackFile {
	t.mu.Lock()
	defer t.mu.Unlock()
	if other, ok := t.open.use(key); ok && other.retain() {
		file.Release()
		return other
	}
	file.retain() // its first reference is the table's
	t.open.put(key, file, 1)
	return file
}

// forget drops file if it is still the one of key.
func (t *trackFiles) forget(key trackKey, file *trackFile) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if held, ok := t.open.use(key); ok && held == file {
		t.open.remove(key)
	}
}

// sweepEvery is how often files are closed that were not asked for since the last time, or that have lost their names:
// an open file keeps its place on the disk.
const sweepEvery = 30 * time.Second

// run sweeps until ctx ends, then closes all.
func (t *trackFiles) run(ctx context.Context) {
	ticker := time.NewTicker(sweepEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			t.close()
			return
		case <-ticker.C:
			t.sweep()
		}
	}
}

func (t *trackFiles) sweep() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open.sweep((*trackFile).replaced)
}

// close lets go of all files; one that is opened later closes with the response that it was opened for.
func (t *trackFiles) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.open.maxCost = 0
	t.open.clear()
}

func (t *trackFiles) len() int {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.open.len()
}
