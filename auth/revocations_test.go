package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func mustRevoke(t testing.TB, list ...Revocation) *Revocations {
	t.Helper()
	set, err := NewRevocations(list)
	if err != nil {
		t.Fatal(err)
	}
	return set
}

// TestRevocations has a credential and the session that it was exchanged for, and sees which revocation hits them.
func TestRevocations(t *testing.T) {
	claims := Claims{ID: "token", User: "user", KeyID: "key2", Asset: "film", Issued: instant}
	session := NewSession("", &claims, instant.Add(time.Minute), time.Hour)
	session.KeyID = "key1" // which opening it sets
	foreign := NewSession("tenant", &claims, instant.Add(time.Minute), time.Hour)
	foreign.KeyID, foreign.ID = session.KeyID, session.ID
	f := func(kind RevocationKind, value string, after time.Duration, wantClaims, wantSession bool) {
		t.Helper()
		r := Revocation{Kind: kind, Value: value, At: instant.Add(after)}
		set := mustRevoke(t, r)
		if got := set.RevokedClaims("", "film", &claims); got != wantClaims {
			t.Errorf("%v %q: credential %v", kind, value, got)
		}
		if got := set.Revoked("", "film", &session); got != wantSession {
			t.Errorf("%v %q: session %v", kind, value, got)
		}
		if set.RevokedClaims("tenant", "film", &claims) || set.Revoked("tenant", "film", &foreign) {
			t.Errorf("%v %q hits another project", kind, value)
		}
		r.Project = "tenant"
		other := mustRevoke(t, r)
		if got := other.Revoked("tenant", "film", &foreign); got != wantSession {
			t.Errorf("%v %q: session of another project %v", kind, value, got)
		}
		if other.RevokedClaims("", "film", &claims) || other.Revoked("", "film", &session) {
			t.Errorf("%v %q of another project hits", kind, value)
		}
	}
	f(RevokeToken, "token", time.Second, true, true)
	f(RevokeToken, "token", -time.Hour, true, true) // an id is one credential's, whenever
	f(RevokeToken, "token2", time.Second, false, false)
	f(RevokeToken, "user", time.Second, false, false)
	f(RevokeUser, "user", 0, true, true)
	f(RevokeUser, "user", time.Second, true, true) // although the session began later
	f(RevokeUser, "user", -time.Second, false, false)
	f(RevokeUser, "token", time.Second, false, false)
	f(RevokeAsset, "film", 0, true, true)
	f(RevokeAsset, "film", -time.Second, false, false)
	f(RevokeAsset, "film2", time.Second, false, false)
	f(RevokeSession, session.ID.String(), time.Hour, false, true)
	f(RevokeSession, (session.ID ^ 1<<40).String(), time.Hour, false, false)
	f(RevokeKey, "key2", -time.Hour, true, true) // and what it was exchanged for
	f(RevokeKey, "key1", -time.Hour, false, true)
	f(RevokeKey, "key3", time.Second, false, false)
}

func TestRevocations_NoIssue(t *testing.T) {
	claims := Claims{Asset: "film", User: "user"} // as signed URLs
	session := NewSession("", &claims, instant, time.Hour)
	set := mustRevoke(t, Revocation{Kind: RevokeAsset, Value: "film", At: instant.Add(-time.Hour)})
	if !set.RevokedClaims("", "film", &claims) || !set.Revoked("", "film", &session) {
		t.Error("what does not say when it was issued is not revoked")
	}
	if set.RevokedClaims("", "film2", &claims) || set.Revoked("", "film2", &session) {
		t.Error("another asset is revoked")
	}
	if new(Revocations).Revoked("", "film", &session) || new(Revocations).RevokedClaims("", "film", &claims) {
		t.Error("an empty set revokes")
	}
}

// TestRevocations_Nothing: what a session or credential does not have cannot be revoked.
func TestRevocations_Nothing(t *testing.T) {
	var list []Revocation
	for kind, value := range map[RevocationKind]string{
		RevokeToken: "a", RevokeUser: "a", RevokeSession: "0000000000000001", RevokeAsset: "a", RevokeKey: "aaaa",
	} {
		list = append(list, Revocation{Kind: kind, Value: value, At: instant})
	}
	set := mustRevoke(t, list...)
	if set.Revoked("", "film", &Session{}) || set.RevokedClaims("", "film", &Claims{}) {
		t.Error("nothing is revoked")
	}
}

func TestRevocations_Merge(t *testing.T) {
	early := Revocation{Kind: RevokeUser, Value: "user", At: instant, Until: instant.Add(MaxLife + time.Hour)}
	late := Revocation{Kind: RevokeUser, Value: "user", At: instant.Add(time.Minute)}
	want := []Revocation{{RevokeUser, "", "user", late.At, early.Until}}
	for _, list := range [][]Revocation{{early, late}, {late, early}, {early, late, early}} {
		if diff := cmp.Diff(want, mustRevoke(t, list...).List()); diff != "" {
			t.Error(diff)
		}
	}
}

