package auth

import (
	"fmt"
	"testing"
)

func BenchmarkSession_Open(b *testing.B) {
	for _, name := range []string{"bare", "limits"} {
		ring := sessionRing(b)
		s := testSession(b)
		if name == "bare" {
			s = Session{ID: s.ID, Issued: s.Issued, Expires: s.Expires}
		}
		token := mustToken(b, ring, "", "film", &s)
		open := func(b *testing.B, got *Session) {
			if err := ring.OpenSession(got, token, "", "film", s.Issued); err != nil {
				b.Fatal(err)
			}
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var got Session
			for b.Loop() {
				open(b, &got)
			}
		})
		b.Run(name+"-parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				var got Session
				for pb.Next() {
					open(b, &got)
				}
			})
		})
	}
}

func BenchmarkSession_Append(b *testing.B) {
	ring := sessionRing(b)
	s := testSession(b)
	var dst []byte
	b.ReportAllocs()
	for b.Loop() {
		dst, _ = ring.AppendSession(dst[:0], "", "film", &s)
	}
}

func BenchmarkRevocations_Revoked(b *testing.B) {
	for _, size := range []int{0, MaxRevocations} {
		list := make([]Revocation, size)
		for i := range list {
			list[i] = Revocation{Kind: RevocationKind(i%5 + 1), Value: fmt.Sprintf("%016x", i+1), At: instant}
		}
		set := mustRevoke(b, list...)
		s := testSession(b)
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if set.Revoked("", "film", &s) {
					b.Fatal("revoked")
				}
			}
		})
	}
}

func BenchmarkPlayAuth_Open(b *testing.B) {
	key := testKey(UsePlayAuth, "key1")
	ring := mustRing(b, key)
	token := mustMint(b, key, Claims{Asset: "film", User: "user", Issued: instant})
	b.ReportAllocs()
	for b.Loop() {
		if _, err := ring.OpenPlayAuth(token, "", instant); err != nil {
			b.Fatal(err)
		}
	}
}
