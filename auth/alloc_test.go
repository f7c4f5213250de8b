//go:build !race

package auth

import (
	"bytes"
	"fmt"
	"net/netip"
	"testing"
	"time"

	"headwater/auth/urlsign"
)

// testNoAllocation fails if f allocates. The race detector makes pools forget, so that it cannot be tested under it.
func testNoAllocation(t *testing.T, name string, f func()) {
	t.Helper()
	if n := testing.AllocsPerRun(1000, f); n != 0 {
		t.Errorf("%s allocates %v times", name, n)
	}
}

func TestAllocations(t *testing.T) {
	ring := sessionRing(t)
	s := testSession(t)
	token := mustToken(t, ring, "", "film", &s)
	set := mustRevoke(t, Revocation{Kind: RevokeUser, Value: "other", At: instant}, Revocation{Kind: RevokeAsset, Value: "other", At: instant})
	claims := Claims{ID: "token", User: "user", KeyID: "key1", Asset: "film", Issued: instant, Expires: instant.Add(time.Minute)}
	client := netip.MustParseAddr("::ffff:192.0.2.1")

	var got Session
	testNoAllocation(t, "opening a session", func() {
		if err := ring.OpenSession(&got, token, "", "film", s.Issued); err != nil {
			t.Fatal(err)
		}
	})
	for _, bad := range [][]byte{token[:50], bytes.Repeat([]byte("A"), 200), append(bytes.Clone(token), '='), append(bytes.Clone(token), "AAAA"...)} {
		testNoAllocation(t, "refusing "+string(bad), func() {
			if err := ring.OpenSession(&got, bad, "", "film", s.Issued); err == nil {
				t.Fatal("it is taken")
			}
		})
	}
	testNoAllocation(t, "another asset", func() { _ = ring.OpenSession(&got, token, "", "film2", s.Issued) })
	testNoAllocation(t, "Admits", func() { got.Admits(client) })
	testNoAllocation(t, "Revoked", func() { set.Revoked("", "film", &got) })
	testNoAllocation(t, "RevokedClaims", func() { set.RevokedClaims("", "film", &claims) })
	testNoAllocation(t, "Check", func() { _ = claims.Check(instant, "film2", client) })
	testNoAllocation(t, "Find", func() { ring.Find("", UseSession, "key1", instant) })
	testNoAllocation(t, "Signing", func() { ring.Signing("", UseSession, instant) })
	testNoAllocation(t, "AppendVerifying", func() {
		var keys [2]Key
		if len(ring.AppendVerifying(keys[:0], "", UseSession, instant)) != 1 {
			t.Fatal("no key")
		}
	})
}

// TestAllocations_Visit: nothing is allocated on the way of a session through all local rules, nor on that of who is refused.
func TestAllocations_Visit(t *testing.T) {
	s, session := busyScene(t)
	var v Visit
	f := func(want error, change func(*Request), a *Asset) {
		t.Helper()
		before := s.request
		defer func() { s.request = before }()
		change(&s.request)
		visit := func() {
			if err := s.visit(&v, session, a); err != want {
				t.Fatalf("got %v, want %v", err, want)
			}
		}
		visit() // which counts the session for a while
		testNoAllocation(t, fmt.Sprint("a visit that ends as ", want), visit)
	}
	f(nil, func(*Request) {}, &published)
	f(nil, func(*Request) {}, &Asset{Published: true, Policy: "busy", Expire: instant.Add(time.Hour)})
	f(UnknownKey, func(r *Request) { r.Host = "x" }, &published)
	f(WrongClient, func(r *Request) { r.Client = netip.MustParseAddr("10.0.0.1") }, &published)
	f(RefererDenied, func(r *Request) { r.Referer = "https://a.bad.example/" }, &published)
	f(AgentDenied, func(r *Request) { r.UserAgent = "curl/8" }, &published)
	f(Expired, func(r *Request) { r.Now = r.Now.Add(2 * time.Hour) }, &published)
	f(NotPublished, func(*Request) {}, &Asset{})
	f(NoPolicy, func(*Request) {}, &Asset{Published: true, Policy: "gone"})

	path, query := s.signURL(urlsign.A, manifest)
	testNoAllocation(t, "a signed URL", func() {
		if err := s.engine.Begin(&v, s.request); err != nil {
			t.Fatal(err)
		}
		if _, signed, err := v.SplitURL(path, query); err != nil || !signed {
			t.Fatal(signed, err)
		}
	})
}
