package origin

import (
	"context"
	"errors"

	"github.com/valyala/fasthttp"

	"headwater/cache"
	"headwater/origin/httpd"
	"headwater/packager"
)

// send answers a GET or HEAD with a: preconditions and range first, the work only when it is needed.
func (h *Handler) send(ctx context.Context, x *httpd.Exchange, a *answer) error {
	header := &x.Request.Header
	switch evaluate(&a.fields, view(a.etag)) {
	case failed:
		return errPrecondition
	case notModified:
		a.begin(x, fasthttp.StatusNotModified)
		return nil
	}
	if header.IsHead() { // Range is for GET only (RFC 9110 §14.2)
		head := a.beginContent(x, fasthttp.StatusOK)
		if a.sizeBytes != unknownSize {
			head.SetLength(a.sizeBytes)
		}
		return nil
	}
	if a.manifest != nil {
		return h.sendManifest(ctx, x, a)
	}
	wanted, asked := requestedRange(&a.fields, view(a.etag))
	p, err := fit(wanted, asked, a.sizeBytes)
	if err != nil {
		return err
	}
	if a.media.Body != nil {
		a.beginPart(x, p, a.sizeBytes)
		x.SendMemory(a.media.Body[p.offset:][:p.length], nil)
		return nil
	}
	switch a.target.resource.Kind {
	case packager.TSSegment:
		return h.sendTransport(ctx, x, a, p)
	case packager.OnDemandFile, packager.Download:
		return h.sendFile(ctx, x, a, p)
	default:
		return h.sendSegment(ctx, x, a, p)
	}
}

// sendManifest sends a manifest out of the cache, where it is made when it is missing.
func (h *Handler) sendManifest(ctx context.Context, x *httpd.Exchange, a *answer) error {
	if a.visit.SignsChildren() {
		return h.sendLinked(ctx, x, a)
	}
	// The tag says which generation and encoding it is; with the path it names the bytes for ever.
	key := append(append(appendKey(a.keyScratch[:0], a.visit.Project()), a.path...), a.etag...)
	entry, ok := h.cache.Get(key)
	x.Record.Cache = outcomeHit
	if !ok {
		var err error
		entry, err = h.fetchManifest(ctx, &x.Record, a, key)
		if errors.Is(err, cache.ErrNoRoom) {
			return h.sendUncached(x, a)
		}
		if err != nil {
			return err
		}
	}
	return a.sendMade(x, entry.Body(), entry)
}

// sendUncached makes a manifest for one request alone.
func (h *Handler) sendUncached(x *httpd.Exchange, a *answer) error {
	body, err := a.manifest.make(nil, a.presentation, a.target, a.gzipped, nil)
	if err != nil {
		return err
	}
	return a.sendMade(x, body, nil)
}

// sendMade sends what the request wants of a body whose size was not known before.
func (a *answer) sendMade(x *httpd.Exchange, body []byte, lender httpd.Lender) error {
	wanted, asked := requestedRange(&a.fields, view(a.etag))
	p, err := fit(wanted, asked, int64(len(body)))
	if err != nil {
		if lender != nil {
			lender.Release()
		}
		return err
	}
	a.beginPart(x, p, int64(len(body)))
	x.SendMemory(body[p.offset:][:p.length], lender)
	return nil
}

// sendSegment sends the bytes of a segment that lie at p: straight from the file where that is cheaper, else out of
// memory, and where there is no room in memory as they are read.
func (h *Handler) sendSegment(ctx context.Context, x *httpd.Exchange, a *answer, p part) error {
	if h.files != nil && !x.Secure() {
		return h.sendFromFile(ctx, x, a, p)
	}
	entry, ok := h.cache.Get(a.key())
	x.Record.Cache = outcomeHit
	if !ok {
		var err error
		entry, err = h.fetchSegment(ctx, &x.Record, a)
		switch {
		case errors.Is(err, cache.ErrNoRoom) && h.files != nil:
			return h.sendFromFile(ctx, x, a, p)
		case errors.Is(err, cache.ErrNoRoom):
			return h.stream(ctx, x, a, p)
		case err != nil:
			return err
		}
	}
	h.readAhead(a, entry, x.Record.Cache)
	a.beginPart(x, p, a.sizeBytes)
	x.SendMemory(entry.Body()[p.offset:][:p.length], entry)
	return nil
}

// sendFromFile sends them from the page cache.
func (h *Handler) sendFromFile(ctx context.Context, x *httpd.Exchange, a *answer, p part) error {
	file, err := h.openSegment(ctx, x.Record.Start, a)
	if err != nil {
		return err
	}
	x.Record.Cache = httpd.CacheFile
	a.beginPart(x, p, a.sizeBytes)
	x.SendFile(file, a.media.Extent.Offset+p.offset, p.length)
	return nil
}
