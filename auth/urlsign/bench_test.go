package urlsign

import (
	"strings"
	"testing"
	"time"
)

func BenchmarkSignature_Verify(b *testing.B) {
	s := NewDefaultScheme()
	path, query, _ := strings.Cut(vectors[4].url, "?")
	keys, now := []Key{published, own}, time.Unix(ownTime, 0)
	b.ReportAllocs()
	for b.Loop() {
		_, sig, _, err := s.Split(path, query)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := sig.Verify(keys, now); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkScheme_Append(b *testing.B) {
	s := NewDefaultScheme()
	dst, at := make([]byte, 0, 256), time.Unix(ownTime, 0)
	for _, t := range s.Types {
		b.Run(t.String(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s.Append(dst, t, ownPath, own, at, "", "", 0)
			}
		})
	}
}
