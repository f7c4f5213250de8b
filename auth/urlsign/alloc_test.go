//go:build !race

package urlsign

import (
	"strings"
	"testing"
	"time"
)

func TestAllocations(t *testing.T) {
	for _, v := range vectors {
		s := v.scheme(t)
		path, query, _ := strings.Cut(v.url, "?")
		at, keys, dst := time.Unix(v.time, 0), []Key{published, own}, make([]byte, 0, 256)
		if n := testing.AllocsPerRun(100, func() {
			_, sig, _, err := s.Split(path, query)
			if err == nil {
				_, err = sig.Verify(keys, at)
			}
			if err != nil {
				t.Fatal(err)
			}
			s.Append(dst, v.form, v.path, v.key, at, "", "", v.preview)
		}); n != 0 {
			t.Errorf("%s: %v allocations", v.name, n)
		}
	}
}
