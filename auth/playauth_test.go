package auth

import (
	"encoding/base64"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"headwater/auth/jws"
)

func mustMint(t testing.TB, k Key, c Claims) string {
	t.Helper()
	token, err := Mint(k, c)
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestMint_RoundTrip(t *testing.T) {
	key := testKey(UsePlayAuth, "key1")
	ring := mustRing(t, key)
	f := func(c, want Claims) {
		t.Helper()
		got, err := ring.OpenPlayAuth(mustMint(t, key, c), "", instant)
		if err != nil {
			t.Fatal(err)
		}
		want.Form, want.KeyID = PlayAuth, "key1"
		if diff := cmp.Diff(want, got, comparePrefixes); diff != "" {
			t.Error(diff)
		}
	}
	f(Claims{Asset: "film", Issued: instant}, Claims{Asset: "film", Issued: instant, Expires: instant.Add(100 * time.Second)})
	f(Claims{Asset: "film", Issued: instant, Draft: true, ID: "link"},
		Claims{Asset: "film", Issued: instant, Draft: true, ID: "link", Expires: instant.Add(24 * time.Hour)})
	all := Claims{
		ID: "token", Asset: "film", User: "user", Issued: instant, NotBefore: instant.Add(time.Second), Expires: instant.Add(MaxPlayAuthLife),
		Client: netip.MustParsePrefix("2001:db8::/32"), Referers: []string{"example.com"}, Tracks: []string{"a", "v"}, MaxHeight: 720,
		PreviewSeconds: 30, Once: true,
	}
	f(all, all)
	ignored := all
	ignored.Form, ignored.KeyID, ignored.SessionLife = CAT, "other", time.Hour
	f(ignored, all)
}

func TestMint_Now(t *testing.T) {
	key := testKey(UsePlayAuth, "key1")
	before := time.Now().Truncate(time.Second)
	got, err := mustRing(t, key).OpenPlayAuth(mustMint(t, key, Claims{Asset: "film"}), "", instant)
	if err != nil || got.Issued.Before(before) || got.Issued.After(time.Now()) || got.Expires.Sub(got.Issued) != PlayAuthLife {
		t.Errorf("%+v, %v", got, err)
	}
}

func TestMint_Refuses(t *testing.T) {
	f := func(want error, text string, k Key, change func(*Claims)) {
		t.Helper()
		c := Claims{Asset: "film", Issued: instant}
		change(&c)
		if token, err := Mint(k, c); !errors.Is(err, want) || !strings.Contains(err.Error(), text) || token != "" {
			t.Errorf("%+v: %q, %v; want %q", c, token, err, text)
		}
	}
	key := testKey(UsePlayAuth, "key1")
	f(ErrKey, "for session", testKey(UseSession, "key1"), func(*Claims) {})
	f(ErrKey, "use", Key{}, func(*Claims) {})
	f(Malformed, "sub", key, func(c *Claims) { c.Asset = "" })
	f(Malformed, "sub", key, func(c *Claims) { c.Asset = "tenant/film" })
	f(Malformed, "after iat", key, func(c *Claims) { c.Expires = instant })
	f(TooLong, "at most 50m0s", key, func(c *Claims) { c.Expires = instant.Add(MaxPlayAuthLife + time.Second) })
	f(TooLong, "at most 24h", key, func(c *Claims) { c.Draft, c.ID, c.Expires = true, "x", instant.Add(24*time.Hour+time.Second) })
	f(Malformed, "jti", key, func(c *Claims) { c.Draft = true })
	f(Malformed, "jti", key, func(c *Claims) { c.Once = true })
	f(Malformed, "user", key, func(c *Claims) { c.User = "\xff" })
	f(Malformed, "tracks", key, func(c *Claims) { c.Tracks = []string{} }) // else it would be no limit
	f(Malformed, "referer", key, func(c *Claims) { c.Referers = []string{} })
	f(Malformed, "max_height", key, func(c *Claims) { c.MaxHeight = -1 })
	f(Malformed, "ip", key, func(c *Claims) { c.Client = netip.MustParsePrefix("10.0.0.1/8") })
	f(Malformed, "ip", key, func(c *Claims) { c.Client = netip.PrefixFrom(netip.MustParseAddr("10.0.0.0"), 99) })
	f(Malformed, "at most 4096", key, func(c *Claims) { c.Tracks = slices.Repeat([]string{strings.Repeat("x", maxID)}, maxList) })
	wide := Claims{Asset: "film", Tracks: slices.Repeat([]string{strings.Repeat("x", maxID)}, 50)} // its base64url is too long
	if token, err := Mint(key, wide); err == nil || !strings.Contains(err.Error(), "at most 4096") {
		t.Errorf("%q, %v", token, err)
	}
}

func TestOpenPlayAuth_Hostile(t *testing.T) {
	key := testKey(UsePlayAuth, "key1")
	tenant := testKey(UsePlayAuth, "tenantkey")
	tenant.Project = "tenant"
	ring := mustRing(t, key, tenant, testKey(UseSession, "key2"))
	const payload = `{"sub":"film","iat":1772366400,"exp":1772366500}`
	secret := jws.HMAC(key.Secret)
	sign := func(alg, kid, typ string, k jws.Key, payload string) string {
		t.Helper()
		token, err := jws.Sign(alg, kid, typ, k, []byte(payload))
		if err != nil {
			t.Fatal(err)
		}
		return token
	}
	f := func(want Cause, token, project string) {
		t.Helper()
		c, err := ring.OpenPlayAuth(token, project, instant)
		if !errors.Is(err, want) || !cmp.Equal(c, Claims{}, comparePrefixes) {
			t.Errorf("%s: %+v, %v; want %v", token, c, err, want)
		}
	}
	good := sign("HS256", "key1", "playauth", secret, payload)
	if _, err := ring.OpenPlayAuth(good, "", instant); err != nil {
		t.Fatal(err)
	}
	f(UnknownKey, good, "tenant")
	f(UnknownKey, good, "nobody")
	f(UnknownKey, sign("HS256", "key2", "playauth", secret, payload), "") // a key for sessions
	f(UnknownKey, sign("HS256", "tenantkey", "playauth", secret, payload), "")
	f(UnknownKey, sign("HS256", "", "playauth", secret, payload), "")
	f(UnknownKey, sign("HS256", "../key1", "playauth", secret, payload), "")
	f(UnknownKey, sign("HS256", "key1' OR '1'='1", "playauth", secret, payload), "")
	f(BadSignature, sign("HS256", "key1", "playauth", jws.HMAC([]byte(strings.Repeat("f", 32))), payload), "")
	f(Malformed, sign("HS256", "key1", "", secret, payload), "")
	f(Malformed, sign("HS256", "key1", "JWT", secret, payload), "")
	f(Malformed, sign("HS256", "key1", "PlayAuth", secret, payload), "")
	for _, claims := range []string{`{}`, ``, `{"sub":"film","exp":1772366500}`, `{"iat":1772366400,"exp":1772366500}`, `{"sub":"film","iat":1772366500,"exp":1772366400}`,
		`{"sub":"film","iat":1772366400,"exp":1772366400}`, `{"sub":"film","iat":1772366400,"exp":1772366500,"once":true}`} {
		f(Malformed, sign("HS256", "key1", "playauth", secret, claims), "")
	}
	f(TooLong, sign("HS256", "key1", "playauth", secret, `{"sub":"film","iat":1772366400,"exp":1772369401}`), "")
	f(TooLong, sign("HS256", "key1", "playauth", secret, `{"sub":"film","iat":1772366400,"exp":253402300799}`), "")
	f(TooLong, sign("HS256", "key1", "playauth", secret, `{"sub":"film","jti":"x","preview_link":true,"iat":1772366400,"exp":1772452801}`), "")

	_, rest, _ := strings.Cut(good, ".")
	header := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) + "." + rest }
	f(BadSignature, header(`{"alg":"none","typ":"playauth","kid":"key1"}`), "")
	f(BadSignature, header(`{"alg":"HS512","typ":"playauth","kid":"key1"}`), "")
	f(BadSignature, header(`{"alg":"RS256","typ":"playauth","kid":"key1"}`), "")
	f(BadSignature, header(`{"alg":"HS256","typ":"playauth","kid":"key1" }`), "")
	f(Malformed, header(`{"alg":"HS256","typ":"playauth","kid":"key1","crit":["exp"]}`), "")
	for _, token := range []string{"", ".", "..", good + ".", good + "=", " " + good, good[:len(good)-1], strings.Repeat("A", MaxToken+1), good[:strings.LastIndexByte(good, '.')+1]} {
		if _, err := ring.OpenPlayAuth(token, "", instant); !errors.Is(err, Malformed) && !errors.Is(err, BadSignature) {
			t.Errorf("%q: %v", token, err)
		}
	}
}