func TestRevocations_Prune(t *testing.T) {
	set := mustRevoke(t,
		Revocation{Kind: RevokeUser, Value: "a", At: instant, Until: instant.Add(time.Hour)},
		Revocation{Kind: RevokeUser, Value: "b", At: instant.Add(900 * time.Millisecond)})
	f := func(at time.Time, want ...string) {
		t.Helper()
		var got []string
		for _, r := range set.Prune(at).List() {
			got = append(got, r.Value)
		}
		if !cmp.Equal(got, want) {
			t.Errorf("%v: %q, want %q", at, got, want)
		}
	}
	f(instant.Add(time.Hour-1), "a", "b")
	f(instant.Add(time.Hour), "b")
	f(instant.Add(MaxLife-1), "b")
	f(instant.Add(MaxLife))
	if len(set.List()) != 2 {
		t.Error("the set has changed")
	}
}

func TestNewRevocations_Refuses(t *testing.T) {
	f := func(want string, change func(*Revocation)) {
		t.Helper()
		r := Revocation{Kind: RevokeUser, Value: "user", At: instant}
		change(&r)
		if _, err := NewRevocations([]Revocation{r}); !errors.Is(err, ErrRevocation) || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: got %v, want %q", r, err, want)
		}
	}
	f("kind", func(r *Revocation) { r.Kind = 0 })
	f("kind", func(r *Revocation) { r.Kind = RevokeKey + 1 })
	f("project", func(r *Revocation) { r.Project = "a/b" })
	for _, value := range []string{"", "a\nb", "\xff", strings.Repeat("x", maxText+1)} {
		f("user", func(r *Revocation) { r.Value = value })
	}
	for _, value := range []string{"", "1", "000000000000000G", "000000000000000A", "0000000000000000", "+00000000000000a", "0x0000000000000a"} {
		f("session", func(r *Revocation) { r.Kind, r.Value = RevokeSession, value })
	}
	f("asset", func(r *Revocation) { r.Kind, r.Value = RevokeAsset, "tenant/film" })
	f("key", func(r *Revocation) { r.Kind, r.Value = RevokeKey, "abc" })
	f("at", func(r *Revocation) { r.At = time.Time{} })
	f("at", func(r *Revocation) { r.At = time.Unix(maxDate+1, 0) })
	f("over", func(r *Revocation) { r.Until = r.At })
	f("over", func(r *Revocation) { r.Until = r.At.Add(time.Millisecond) })
	f("over", func(r *Revocation) { r.Until = time.Unix(maxDate+1, 0) })
}

// TestNewRevocations_Bound: a full set is whole after a round trip, and one more is refused with what to do instead.
func TestNewRevocations_Bound(t *testing.T) {
	list := make([]Revocation, MaxRevocations+1)
	for i := range list {
		list[i] = Revocation{Kind: RevokeUser, Value: fmt.Sprintf("user-%05d", i), At: instant}
	}
	if _, err := NewRevocations(list); !errors.Is(err, ErrRevocation) || !strings.Contains(err.Error(), "revoke the key") {
		t.Errorf("got %v", err)
	}
	full := mustRevoke(t, list[1:]...)
	text, err := full.Encode()
	if err != nil {
		t.Fatal(err)
	}
	decoded, err := DecodeRevocations(text)
	if err != nil || !slices.Equal(decoded.List(), full.List()) {
		t.Errorf("%d bytes: %v", len(text), err)
	}
}

func TestDecodeRevocations(t *testing.T) {
	const good = `{"version":1,"revocations":[{"kind":"user","project":"tenant","value":"user","at":1700000000,"until":1700000001}]}`
	set, err := DecodeRevocations([]byte(good))
	if err != nil {
		t.Fatal(err)
	}
	if text, err := set.Encode(); err != nil || string(text) != good {
		t.Errorf("%s, %v", text, err)
	}
	f := func(old, new string) {
		t.Helper()
		if _, err := DecodeRevocations([]byte(strings.Replace(good, old, new, 1))); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", new, err)
		}
	}
	f(good, "")
	f(good, "null")
	f(good, good+"x")
	f(good, strings.Repeat(" ", maxDocument)+good)
	f(good, good[:len(good)-1])
	f(`"version":1`, `"version":2`)
	f(`"version":1,`, ``)
	f(`"user"`, `"users"`)
	f(`"value"`, `"id"`)
	f(`1700000001`, `1700000000`)
	f(`1700000000`, `-1`)
	f(`1700000000`, `1.5`)
	f(`1700000000`, `9223372036854775807`)
}
