package wire

import (
	"bytes"
	"context"
	"fmt"
	"sync"

	"headwater/ingest"
	"headwater/ingest/storage"
	"headwater/packager"
)

// loadPresentation reads the index of a generation from storage. It does not ask for the size first, which a store in
// the network would answer no faster than with the index itself.
func loadPresentation(ctx context.Context, store storage.Store, id packager.AssetID, generation uint32) (*packager.Presentation, error) {
	key := ingest.IndexKey(id, generation)
	body, err := store.Open(ctx, key, 0, packager.MaxIndexBytes+1)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	index := indexBuffers.Get().(*bytes.Buffer)
	defer recycleIndex(index)
	if _, err := index.ReadFrom(body); err != nil {
		return nil, fmt.Errorf("read %s: %w", key, err)
	}
	p, err := packager.ParseIndex(index.Bytes())
	if err == nil && (p.Asset != id || p.Generation != generation) {
		err = fmt.Errorf("%w: it is of generation %d of asset %s", packager.ErrBadIndex, p.Generation, p.Asset)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", key, err)
	}
	return p, nil
}

// indexBuffers recycles the buffers that indexes are read into: what is parsed keeps nothing of them.
var indexBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooledIndexBytes leaves the buffers of rare, huge indexes to the collector.
const maxPooledIndexBytes = 1 << 20

func recycleIndex(index *bytes.Buffer) {
	if index.Cap() > maxPooledIndexBytes {
		return
	}
	index.Reset()
	indexBuffers.Put(index)
}