// TestOpenPlayAuth_Flipped: no bit of a PlayAuth can change.
func TestOpenPlayAuth_Flipped(t *testing.T) {
	key := testKey(UsePlayAuth, "key1")
	ring := mustRing(t, key)
	token := mustMint(t, key, Claims{Asset: "film", Issued: instant})
	for i := range len(token) * 8 {
		flipped := []byte(token)
		flipped[i/8] ^= 1 << (i % 8)
		if _, err := ring.OpenPlayAuth(string(flipped), "", instant); err == nil {
			t.Fatalf("%s is taken", flipped)
		}
	}
}

// TestOpenPlayAuth_Elsewhere reads a token that a backend in another language has made, with spaces and members in
// another order.
func TestOpenPlayAuth_Elsewhere(t *testing.T) {
	const token = "eyJ0eXAiOiAicGxheWF1dGgiLCAiYWxnIjogIkhTMjU2IiwgImtpZCI6ICJrZXkxIn0.eyJzdWIiOiAiZmlsbSIsICJ1c2VyIjogInUxIiwgIm1heF9oZWlnaHQiOiA3Mj" +
		"AsICJleHAiOiAxNzcyMzY2NTAwLCAiaWF0IjogMTc3MjM2NjQwMH0.VPafcUhOMR2uhszYwcQPLnRkuw2HSPQcW9muvXUGcuo"
	c, err := mustRing(t, testKey(UsePlayAuth, "key1")).OpenPlayAuth(token, "", instant)
	want := Claims{Form: PlayAuth, KeyID: "key1", Asset: "film", User: "u1", MaxHeight: 720, Issued: instant, Expires: instant.Add(100 * time.Second)}
	if diff := cmp.Diff(want, c, comparePrefixes); err != nil || diff != "" {
		t.Error(err, diff)
	}
}

func TestOpenPlayAuth_Rotation(t *testing.T) {
	key := testKey(UsePlayAuth, "key1")
	key.Retired = instant
	ring := mustRing(t, key)
	token := mustMint(t, key, Claims{Asset: "film", Issued: instant})
	if _, err := ring.OpenPlayAuth(token, "", instant.Add(time.Minute)); err != nil {
		t.Error(err)
	}
	if _, err := ring.OpenPlayAuth(token, "", key.VerifiesUntil()); err != error(UnknownKey) {
		t.Errorf("got %v", err)
	}
}
