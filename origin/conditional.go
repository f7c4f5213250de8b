package origin

import (
	"bytes"
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
func evaluate(h *fasthttp.RequestHeader, etag string) condition {
	if match, ok := fieldValue(h, fasthttp.HeaderIfMatch); ok && !matchesETag(match, etag, strong) {
		return failed
	}
	if match, ok := fieldValue(h, fasthttp.HeaderIfNoneMatch); ok && matchesETag(match, etag, weak) {
		return notModified
	}
	return proceed
}

// fieldValue returns the value of a field whose lines are parts of one list. It may be a view of h.
func fieldValue(h *fasthttp.RequestHeader, name string) (value string, ok bool) {
	lines := h.PeekAll(name)
	switch len(lines) {
	case 0:
		return "", false
	case 1:
		return view(lines[0]), true
	default:
		return string(bytes.Join(lines, []byte(", "))), true
	}
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
