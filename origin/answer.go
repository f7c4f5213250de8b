package origin

import (
	"context"
	"strconv"

	"github.com/valyala/fasthttp"

	"headwater/cache"
	"headwater/origin/httpd"
	"headwater/packager"
)

// Values of Cache-Control. What names its bytes for ever may be kept for ever; what lists tracks is asked for again.
const (
	cacheForever   = "public, max-age=31536000, immutable"
	cacheMedia     = "public, max-age=60"
	cacheEntry     = "public, max-age=4, stale-while-revalidate=60, stale-if-error=86400"
	cacheError     = "max-age=5"
	cacheNotStored = "no-store"
)

// answer is all that is known of a response before any byte of its body is made.
type answer struct {
	contentType  string
	etag         string
	cacheControl string
	cacheTag     string
	generation   uint32
	negotiated   bool  // the body depends on Accept-Encoding
	gzipped      bool  // the body is gzipped
	sizeBytes    int64 // of the body; unknownSize until it is made
	body         func(context.Context) ([]byte, cache.Outcome, error)
}

const unknownSize = -1

// cacheTag names asset and generation for purging; a dot is in no id.
func cacheTag(p *packager.Presentation) string {
	tag := make([]byte, 0, 2*len(p.Asset)+12)
	tag = append(tag, p.Asset...)
	tag = append(tag, ',')
	tag = append(tag, p.Asset...)
	tag = append(tag, '.')
	return string(strconv.AppendUint(tag, uint64(p.Generation), 10))
}

// send answers a GET or HEAD with a: preconditions and range first, the work only when it is needed.
func (a *answer) send(ctx context.Context, rc *fasthttp.RequestCtx, rec *httpd.Record) error {
	a.setValidators(&rc.Response.Header)
	switch evaluate(&rc.Request.Header, a.etag) {
	case failed:
		return errPrecondition
	case notModified:
		rc.SetStatusCode(fasthttp.StatusNotModified)
		return nil
	}
	a.setContentHeaders(&rc.Response.Header)
	if rc.IsHead() { // Range is for GET only (RFC 9110 §14.2)
		if a.sizeBytes != unknownSize {
			rc.Response.Header.SetContentLength(int(a.sizeBytes))
		}
		return nil
	}
	part, ranged := requestedRange(&rc.Request.Header, a.etag)
	if ranged && a.sizeBytes != unknownSize {
		if _, _, ok := part.fit(a.sizeBytes); !ok {
			return &rangeError{a.sizeBytes}
		}
	}
	body, outcome, err := a.body(ctx)
	rec.Cache = outcome.String()
	if err != nil {
		return err
	}
	if ranged {
		return sendPart(rc, body, part)
	}
	rc.Response.SetBodyRaw(body)
	return nil
}

func sendPart(rc *fasthttp.RequestCtx, body []byte, part byteRange) error {
	size := int64(len(body))
	offset, length, ok := part.fit(size)
	if !ok {
		return &rangeError{size}
	}
	var scratch [72]byte
	rc.Response.Header.SetBytesV(fasthttp.HeaderContentRange, appendContentRange(scratch[:0], offset, length, size))
	rc.SetStatusCode(fasthttp.StatusPartialContent)
	rc.Response.SetBodyRaw(body[offset : offset+length])
	return nil
}

// setValidators sets what a 304 carries too (RFC 9110 §15.4.5).
func (a *answer) setValidators(h *fasthttp.ResponseHeader) {
	h.Set(fasthttp.HeaderETag, a.etag)
	h.Set(fasthttp.HeaderCacheControl, a.cacheControl)
	h.Set("Cache-Tag", a.cacheTag)
	if a.negotiated {
		h.Set(fasthttp.HeaderVary, fasthttp.HeaderAcceptEncoding)
	}
}

func (a *answer) setContentHeaders(h *fasthttp.ResponseHeader) {
	h.SetContentType(a.contentType)
	h.Set(fasthttp.HeaderAcceptRanges, "bytes")
	if a.gzipped {
		h.Set(fasthttp.HeaderContentEncoding, gzipCoding)
	}
}
