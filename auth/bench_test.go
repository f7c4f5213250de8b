package auth

import (
	"fmt"
	"testing"
	"time"
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

// busyScene returns a viewer with a session where every local rule is in use: 1,000 networks, 100 hosts of pages, user
// agents, countries, a rate that is never reached, counted sessions and 1,000 revocations.
func busyScene(t testing.TB) (s *scene, session []byte) {
	t.Helper()
	s = newScene(t, "projects: [{name: acme, domains: [acme.example, '*.acme.example']}]")
	p := Policy{
		Name: "busy", Access: Protected,
		Referer:   TextRule{Deny: []string{"*.bad.example"}},
		UserAgent: TextRule{Deny: []string{"*curl*", "*wget*"}},
		Country:   CountryRule{Deny: []string{"FR"}},
		Rate:      Rate{Requests: 1_000_000, Per: time.Millisecond, Burst: 1_000_000_000},
		Session:   SessionRule{PerUser: 3},
	}
	for i := range 100 {
		p.Referer.Allow = append(p.Referer.Allow, fmt.Sprintf("page%d.example", i))
	}
	for i := range 1000 {
		p.Address.Deny = append(p.Address.Deny, fmt.Sprintf("10.%d.%d.0/24", i/256, i%256))
	}
	s.rules.DefaultPolicy, s.rules.Policies = p.Name, []Policy{p}
	revoked := make([]Revocation, 1000)
	for i := range revoked {
		revoked[i] = Revocation{Kind: RevocationKind(i%5 + 1), Value: SessionID(i + 1).String(), At: instant}
	}
	s.sources.Revocations = mustRevoke(t, revoked...)
	s.swap()
	s.request.Host = "video.eu.acme.example:443"
	s.request.Referer = "https://www.page7.example/watch?v=7"
	s.request.UserAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
	token := s.playAuth("acme", func(c *Claims) { c.ID, c.Client = "token", mustPrefix("192.0.2.0/24") })
	return s, s.mustExchange(token, published)
}

// visit is what delivery does for each request of a session.
func (s *scene) visit(v *Visit, session []byte, a *Asset) error {
	if err := s.engine.Begin(v, s.request); err != nil {
		return err
	}
	if err := v.OpenSession(session, "film"); err != nil {
		return err
	}
	if err := v.Hopeless(); err != nil {
		return err
	}
	return v.Decide(a)
}

func BenchmarkVisit_Decide(b *testing.B) {
	s, session := busyScene(b)
	b.Run("session", func(b *testing.B) {
		b.ReportAllocs()
		var v Visit
		for b.Loop() {
			if err := s.visit(&v, session, &published); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("session-parallel", func(b *testing.B) {
		b.ReportAllocs()
		b.RunParallel(func(pb *testing.PB) {
			var v Visit
			for pb.Next() {
				if err := s.visit(&v, session, &published); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
	open := newScene(b, "")
	b.Run("open", func(b *testing.B) {
		b.ReportAllocs()
		var v Visit
		for b.Loop() {
			if err := open.engine.Begin(&v, open.request); err != nil {
				b.Fatal(err)
			}
			if err := v.Decide(&published); err != nil {
				b.Fatal(err)
			}
		}
	})
}
