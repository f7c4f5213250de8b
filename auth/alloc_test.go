//go:build !race

package auth

import (
	"bytes"
	"net/netip"
	"testing"
	"time"
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
