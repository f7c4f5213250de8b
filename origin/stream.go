package origin

import (
	"context"
	"fmt"
	"io"
	"sync"

	"headwater/cache"
	"headwater/origin/httpd"
)

// streamBytes is how much of a response is read at a time when it goes through no cache.
const streamBytes = 64 << 10

var streamBuffers = sync.Pool{New: func() any { b := make([]byte, streamBytes); return &b }}

// stream sends the bytes of a segment that lie at p as they are read from storage: for one viewer alone, for want of
// room to keep them. How many responses do so at a time is bounded, since a slow viewer holds its buffer for long.
func (h *Handler) stream(ctx context.Context, x *httpd.Exchange, a *answer, p part) error {
	slot, err := h.takeStream()
	if err != nil {
		return err
	}
	x.Record.Cache = cache.Bypass.String()
	track := a.presentation.Track(a.target.resource.Track)
	s := &segmentStream{
		ctx: ctx, handler: h, slot: slot, file: fileOf(a.presentation, track),
		offset: a.media.Extent.Offset + p.offset, left: p.length,
		buffer: streamBuffers.Get().(*[]byte),
	}
	sent := false
	defer func() {
		if !sent { // it failed, or panicked, from which requests recover
			s.Release()
		}
	}()
	if err := s.read(); err != nil { // while it can still be told
		return h.segmentError(ctx, a.presentation, a.target.resource, err)
	}
	a.beginPart(x, p, a.sizeBytes)
	x.SendStream(s, p.length)
	sent = true
	return nil
}

// segmentStream is the body of such a response.
type segmentStream struct {
	ctx     context.Context // of the server: the request has none
	handler *Handler
	slot    streamSlot
	file    File
	offset  int64 // of what is read next
	left    int64 // bytes from there on
	buffer  *[]byte
	piece   []byte // what is read and not yet written
}

// read reads the next piece.
func (s *segmentStream) read() error {
	piece := (*s.buffer)[:min(streamBytes, s.left)]
	ctx, cancel := context.WithTimeout(s.ctx, s.handler.cfg.RequestTimeout)
	defer cancel()
	if err := s.handler.source.ReadAt(ctx, s.file, piece, s.offset); err != nil {
		return err
	}
	s.piece = piece
	s.offset += int64(len(piece))
	s.left -= int64(len(piece))
	return nil
}

// WriteTo writes piece by piece. An error cuts the connection: the header has promised the whole.
func (s *segmentStream) WriteTo(w io.Writer) (written int64, err error) {
	for {
		n, err := w.Write(s.piece)
		written += int64(n)
		if err != nil || s.left == 0 {
			return written, err
		}
		if err := s.read(); err != nil {
			s.handler.alertIfCorrupt(err)
			return written, fmt.Errorf("track %s of asset %s at %d: %w", s.file.Track, s.file.Asset, s.offset, err)
		}
	}
}

// Release lets the next one stream.
func (s *segmentStream) Release() {
	streamBuffers.Put(s.buffer)
	s.slot.Release()
}

// streamSlot is the right to answer one request with what is not in the cache.
type streamSlot struct{ handler *Handler }

// takeStream takes a slot; [cache.ErrOverloaded] when there is none left.
func (h *Handler) takeStream() (streamSlot, error) {
	select {
	case h.streams <- struct{}{}:
		return streamSlot{h}, nil
	default:
		return streamSlot{}, cache.ErrOverloaded
	}
}

// Release implements [httpd.Lender].
func (s streamSlot) Release() { <-s.handler.streams }
