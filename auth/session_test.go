package auth

import (
	"bytes"
	"encoding/base64"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

func sessionRing(t testing.TB) *Keyring {
	t.Helper()
	other := testKey(UseSession, "tenantkey")
	other.Project = "tenant"
	return mustRing(t, testKey(UseSession, "key1"), testKey(UsePlayAuth, "key2"), other)
}

// testSession returns a session of ten minutes with everything in it.
func testSession(t testing.TB) Session {
	t.Helper()
	s := NewSession("", &Claims{
		ID: "token", KeyID: "key2", User: "user", Issued: instant.Add(-time.Second), Client: netip.MustParsePrefix("2001:db8::/32"), Draft: true,
	}, instant, 10*time.Minute)
	if err := s.SetLimits("maxheight=720,preview=30,tracks=a-1+b"); err != nil {
		t.Fatal(err)
	}
	return s
}

func mustToken(t testing.TB, r *Keyring, project, asset string, s *Session) []byte {
	t.Helper()
	token, err := r.AppendSession(nil, project, asset, s)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestSession_RoundTrip(t *testing.T) {
	ring := sessionRing(t)
	f := func(project, key string, change func(*Session)) {
		t.Helper()
		want := testSession(t)
		change(&want)
		token := mustToken(t, ring, project, "film", &want)
		if len(token) > MaxSessionToken || strings.Trim(string(token), "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
			t.Errorf("%d characters: %s", len(token), token)
		}
		got := testSession(t) // what a pool may hold
		if err := ring.OpenSession(&got, token, project, "film", want.Issued); err != nil {
			t.Fatal(err)
		}
		if want.KeyID = key; got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	f("", "key1", func(*Session) {})
	f("tenant", "tenantkey", func(*Session) {})
	f("", "key1", func(s *Session) { *s = Session{ID: s.ID, Issued: s.Issued, Expires: s.Expires} })
	f("", "key1", func(s *Session) { s.Draft = false })
	f("", "key1", func(s *Session) { s.Since = s.Issued })
	f("", "key1", func(s *Session) { s.Expires = s.Issued + int64(MaxSessionLife/time.Second) })
	for _, client := range []string{"192.0.2.1/32", "10.0.0.0/8", "0.0.0.0/0", "::/0", "2001:db8::1/128"} {
		f("", "key1", func(s *Session) { s.Client = netip.MustParsePrefix(client) })
	}
	f("", "key1", func(s *Session) {
		if err := s.SetLimits(strings.Repeat("x", MaxLimits)); err != nil {
			t.Error(err)
		}
	})
}

func TestNewSession(t *testing.T) {
	s := testSession(t)
	if s.Token != Hash64(RevokeToken, "", "token") || s.User != Hash64(RevokeUser, "", "user") || s.Key != Hash64(RevokeKey, "", "key2") {
		t.Errorf("%+v", s)
	}
	if s.Issued != instant.Unix() || s.Since != s.Issued-1 || s.Expires != s.Issued+600 || s.ID == 0 || s.ID == testSession(t).ID {
		t.Errorf("%+v", s)
	}
	early := NewSession("", &Claims{Issued: instant.Add(20 * time.Second)}, instant, time.Minute)
	if early.Since != early.Issued || early.Token != 0 || early.User != 0 || early.Key != 0 {
		t.Errorf("%+v", early)
	}
	if silent := NewSession("", &Claims{}, instant, time.Minute); silent.Since != 0 {
		t.Errorf("%+v", silent)
	}
}

func TestAppendSession_Refuses(t *testing.T) {
	ring := sessionRing(t)
	f := func(want error, project string, change func(*Session)) {
		t.Helper()
		s := testSession(t)
		change(&s)
		if token, err := ring.AppendSession([]byte("x"), project, "film", &s); !errors.Is(err, want) || string(token) != "x" {
			t.Errorf("got %q, %v", token, err)
		}
	}
	f(ErrKey, "nobody", func(*Session) {})
	f(ErrSession, "", func(s *Session) { s.ID = 0 })
	f(ErrSession, "", func(s *Session) { s.Expires = s.Issued })
	f(ErrSession, "", func(s *Session) { s.Expires = s.Issued + int64(MaxSessionLife/time.Second) + 1 })
	f(ErrSession, "", func(s *Session) { s.Issued, s.Expires = 1<<32-1, 1<<32 })
	f(ErrSession, "", func(s *Session) { s.Since = -1 })
	f(ErrSession, "", func(s *Session) { s.Since = s.Issued + 1 })
	f(ErrSession, "", func(s *Session) { s.Client = netip.MustParsePrefix("10.1.0.0/8") })
	f(ErrSession, "", func(s *Session) { s.Client = netip.PrefixFrom(s.Client.Addr(), 129) })
	f(ErrSession, "", func(s *Session) { s.Client = netip.MustParsePrefix("::ffff:10.0.0.0/104") })

	s := testSession(t)
	before := s
	for _, limits := range []string{"a/b", "a b", "%41", "A=1", "a\x00", "é", strings.Repeat("x", MaxLimits+1)} {
		if err := s.SetLimits(limits); !errors.Is(err, ErrSession) || s != before {
			t.Errorf("%q: %v", limits, err)
		}
	}
}

// TestOpenSession_Hostile: whatever is wrong has its cause, and none is let in.
func TestOpenSession_Hostile(t *testing.T) {
	ring := sessionRing(t)
	s := testSession(t)
	token := mustToken(t, ring, "", "film", &s)
	f := func(want Cause, token []byte, project, asset string, now int64) {
		t.Helper()
		var got Session
		if err := ring.OpenSession(&got, token, project, asset, now); err != error(want) {
			t.Errorf("%s of %q/%q at %d: %v, want %v", token, project, asset, now, err, want)
		}
	}
	now := s.Issued
	f(BadSignature, token, "", "film2", now)
	f(BadSignature, token, "", "", now)
	f(UnknownKey, token, "tenant", "film", now)
	f(UnknownKey, token, "nobody", "film", now)
	f(Expired, token, "", "film", s.Expires)
	f(Expired, token, "", "film", 1<<62)
	f(NotYet, token, "", "film", now-skew-1)
	for _, good := range []int64{now - skew, now, s.Expires - 1} {
		if err := ring.OpenSession(new(Session), token, "", "film", good); err != nil {
			t.Errorf("at %d: %v", good, err)
		}
	}
	// The same key id with another secret, and a key for something else.
	foreign := mustRing(t, Key{ID: "key1", Use: UseSession, Secret: Secret(strings.Repeat("f", 32)), Created: instant})
	f(BadSignature, mustToken(t, foreign, "", "film", &s), "", "film", now)
	foreign = mustRing(t, Key{ID: "key2", Use: UseSession, Secret: testKey(UsePlayAuth, "key2").Secret, Created: instant})
	f(UnknownKey, mustToken(t, foreign, "", "film", &s), "", "film", now)

	for n := range token { // truncated
		f(causeOf(t, ring, token[:n], Malformed, UnknownKey, BadSignature), token[:n], "", "film", now)
	}
	body, _ := base64.RawURLEncoding.DecodeString(string(token))
	for i := range len(body) * 8 {
		flipped := bytes.Clone(body)
		flipped[i/8] ^= 1 << (i % 8)
		text := []byte(base64.RawURLEncoding.EncodeToString(flipped))
		f(causeOf(t, ring, text, Malformed, UnknownKey, BadSignature), text, "", "film", now)
	}
	for i := range token { // one character is another
		other := bytes.Clone(token)
		for _, c := range []byte("Aa0-_.~%=/+ \x00\n\r\xff") {
			if other[i] = c; c != token[i] {
				f(causeOf(t, ring, other, Malformed, UnknownKey, BadSignature), other, "", "film", now)
			}
		}
	}
}

// causeOf returns the cause of a refusal, which must be one of wanted.
func causeOf(t *testing.T, ring *Keyring, token []byte, wanted ...Cause) Cause {
	t.Helper()
	err := ring.OpenSession(new(Session), token, "", "film", instant.Unix())
	for _, cause := range wanted {
		if err == error(cause) {
			return cause
		}
	}
	t.Errorf("%s: %v", token, err)
	return 0
}

// TestOpenSession_OneSpelling: no other text than the token itself means the same.
func TestOpenSession_OneSpelling(t *testing.T) {
	ring := sessionRing(t)
	for _, limits := range []string{"", "a", "ab"} { // each number of characters in the last group
		s := testSession(t)
		if err := s.SetLimits(limits); err != nil {
			t.Fatal(err)
		}
		token := string(mustToken(t, ring, "", "film", &s))
		body, _ := base64.RawURLEncoding.DecodeString(token)
		spellings := []string{token + "=", token + "==", token + "A", token + "\n", "\n" + token, token[:8] + "\r\n" + token[8:],
			token[:8] + "\n\n\n\n" + token[8:], token + " ", token + "%3D", base64.StdEncoding.EncodeToString(append(body, 0xff, 0xff)), token + token,
			token + strings.Repeat("A", MaxSessionToken), strings.Repeat("A", MaxSessionToken), ""}
		if last := len(token) - 1; len(token)%4 != 0 {
			spellings = append(spellings, token[:last]+string(rune(token[last]+1))) // stray bits
		}
		for _, spelling := range spellings {
			causeOf(t, ring, []byte(spelling), Malformed, UnknownKey, BadSignature)
		}
	}
}

// TestOpenSession_Authentic signs bodies that AppendSession would not write.
func TestOpenSession_Authentic(t *testing.T) {
	ring := sessionRing(t)
	key := ring.signing("", UseSession, instant.Unix())
	s := Session{ID: 1, Issued: instant.Unix(), Expires: instant.Unix() + 60}
	good := appendSession(nil, key.ID, &s)
	f := func(want error, change func([]byte) []byte) {
		t.Helper()
		body := change(bytes.Clone(good))
		body = append(body, newMAC(key.secret()).session("", "film", body)...)
		token := []byte(base64.RawURLEncoding.EncodeToString(body))
		if err := ring.OpenSession(new(Session), token, "", "film", instant.Unix()); err != want {
			t.Errorf("%x: %v, want %v", body, err, want)
		}
	}
	set := func(i int, c ...byte) func([]byte) []byte {
		return func(b []byte) []byte { copy(b[i:], c); return b }
	}
	client := func(flag byte, client ...byte) func([]byte) []byte {
		return func(b []byte) []byte { b[1] = flag; return append(b, client...) }
	}
	f(nil, set(0))
	f(nil, client(flagIPv4, 8, 10, 0, 0, 0))
	f(Malformed, set(0, 0))                                // version
	f(Malformed, set(0, 2))                                // version
	f(Malformed, set(1, flagsEnd))                         // flag
	f(Malformed, set(1, 0x80))                             // flag
	f(Malformed, set(1, flagIPv4|flagIPv6))                // both
	f(Malformed, set(1, flagIPv4))                         // no address
	f(Malformed, set(2, 0xff, 0xff, 0xff, 0xff))           // since after issued
	f(Malformed, set(10, 0xff))                            // life
	f(Malformed, set(10, good[6:10]...))                   // no life
	f(Malformed, set(14, 0, 0, 0, 0, 0, 0, 0, 0))          // no id
	f(Malformed, client(flagIPv4, 33, 10, 0, 0, 0))        // bits
	f(Malformed, client(flagIPv4, 8, 10, 0, 0, 1))         // not masked
	f(Malformed, client(flagIPv4, 8, 10, 0, 0))            // short
	f(Malformed, client(flagIPv6, make([]byte, 16)...))    // short
	f(Malformed, client(flagIPv6, mappedPrefix()...))      // IPv4 in IPv6
	f(Malformed, client(0, make([]byte, MaxLimits+1)...))  // long limits
	f(Malformed, set(fixedSession, 200))                   // key id beyond the end
	f(UnknownKey, set(fixedSession, 3))                    // shorter key id
	f(Malformed, func(b []byte) []byte { return b[:4] })   // short
	f(UnknownKey, set(fixedSession, 0))                    // no key id
	f(UnknownKey, set(fixedSession+1, 'K', 'E', 'Y', '1')) // another case
}

func mappedPrefix() []byte {
	address := netip.MustParseAddr("::ffff:10.0.0.1").As16()
	return append([]byte{128}, address[:]...)
}

// TestOpenSession_Rotation: a rotation ends no session, and removing the key ends all.
func TestOpenSession_Rotation(t *testing.T) {
	ring := sessionRing(t)
	s := testSession(t)
	s.Expires = s.Issued + int64(MaxSessionLife/time.Second)
	token := mustToken(t, ring, "", "film", &s)
	rotated, k, err := ring.Rotate("", UseSession, instant, false)
	if err != nil {
		t.Fatal(err)
	}
	f := func(r *Keyring, now int64, want error) {
		t.Helper()
		if err := r.OpenSession(new(Session), token, "", "film", now); err != want {
			t.Errorf("at %d: %v, want %v", now, err, want)
		}
	}
	f(rotated, s.Issued, nil)
	f(rotated, s.Expires-1, nil)
	f(rotated, s.Expires+int64(settling/time.Second), UnknownKey)
	removed, err := rotated.Remove("", "key1")
	if err != nil {
		t.Fatal(err)
	}
	f(removed, s.Issued, UnknownKey)

	s.Issued += int64(settling / time.Second)
	var got Session
	if err := rotated.OpenSession(&got, mustToken(t, rotated, "", "film", &s), "", "film", s.Issued); err != nil || got.KeyID != k.ID {
		t.Errorf("%v: signed by %q, want %q", err, got.KeyID, k.ID)
	}
}

// TestKeyring_Concurrent: a ring may be shared; the race detector looks on.
func TestKeyring_Concurrent(t *testing.T) {
	ring := sessionRing(t)
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			s := testSession(t)
			for _, asset := range slices.Repeat([]string{"film", "film2"}, 100) {
				token, err := ring.AppendSession(nil, "", asset, &s)
				if err != nil {
					t.Error(err)
				}
				var got Session
				if err := ring.OpenSession(&got, token, "", asset, s.Issued); err != nil || got.ID != s.ID {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
}

func TestSession_Admits(t *testing.T) {
	f := func(prefix, client string, want bool) {
		t.Helper()
		var s Session
		if prefix != "" {
			s.Client = netip.MustParsePrefix(prefix)
		}
		if got := s.Admits(netip.MustParseAddr(client)); got != want {
			t.Errorf("%s in %s: %v", client, prefix, got)
		}
	}
	f("", "192.0.2.1", true)
	f("192.0.2.0/24", "192.0.2.255", true)
	f("192.0.2.0/24", "::ffff:192.0.2.1", true)
	f("192.0.2.0/24", "192.0.3.0", false)
	f("192.0.2.0/24", "2001:db8::1", false)
	f("2001:db8::/32", "2001:db8:ffff::1", true)
	f("fe80::/10", "fe80::1%eth0", true)
	f("2001:db8::/32", "2001:db9::1", false)
	f("::/0", "192.0.2.1", false)
	client := Session{Client: netip.MustParsePrefix("192.0.2.0/24")}
	if client.Admits(netip.Addr{}) {
		t.Error("an unknown address is admitted")
	}
}

// TestAppendSession_Format: other processes, older and newer ones, read what this one writes. Computed apart, with
// another HMAC.
func TestAppendSession_Format(t *testing.T) {
	s := testSession(t)
	s.ID = 0x1122334455667788
	const want = "AQVppCo_aaQqQGmkLJgRIjNEVWZ3iL3cd-knQeUnnySnb08GX3iOL2ROD5D7iwRrZXkxICABDbgAAAAAAAAAAAAAAABtYXhoZWlnaHQ9NzIw" +
		"LHByZXZpZXc9MzAsdHJhY2tzPWEtMStibMp6x05EfGuEalZXIrwNEg"
	if got := string(mustToken(t, sessionRing(t), "", "film", &s)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestSession_String(t *testing.T) {
	if got := SessionID(0x1f).String(); got != "000000000000001f" {
		t.Error(got)
	}
}

func TestHash64(t *testing.T) {
	seen := map[uint64]bool{}
	for _, kind := range []RevocationKind{RevokeToken, RevokeUser, RevokeKey} {
		for _, words := range [][2]string{{"", "user"}, {"user", "x"}, {"a", "bc"}, {"ab", "c"}, {"", "\x01auser"}, {"", strings.Repeat("x", 1000)}} {
			h := Hash64(kind, words[0], words[1])
			if seen[h] || h == 0 || h != Hash64(kind, words[0], words[1]) {
				t.Errorf("%v %q: %x", kind, words, h)
			}
			seen[h] = true
		}
	}
	if Hash64(RevokeUser, "project", "") != 0 {
		t.Error("nobody has a hash")
	}
	// Sessions and revocations outlive a program: the number must not change.
	if got := Hash64(RevokeUser, "tenant", "user-1"); got != 0x8ef7e6615c7b46e1 {
		t.Errorf("%#x", got)
	}
}
