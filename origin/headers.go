package origin

import (
	"github.com/valyala/fasthttp"

	"headwater/origin/httpd"
)

const allowedMethods = "GET, HEAD, OPTIONS"

// preflightHeaders are the request fields that pages of other origins may send: those of ranges, conditions and
// credentials, and of CMCD (CTA-5004) in its header form.
const preflightHeaders = "Authorization, CTA-Common-Access-Token, Range, If-Range, If-Match, If-None-Match, " +
	"If-Modified-Since, If-Unmodified-Since, CMCD-Request, CMCD-Object, CMCD-Status, CMCD-Session"

// exposedHeaders are the response fields that such pages may read.
const exposedHeaders = "Accept-Ranges, Age, Content-Encoding, Content-Length, Content-Range, Date, ETag, Retry-After, " +
	"X-Request-Id"

// Lines by which pages may read an answer, whatever its status: a player that may not see why it failed can only guess.
const (
	anyPageLines = "Access-Control-Allow-Origin: *\r\n" +
		"Timing-Allow-Origin: *\r\n" + everyAnswerLines
	everyAnswerLines = "Access-Control-Expose-Headers: " + exposedHeaders + "\r\n" +
		"X-Content-Type-Options: nosniff\r\n"
)

// variance says by which request fields an answer differs: a line of the header, for projects that share their answers with
// all pages and for those that name some. It is one line because nginx before 1.23 minds only the last one.
type variance struct{ shared, named string }

// The variances.
var (
	byNothing  = variance{named: "Vary: Origin\r\n"}
	byEncoding = variance{"Vary: Accept-Encoding\r\n", "Vary: Accept-Encoding, Origin\r\n"}
)

// share lets the pages read an answer that the project shares it with: those of any origin unless it names some. Then the
// answer differs by origin, which caches have to know, and the pages may have cookies sent.
func (a *answer) share(head *httpd.Head, v variance) {
	origin := a.visit.Origin
	shares, all := a.visit.SharesWith(origin)
	if all {
		head.Lines(v.shared)
		head.Lines(anyPageLines)
		return
	}
	head.Lines(v.named)
	head.Lines(everyAnswerLines)
	if shares {
		head.Lines("Access-Control-Allow-Credentials: true\r\n")
		head.Field(fasthttp.HeaderAccessControlAllowOrigin, origin)
		head.Field(fasthttp.HeaderTimingAllowOrigin, origin)
	}
}

// shareError does what share does for an answer that is made of fasthttp's parts.
func (a *answer) shareError(h *fasthttp.ResponseHeader) {
	origin := a.visit.Origin
	shares, all := a.visit.SharesWith(origin)
	switch {
	case all:
		setSharing(h, "*")
	case shares:
		setSharing(h, origin)
		h.Set(fasthttp.HeaderVary, fasthttp.HeaderOrigin)
		h.Set(fasthttp.HeaderAccessControlAllowCredentials, "true")
	default:
		h.Set(fasthttp.HeaderVary, fasthttp.HeaderOrigin)
	}
}

// setSharing lets pages of an origin, or of all with "*", read an answer.
func setSharing(h *fasthttp.ResponseHeader, origin string) {
	h.Set(fasthttp.HeaderAccessControlAllowOrigin, origin)
	h.Set(fasthttp.HeaderTimingAllowOrigin, origin)
	h.Set(fasthttp.HeaderAccessControlExposeHeaders, exposedHeaders)
}

// preflight answers OPTIONS, for every path the same. It is asked without credentials, so all that it says is which pages
// may ask, and how.
func (a *answer) preflight(x *httpd.Exchange) {
	x.Record.Route = "preflight"
	response := &x.Response
	response.SetStatusCode(fasthttp.StatusNoContent)
	header := &response.Header
	header.Set(fasthttp.HeaderAllow, allowedMethods)
	header.Set(fasthttp.HeaderAccessControlAllowMethods, allowedMethods)
	header.Set(fasthttp.HeaderAccessControlAllowHeaders, preflightHeaders)
	header.Set(fasthttp.HeaderAccessControlMaxAge, "86400")
	header.Set(fasthttp.HeaderXContentTypeOptions, "nosniff")
	a.shareError(header)
}

// writeError makes an error of one line of an empty response.
func writeError(response *fasthttp.Response, status int, text string) {
	response.SetStatusCode(status)
	h := &response.Header
	h.SetContentType("text/plain; charset=utf-8")
	h.Set(fasthttp.HeaderCacheControl, errorCacheControl(status))
	h.Set(fasthttp.HeaderXContentTypeOptions, "nosniff")
	response.SetBodyString(text + "\n")
}

// errorCacheControl keeps caches from storing errors for long, and from storing at all what depends on more than the
// URL: who asks, ranges and conditions.
func errorCacheControl(status int) string {
	switch status {
	case fasthttp.StatusForbidden, fasthttp.StatusTooManyRequests,
		fasthttp.StatusRequestedRangeNotSatisfiable, fasthttp.StatusPreconditionFailed:
		return cacheNotStored
	default:
		return cacheError
	}
}
