package origin

import (
	"strconv"
	"sync"
	"time"

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
	cachePrivate   = "private, no-store"
)

// answer is all that is known of a response before any byte of its body is made. It is recycled when the handler
// returns, so nothing may keep it; fills are told what they need by value.
type answer struct {
	known
	admission
	etagScratch [40]byte
	tagScratch  [300]byte
	keyScratch  [keyBytes]byte
	idScratch   [160]byte
	ageScratch  [48]byte
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
	layout       packager.Layout // of a file that is delivered whole
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
	a.known = known{} // one at a time: two at once go through the stack, which every idle connection keeps
	a.admission = admission{}
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

// bounded returns what caches may do with the answer, given what they may do with what it names: no longer than the asset
// plays, the policy allows, or a signature lasts, and nothing with a manifest or a download for which a credential was shown, or
// with what only a preview link shows.
func (a *answer) bounded(cacheControl string) string {
	age, limited := a.visit.MaxAge(&a.facts)
	claims := a.visit.Claims()
	entered := a.manifest != nil || a.target.resource.Kind == packager.Download
	if a.draft() || entered && (claims != nil || a.visit.SignsChildren()) {
		return cachePrivate
	}
	if claims != nil {
		if left := claims.Expires.Sub(a.visit.Now); !limited || left < age {
			age, limited = left, true
		}
	}
	l := forever
	switch {
	case a.manifest != nil:
		l = a.manifest.lifetime
	case entered:
		l = entry
	}
	if !limited || age >= l.stale {
		return cacheControl
	}
	seconds := int64(min(age, l.fresh) / time.Second)
	return view(strconv.AppendInt(append(a.ageScratch[:0], "public, max-age="...), seconds, 10))
}

// lifetime is what caches are told to do: for how long an answer is fresh, and for how long it may be served at all.
type lifetime struct{ fresh, stale time.Duration }

// The lifetimes of cacheForever, cacheMedia and cacheEntry.
var (
	forever = lifetime{365 * 24 * time.Hour, 365 * 24 * time.Hour}
	media   = lifetime{time.Minute, time.Minute}
	entry   = lifetime{4 * time.Second, 24 * time.Hour}
)

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
	if len(a.etag) > 0 {
		head.Field(fasthttp.HeaderETag, view(a.etag))
	}
	head.Field(fasthttp.HeaderCacheControl, a.cacheControl)
	head.Field("Cache-Tag", view(a.cacheTag))
	v := byNothing
	if a.manifest != nil {
		v = byEncoding
	}
	a.share(head, v)
	return head
}

// beginContent begins the header of an answer that has a body, or would have one if it were not for HEAD.
func (a *answer) beginContent(x *httpd.Exchange, status int) *httpd.Head {
	head := a.begin(x, status)
	head.Field(fasthttp.HeaderContentType, a.contentType)
	if a.target.resource.Kind == packager.Download {
		head.Field(fasthttp.HeaderContentDisposition, view(a.attachment()))
	}
	if len(a.etag) > 0 {
		head.Lines("Accept-Ranges: bytes\r\n")
	}
	if a.gzipped {
		head.Lines("Content-Encoding: " + gzipCoding + "\r\n")
	}
	return head
}

// attachment returns the Content-Disposition of a download: a file named after the asset, whose id needs no quoting.
func (a *answer) attachment() []byte {
	name := append(make([]byte, 0, 96), `attachment; filename="`...)
	return append(append(name, a.target.asset...), `.mp4"`...)
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
