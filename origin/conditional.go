package origin

import (
	"strings"

	"github.com/valyala/fasthttp"
)

// condition is the outcome of a request's preconditions (RFC 9110 §13.2.2).
type condition uint8

const (
	proceed     condition = iota
	notModified           // 304
	failed                // 412
)

// evaluate compares the preconditions of a GET or HEAD with the ETag of what would be sent. There is no modification
// date, so those that name dates are ignored (RFC 9110 §13.1.3, §13.1.4).
func evaluate(f *requestFields, etag string) condition {
	if f.ifMatch.ok && !matchesETag(f.ifMatch.value, etag, strong) {
		return failed
	}
	if f.ifNoneMatch.ok && matchesETag(f.ifNoneMatch.value, etag, weak) {
		return notModified
	}
	return proceed
}

// requestFields are the fields of a request that its answer depends on. They are views of the request.
type requestFields struct {
	acceptEncoding, ifMatch, ifNoneMatch, ifRange, byteRange fieldValue
	referer, origin                                          fieldValue
}

// fieldValue is the value of a field, if there is one.
type fieldValue struct {
	value string
	ok    bool
}

// add adds the value of one line: the lines of a field are parts of one list (RFC 9110 §5.3).
func (f *fieldValue) add(line []byte) {
	if f.ok {
		f.value += ", " + string(line)
		return
	}
	f.value, f.ok = view(line), true
}

// setFirst takes the value of one line of a field that has no list, unless there was one before.
func (f *fieldValue) setFirst(line []byte) {
	if !f.ok {
		f.value, f.ok = view(line), true
	}
}

// readFields reads all of them at once: looking each up costs more than the rest of an answer.
func readFields(h *fasthttp.RequestHeader) (f requestFields) {
	for name, value := range h.All() {
		switch view(name) {
		case fasthttp.HeaderAcceptEncoding:
			f.acceptEncoding.add(value)
		case fasthttp.HeaderIfMatch:
			f.ifMatch.add(value)
		case fasthttp.HeaderIfNoneMatch:
			f.ifNoneMatch.add(value)
		case fasthttp.HeaderIfRange:
			f.ifRange.add(value)
		case fasthttp.HeaderRange:
			f.byteRange.add(value)
		case fasthttp.HeaderReferer:
			f.referer.setFirst(value)
		case fasthttp.HeaderOrigin:
			f.origin.setFirst(value)
		}
	}
	return f
}

// comparison is how entity tags are compared (RFC 9110 §8.8.3.2).
type comparison bool

const (
	strong comparison = false
	weak   comparison = true
)

// matchesETag reports whether list, the value of If-Match or If-None-Match, has etag, which is a strong tag with its
// quotes, or is "*". What follows a syntax error is ignored.
func matchesETag(list, etag string, how comparison) bool {
	if trimSpace(list) == "*" {
		return true
	}
	for {
		list = strings.TrimLeft(list, " \t,")
		tag, isWeak := strings.CutPrefix(list, "W/")
		size := quotedLength(tag)
		if size == 0 {
			return false
		}
		if tag[:size] == etag && (how == weak || !isWeak) {
			return true
		}
		list = trimSpace(tag[size:])
		if !strings.HasPrefix(list, ",") {
			return false
		}
	}
}

// quotedLength returns the length of the opaque-tag that s begins with, quotes included; 0 for none.
func quotedLength(s string) int {
	if !strings.HasPrefix(s, `"`) {
		return 0
	}
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return i + 1
		case c <= ' ' || c == 0x7f:
			return 0
		}
	}
	return 0
}

// trimSpace removes the optional white space of header fields (RFC 9110 §5.6.3).
func trimSpace(s string) string { return strings.Trim(s, " \t") }
