package origin

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"headwater/cache"
	"headwater/packager"
)

func TestClassify(t *testing.T) {
	f := func(err error, wantKind string, wantStatus int) {
		t.Helper()
		for _, err := range []error{err, fmt.Errorf("read a1: %w", err)} {
			if kind := classify(err); kind.name != wantKind || kind.status != wantStatus {
				t.Errorf("%v: %s %d", err, kind.name, kind.status)
			}
		}
	}
	f(&packager.OptionError{Option: "seg"}, "options", 400)
	f(&optionsError{cause: &packager.OptionError{Option: "seg"}}, "options", 400)
	f(errPath, "path", 404)
	f(ErrNotFound, "not_found", 404)
	f(packager.ErrNoTrack, "no_track", 404)
	f(packager.ErrNoSegment, "no_segment", 404)
	f(errMethod, "method", 405)
	f(errPrecondition, "precondition", 412)
	f(&rangeError{5}, "range", 416)
	f(ErrCorrupt, "corrupt", 500)
	f(errors.Join(ErrCorrupt, ErrNotFound), "corrupt", 500)
	f(&cache.PanicError{Value: "boom"}, "panic", 500)
	f(errors.New("boom"), "internal", 500)
	f(ErrUnavailable, "unavailable", 503)
	f(cache.ErrOverloaded, "overloaded", 503)
	f(fmt.Errorf("%w: %w", cache.ErrOverloaded, context.DeadlineExceeded), "overloaded", 503)
	f(cache.ErrClosed, "stopping", 503)
	f(context.Canceled, "stopping", 503)
	f(context.DeadlineExceeded, "timeout", 504)
	f(errors.Join(ErrUnavailable, context.DeadlineExceeded), "timeout", 504)
}

func TestClassify_OneTextAStatus(t *testing.T) {
	texts := map[int]string{}
	for _, err := range []error{errPath, ErrNotFound, packager.ErrNoTrack, packager.ErrNoSegment, ErrCorrupt, &cache.PanicError{}, errors.New("x"),
		ErrUnavailable, cache.ErrOverloaded, cache.ErrClosed, context.DeadlineExceeded} {
		kind := classify(err)
		if text, ok := texts[kind.status]; ok && text != kind.public {
			t.Errorf("%d is %q and %q", kind.status, text, kind.public)
		}
		texts[kind.status] = kind.public
	}
}

func TestPrefersGzip(t *testing.T) {
	f := func(acceptEncoding string, want bool) {
		t.Helper()
		if prefersGzip(acceptEncoding) != want {
			t.Errorf("%q: %t", acceptEncoding, !want)
		}
	}
	f("", false)
	f("gzip", true)
	f("GZIP", true)
	f("x-gzip", true)
	f("gzip, deflate, br", true)
	f("br, gzip;q=0.001", true)
	f("gzip;q=0", false)
	f("gzip;q=0.000", false)
	f("gzip;Q=0", false)
	f("gzip ; q=0", false)
	f("gzip;q=0, *", false)
	f("*", true)
	f("*;q=0", false)
	f("identity", false)
	f("identity, gzip", true)
	f("identity;q=1, gzip;q=0.5", false)
	f("identity;q=0.5, gzip;q=0.8", true)
	f("identity;q=0", false)
	f("br", false)
	f("gzip;q=2", false)
	f("gzip;q=1.001", false)
	f("gzip;q=0.1234", false)
	f("gzip;q=", false)
	f("gzip;level=9", false)
	f(";q=1,gzip", true)
	f("gzipped", false)
}

func TestMatchesETag(t *testing.T) {
	f := func(list, etag string, how comparison, want bool) {
		t.Helper()
		if matchesETag(list, etag, how) != want {
			t.Errorf("%q with %s: %t", list, etag, !want)
		}
	}
	f(`"a"`, `"a"`, strong, true)
	f(`W/"a"`, `"a"`, strong, false)
	f(`W/"a"`, `"a"`, weak, true)
	f(`*`, `"a"`, strong, true)
	f(` * `, `"a"`, weak, true)
	f(`"b", "a"`, `"a"`, weak, true)
	f(`"b","a"`, `"a"`, weak, true)
	f(`,, "b" ,, W/"a"`, `"a"`, weak, true)
	f(`"b, "a"`, `"a"`, weak, false)
	f(`"b,c", "a"`, `"a"`, weak, true)
	f(`"b" "a"`, `"a"`, weak, false)
	f(`"a`, `"a"`, weak, false)
	f(`a`, `"a"`, weak, false)
	f(`w/"a"`, `"a"`, weak, false)
	f(`"A"`, `"a"`, weak, false)
	f(``, `"a"`, weak, false)
	f(`"a", *`, `"b"`, weak, false)
}

func TestParseRange(t *testing.T) {
	f := func(value string, want byteRange, wantOK bool) {
		t.Helper()
		got, ok := parseRange(value)
		if ok != wantOK || ok && got != want {
			t.Errorf("%q: %+v, %t", value, got, ok)
		}
	}
	f("bytes=0-0", byteRange{last: 0}, true)
	f("bytes=5-", byteRange{first: 5, last: math.MaxInt64}, true)
	f("bytes=-5", byteRange{suffix: true, first: 5}, true)
	f("bytes= 1-2", byteRange{first: 1, last: 2}, true)
	f("bytes=1-99999999999999999999", byteRange{first: 1, last: math.MaxInt64}, true)
	f("bytes=", byteRange{}, false)
	f("bytes", byteRange{}, false)
	f("bytes=-", byteRange{}, false)
	f("bytes=1", byteRange{}, false)
	f("bytes=1-2-3", byteRange{}, false)
	f("bytes=1 -2", byteRange{}, false)
	f("bytes=0x1-2", byteRange{}, false)
	f("bytes=2-1", byteRange{}, false)
	f("bytes=1-2,3-4", byteRange{}, false)
	f("bytes =1-2", byteRange{}, false)
	f("items=1-2", byteRange{}, false)
	f("", byteRange{}, false)
}
