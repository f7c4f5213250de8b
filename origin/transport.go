package origin

import (
	"context"
	"errors"
	"fmt"

	"headwater/cache"
	"headwater/origin/httpd"
	"headwater/packager"
	"headwater/packager/ts"
)

// sendTransport sends the bytes of a transport segment that lie at p out of the cache, where it is made once for all who
// wait. Where it has no room there, it is made for one viewer alone; how many are at a time is bounded like streams are.
func (h *Handler) sendTransport(ctx context.Context, x *httpd.Exchange, a *answer, p part) error {
	entry, ok := h.cache.Get(a.key())
	x.Record.Cache = outcomeHit
	if !ok {
		var err error
		entry, err = h.fetchSegment(ctx, &x.Record, a)
		if errors.Is(err, cache.ErrNoRoom) {
			return h.sendTransportAlone(ctx, x, a, p)
		}
		if err != nil {
			return err
		}
	}
	if h.files == nil { // making the next one costs more than reading it from a local disk takes
		h.readAhead(a, entry, x.Record.Cache)
	}
	a.beginPart(x, p, a.sizeBytes)
	x.SendMemory(entry.Body()[p.offset:][:p.length], entry)
	return nil
}

func (h *Handler) sendTransportAlone(ctx context.Context, x *httpd.Exchange, a *answer, p part) error {
	slot, err := h.takeStream()
	if err != nil {
		return err
	}
	lent := false
	defer func() {
		if !lent { // also after a panic
			slot.Release()
		}
	}()
	x.Record.Cache = cache.Bypass.String()
	ctx, cancel := context.WithTimeout(ctx, h.cfg.RequestTimeout)
	defer cancel()
	body, err := h.makeTransport(ctx, a.presentation, a.target.resource, nil)
	if err != nil {
		return err
	}
	lent = true
	a.beginPart(x, p, a.sizeBytes)
	x.SendMemory(body[p.offset:][:p.length], slot)
	return nil
}

// makeTransport appends a transport segment to dst.
func (h *Handler) makeTransport(ctx context.Context, p *packager.Presentation, r packager.Resource, dst []byte) ([]byte, error) {
	reader := h.readerOf(p)
	defer reader.close()
	dst, err := ts.Append(dst, p, r, func(track *packager.Track, piece []byte, offset int64) error {
		return reader.read(ctx, track, piece, offset)
	})
	if errors.Is(err, ts.ErrCorrupt) {
		err = fmt.Errorf("%w: %w", ErrCorrupt, err)
	}
	if err != nil {
		return nil, h.segmentError(ctx, p, r, err)
	}
	return dst, nil
}
