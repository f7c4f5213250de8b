package origin

import (
	"context"
	"errors"

	"github.com/valyala/fasthttp"

	"headwater/cache"
	"headwater/origin/httpd"
)

// send answers a GET or HEAD with a: preconditions and range first, the work only when it is needed.
func (h *Handler) send(ctx context.Context, rc *fasthttp.RequestCtx, rec *httpd.Record, a *answer) error {
	response := &rc.Response
	a.setValidators(&response.Header)
	switch evaluate(&rc.Request.Header, view(a.etag)) {
	case failed:
		return errPrecondition
	case notModified:
		rc.SetStatusCode(fasthttp.StatusNotModified)
		return nil
	}
	a.setContentHeaders(&response.Header)
	if rc.IsHead() { // Range is for GET only (RFC 9110 §14.2)
		if a.sizeBytes != unknownSize {
			response.Header.SetContentLength(int(a.sizeBytes))
		}
		return nil
	}
	if a.manifest != nil {
		return h.sendManifest(ctx, rc, rec, a)
	}
	wanted, asked := requestedRange(&rc.Request.Header, view(a.etag))
	p, err := fit(wanted, asked, a.sizeBytes)
	if err != nil {
		return err
	}
	setPart(response, p, a.sizeBytes)
	if a.media.Body != nil {
		httpd.SetMemory(rc, a.media.Body[p.offset:][:p.length], nil)
		return nil
	}
	return h.sendSegment(ctx, rc, rec, a, p)
}

// sendManifest sends a manifest out of the cache, where it is made when it is missing.
func (h *Handler) sendManifest(ctx context.Context, rc *fasthttp.RequestCtx, rec *httpd.Record, a *answer) error {
	// The tag says which generation and encoding it is; with the path it names the bytes for ever.
	key := append(append(a.keyScratch[:0], a.path...), a.etag...)
	entry, ok := h.cache.Get(key)
	rec.Cache = outcomeHit
	if !ok {
		var err error
		entry, err = h.fetchManifest(ctx, rec, a, key)
		if errors.Is(err, cache.ErrNoRoom) {
			return h.sendUncached(rc, a)
		}
		if err != nil {
			return err
		}
	}
	return sendPart(rc, entry.Body(), entry)
}

// sendUncached makes a manifest for one request alone.
func (h *Handler) sendUncached(rc *fasthttp.RequestCtx, a *answer) error {
	body, err := a.manifest.make(nil, a.presentation, a.target, a.gzipped)
	if err != nil {
		return err
	}
	return sendPart(rc, body, nil)
}

// sendPart sends what the request wants of a body whose size was not known before.
func sendPart(rc *fasthttp.RequestCtx, body []byte, lender httpd.Lender) error {
	wanted, asked := requestedRange(&rc.Request.Header, view(rc.Response.Header.PeekBytes(fieldETag)))
	p, err := fit(wanted, asked, int64(len(body)))
	if err != nil {
		if lender != nil {
			lender.Release()
		}
		return err
	}
	setPart(&rc.Response, p, int64(len(body)))
	httpd.SetMemory(rc, body[p.offset:][:p.length], lender)
	return nil
}

// sendSegment sends the bytes of a segment that lie at p: straight from the file where that is cheaper, else out of
// memory, and where there is no room in memory as they are read.
func (h *Handler) sendSegment(ctx context.Context, rc *fasthttp.RequestCtx, rec *httpd.Record, a *answer, p part) error {
	if h.files != nil && !rc.IsTLS() {
		return h.sendFromFile(ctx, rc, rec, a, p)
	}
	entry, ok := h.cache.Get(a.path)
	rec.Cache = outcomeHit
	if !ok {
		var err error
		entry, err = h.fetchSegment(ctx, rec, a)
		switch {
		case errors.Is(err, cache.ErrNoRoom) && h.files != nil:
			return h.sendFromFile(ctx, rc, rec, a, p)
		case errors.Is(err, cache.ErrNoRoom):
			return h.stream(ctx, rc, rec, a, p)
		case err != nil:
			return err
		}
	}
	httpd.SetMemory(rc, entry.Body()[p.offset:][:p.length], entry)
	return nil
}

// sendFromFile sends them from the page cache.
func (h *Handler) sendFromFile(ctx context.Context, rc *fasthttp.RequestCtx, rec *httpd.Record, a *answer, p part) error {
	file, err := h.openSegment(ctx, rec.Start, a)
	if err != nil {
		return err
	}
	rec.Cache = httpd.CacheFile
	httpd.SetFile(rc, file, a.media.Extent.Offset+p.offset, p.length)
	return nil
}
