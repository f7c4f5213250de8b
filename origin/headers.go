package origin

import "github.com/valyala/fasthttp"

const allowedMethods = "GET, HEAD, OPTIONS"

// preflightHeaders are the request fields that pages of other origins may send: those of ranges and conditions, and of
// CMCD (CTA-5004) in its header form.
const preflightHeaders = "Range, If-Range, If-Match, If-None-Match, If-Modified-Since, If-Unmodified-Since, " +
	"CMCD-Request, CMCD-Object, CMCD-Status, CMCD-Session"

// exposedHeaders are the response fields that such pages may read.
const exposedHeaders = "Accept-Ranges, Age, Content-Encoding, Content-Length, Content-Range, Date, ETag, Retry-After, " +
	"X-Request-Id"

// sharingLines let pages of any origin read an answer, whatever its status: a player that may not see why it failed can
// only guess.
const sharingLines = "Access-Control-Allow-Origin: *\r\n" +
	"Access-Control-Expose-Headers: " + exposedHeaders + "\r\n" +
	"Timing-Allow-Origin: *\r\n" +
	"X-Content-Type-Options: nosniff\r\n"

// setSharing sets what sharingLines say.
func setSharing(h *fasthttp.ResponseHeader) {
	h.Set(fasthttp.HeaderAccessControlAllowOrigin, "*")
	h.Set(fasthttp.HeaderAccessControlExposeHeaders, exposedHeaders)
	h.Set(fasthttp.HeaderTimingAllowOrigin, "*")
	h.Set(fasthttp.HeaderXContentTypeOptions, "nosniff")
}

// preflight answers OPTIONS, for every path the same.
func preflight(response *fasthttp.Response) {
	response.SetStatusCode(fasthttp.StatusNoContent)
	h := &response.Header
	h.Set(fasthttp.HeaderAllow, allowedMethods)
	h.Set(fasthttp.HeaderAccessControlAllowMethods, allowedMethods)
	h.Set(fasthttp.HeaderAccessControlAllowHeaders, preflightHeaders)
	h.Set(fasthttp.HeaderAccessControlMaxAge, "86400")
	setSharing(h)
}

// writeError makes an error of one line of an empty response.
func writeError(response *fasthttp.Response, status int, text string) {
	response.SetStatusCode(status)
	h := &response.Header
	h.SetContentType("text/plain; charset=utf-8")
	h.Set(fasthttp.HeaderCacheControl, errorCacheControl(status))
	setSharing(h)
	response.SetBodyString(text + "\n")
}

// errorCacheControl keeps caches from storing errors for long, and from storing at all what depends on more than the
// URL: who asks, ranges and conditions.
func errorCacheControl(status int) string {
	switch status {
	case fasthttp.StatusForbidden, fasthttp.StatusRequestedRangeNotSatisfiable, fasthttp.StatusPreconditionFailed:
		return cacheNotStored
	default:
		return cacheError
	}
}
