package origin

import (
	"math"
	"strconv"
	"strings"
)

// byteRange is one range-spec of a Range field (RFC 9110 §14.1.2), not yet fitted to a size.
type byteRange struct {
	suffix bool
	first  int64 // or, for a suffix, how many last bytes
	last   int64 // inclusive; MaxInt64 when open
}

// requestedRange returns the range that a GET asks for. There is none when the field is missing, malformed, in another
// unit or has several ranges, or when If-Range names another representation: then all is sent (RFC 9110 §14.2).
func requestedRange(f *requestFields, etag string) (byteRange, bool) {
	if !f.byteRange.ok {
		return byteRange{}, false
	}
	// A date never matches: there is no Last-Modified to compare it with (RFC 9110 §13.1.5).
	if f.ifRange.ok && trimSpace(f.ifRange.value) != etag {
		return byteRange{}, false
	}
	return parseRange(f.byteRange.value)
}

// parseRange reads a Range field with exactly one range.
func parseRange(value string) (r byteRange, ok bool) {
	unit, set, _ := strings.Cut(value, "=")
	if !strings.EqualFold(unit, "bytes") {
		return byteRange{}, false
	}
	for spec := range strings.SplitSeq(set, ",") {
		spec = trimSpace(spec)
		if spec == "" {
			continue // empty list elements are ignored (RFC 9110 §5.6.1.2)
		}
		if ok {
			return byteRange{}, false
		}
		if r, ok = parseRangeSpec(spec); !ok {
			return byteRange{}, false
		}
	}
	return r, ok
}

func parseRangeSpec(spec string) (byteRange, bool) {
	first, last, found := strings.Cut(spec, "-")
	if !found {
		return byteRange{}, false
	}
	if first == "" {
		length, ok := parsePosition(last)
		return byteRange{suffix: true, first: length}, ok
	}
	r := byteRange{last: math.MaxInt64}
	var ok bool
	if r.first, ok = parsePosition(first); !ok {
		return byteRange{}, false
	}
	if last != "" {
		if r.last, ok = parsePosition(last); !ok || r.last < r.first {
			return byteRange{}, false
		}
	}
	return r, true
}

// parsePosition reads digits; what is too large for any file becomes MaxInt64.
func parsePosition(digits string) (int64, bool) {
	if digits == "" {
		return 0, false
	}
	for i := range len(digits) {
		if digits[i] < '0' || digits[i] > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return math.MaxInt64, true
	}
	return n, true
}

// fit returns the part of sizeBytes that r covers; false when there is none.
func (r byteRange) fit(sizeBytes int64) (offset, length int64, ok bool) {
	if r.suffix {
		length = min(r.first, sizeBytes)
		return sizeBytes - length, length, length > 0
	}
	if r.first >= sizeBytes {
		return 0, 0, false
	}
	return r.first, min(r.last, sizeBytes-1) - r.first + 1, true
}

// appendContentRange appends the value of Content-Range for a part (RFC 9110 §14.4).
func appendContentRange(dst []byte, offset, length, sizeBytes int64) []byte {
	dst = append(dst, "bytes "...)
	dst = strconv.AppendInt(dst, offset, 10)
	dst = append(dst, '-')
	dst = strconv.AppendInt(dst, offset+length-1, 10)
	dst = append(dst, '/')
	return strconv.AppendInt(dst, sizeBytes, 10)
}
