package origin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"headwater/packager"
)

// trackReader reads the tracks of one presentation, piece by piece, through open files where storage has them. It is for
// one goroutine, which closes it.
type trackReader struct {
	handler *Handler
	asset   packager.AssetID
	held    []*trackFile
	ids     []packager.TrackID // of held
}

func (h *Handler) readerOf(p *packager.Presentation) *trackReader {
	return &trackReader{handler: h, asset: p.Asset}
}

// read fills dst from offset of the file of a track.
func (r *trackReader) read(ctx context.Context, track *packager.Track, dst []byte, offset int64) error {
	if r.handler.files == nil {
		return r.handler.source.ReadAt(ctx, File{Asset: r.asset, Track: track.ID, SizeBytes: track.SizeBytes}, dst, offset)
	}
	file, err := r.open(ctx, track)
	if err != nil {
		return err
	}
	switch _, err := file.file.ReadAt(dst, offset); {
	case errors.Is(err, io.EOF):
		file.confirm.Store(0) // the next response looks before it trusts the file; who reports the error alerts
		return fmt.Errorf("%w: it ends before %d", ErrCorrupt, offset+int64(len(dst)))
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

func (r *trackReader) open(ctx context.Context, track *packager.Track) (*trackFile, error) {
	for i, id := range r.ids {
		if id == track.ID {
			return r.held[i], nil
		}
	}
	file, err := r.handler.files.get(ctx, r.asset, track, time.Now())
	if err != nil {
		return nil, err
	}
	r.held, r.ids = append(r.held, file), append(r.ids, track.ID)
	return file, nil
}

func (r *trackReader) close() {
	for _, file := range r.held {
		file.Release()
	}
	r.held, r.ids = nil, nil
}
