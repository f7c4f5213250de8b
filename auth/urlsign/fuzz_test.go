package urlsign

import (
	"errors"
	"strings"
	"testing"
	"time"
)

// FuzzSplit takes any URL for a signed one, and signs it. Nothing panics, what is found is a part of the URL, it verifies
// with no key that has not signed it, and what is signed verifies.
func FuzzSplit(f *testing.F) {
	for _, v := range vectors {
		path, query, _ := strings.Cut(v.url, "?")
		f.Add(path, query, v.time)
	}
	f.Add("/s/x/v/y", "auth_key&auth_key=&end==&sign&time=&KEY1&KEY2", int64(0))
	f.Add("/202613320000/00000000000000000000000000000000/v/x", "", int64(0))
	f.Fuzz(func(t *testing.T, path, query string, now int64) {
		s := NewDefaultScheme()
		plain, sig, found, err := s.Split(path, query)
		switch {
		case err != nil:
			if !errors.Is(err, ErrMalformed) || !found || plain != "" {
				t.Errorf("%q, %v, %v", plain, found, err)
			}
		case !strings.HasSuffix(path, plain) || !found && plain != path:
			t.Errorf("%q of %q, %v", plain, path, found)
		case found:
			if got, err := sig.Verify([]Key{{Secret: []byte("no fuzzer knows it")}}, time.Unix(now, 0)); err == nil {
				t.Errorf("%q?%q: %+v", path, query, got)
			}
		}
		if isPath(path) && strings.HasPrefix(path, s.Prefix) && !strings.Contains(path, "?") {
			roundTrip(t, &s, path, time.Unix(1e9+now&0xbfffffff, 0))
		}
	})
}

func roundTrip(t *testing.T, s *Scheme, path string, at time.Time) {
	t.Helper()
	for _, form := range s.Types {
		signed := string(s.Append(nil, form, path, own, at, "x_.9", "user", 0))
		signedPath, query, _ := strings.Cut(signed, "?")
		plain, sig, found, err := s.Split(signedPath, query)
		if err != nil || !found || plain != path {
			t.Errorf("%s: %q, %v, %v", signed, plain, found, err)
			continue
		}
		if _, err := sig.Verify([]Key{published, own}, at); err != nil {
			t.Errorf("%s: %v", signed, err)
		}
	}
}
