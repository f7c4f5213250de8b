package origin

import (
	"strconv"
	"sync"

	"github.com/valyala/fasthttp"

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

// answer is all that is known of a response before any byte of its body is made. It is recycled when the handler
// returns, so nothing may keep it; fills are told what they need by value.
type answer struct {
	known
	etagScratch [40]byte
	tagScratch  [160]byte
	keyScratch  [keyBytes]byte
}

// keyBytes is room for the keys of all but the longest lists of options.
const keyBytes = 320

// known is what an answer knows; the zero value knows nothing.
type known struct {
	presentation *packager.Presentation
	target       target
	path         []byte // of the request, which is canonical; a view of it
	fields       requestFields
	media        packager.Plan
	manifest     *manifestWriter // nil for media
	contentType  string
	cacheControl string
	gzipped      bool  // the body is gzipped
	sizeBytes    int64 // of the body; unknownSize until it is made

	etag, cacheTag []byte
}

var answers = sync.Pool{New: func() any { return new(answer) }}

func newAnswer() *answer {
	a := answers.Get().(*answer)
	a.known = known{}
	return a
}

const unknownSize = -1

// tag fills in the entity tag and the tag for purging. The latter names asset and generation; a dot is in no id.
func (a *answer) tag(etag packager.ETag) {
	if a.gzipped {
		a.etag = etag.AppendCoded(a.etagScratch[:0], gzipCoding)
	} else {
		a.etag = etag.Append(a.etagScratch[:0])
	}
	tag := append(a.tagScratch[:0], a.presentation.Asset...)
	tag = append(tag, ',')
	tag = append(tag, a.presentation.Asset...)
	tag = append(tag, '.')
	a.cacheTag = strconv.AppendUint(tag, uint64(a.presentation.Generation), 10)
}

// part is the bytes of a body that are sent.
type part struct {
	offset, length int64
	ranged         bool // they were asked for as a range
}

// fit returns the part of a body of sizeBytes that the request wants; asked says whether it has a range.
func fit(wanted byteRange, asked bool, sizeBytes int64) (part, error) {
	if !asked {
		return part{length: sizeBytes}, nil
	}
	offset, length, ok := wanted.fit(sizeBytes)
	if !ok {
		return part{}, &rangeError{sizeBytes}
	}
	return part{offset, length, true}, nil
}

// begin begins the header of an answer with what a 304 carries too (RFC 9110 §15.4.5).
func (a *answer) begin(x *httpd.Exchange, status int) *httpd.Head {
	head := x.Head(status)
	head.Field(fasthttp.HeaderETag, view(a.etag))
	head.Field(fasthttp.HeaderCacheControl, a.cacheControl)
	head.Field("Cache-Tag", view(a.cacheTag))
	if a.manifest != nil {
		head.Lines("Vary: Accept-Encoding\r\n")
	}
	head.Lines(sharingLines)
	return head
}

// beginContent begins the header of an answer that has a body, or would have one if it were not for HEAD.
func (a *answer) beginContent(x *httpd.Exchange, status int) *httpd.Head {
	head := a.begin(x, status)
	head.Field(fasthttp.HeaderContentType, a.contentType)
	head.Lines("Accept-Ranges: bytes\r\n")
	if a.gzipped {
		head.Lines("Content-Encoding: " + gzipCoding + "\r\n")
	}
	return head
}

// beginPart begins the header of an answer whose body is p of sizeBytes.
func (a *answer) beginPart(x *httpd.Exchange, p part, sizeBytes int64) {
	if !p.ranged {
		a.beginContent(x, fasthttp.StatusOK)
		return
	}
	var scratch [72]byte
	a.beginContent(x, fasthttp.StatusPartialContent).
		Field(fasthttp.HeaderContentRange, view(appendContentRange(scratch[:0], p.offset, p.length, sizeBytes)))
}
