package auth

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fxamacker/cbor/v2"

	"headwater/auth/jws"
	"headwater/auth/urlsign"
)

// signer is an identity provider: its key, and the JWK that it publishes.
type signer struct {
	algorithm string
	key       jws.Key
	jwk       map[string]string
}

func newSigner(t testing.TB, private crypto.Signer, kid string) signer {
	t.Helper()
	key, err := jws.Private(private)
	if err != nil {
		t.Fatal(err)
	}
	text := base64.RawURLEncoding.EncodeToString
	jwk := map[string]string{"kid": kid}
	switch public := private.Public().(type) {
	case *rsa.PublicKey:
		jwk["kty"], jwk["n"], jwk["e"] = "RSA", text(public.N.Bytes()), text(big.NewInt(int64(public.E)).Bytes())
	case *ecdsa.PublicKey:
		point, err := public.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		jwk["kty"], jwk["crv"], jwk["x"], jwk["y"] = "EC", "P-256", text(point[1:33]), text(point[33:])
	case ed25519.PublicKey:
		jwk["kty"], jwk["crv"], jwk["x"] = "OKP", "Ed25519", text(public)
	}
	return signer{key.Algorithm(), key, jwk}
}

// newSigners returns one for each asymmetric algorithm.
func newSigners(t testing.TB) []signer {
	t.Helper()
	rsaKey, err1 := rsa.GenerateKey(rand.Reader, 2048)
	ecKey, err2 := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	_, edKey, err3 := ed25519.GenerateKey(rand.Reader)
	if err := errors.Join(err1, err2, err3); err != nil {
		t.Fatal(err)
	}
	return []signer{newSigner(t, rsaKey, "rsa-1"), newSigner(t, ecKey, "ec-1"), newSigner(t, edKey, "ed-1")}
}

func jwks(t testing.TB, signers ...signer) string {
	t.Helper()
	var keys []map[string]string
	for _, s := range signers {
		keys = append(keys, s.jwk)
	}
	text, err := json.Marshal(map[string]any{"keys": keys})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestPresent_JWT: tokens of every algorithm, by the keys of the document and of a fetched set.
func TestPresent_JWT(t *testing.T) {
	s := newScene(t, "projects: [{name: default}, {name: acme, domains: [acme.example]}]")
	signers := newSigners(t)
	s.rules.Projects[0].JWT = TrustRule{JWKS: jwks(t, signers[:2]...), JWKSURL: "https://id.example/keys"}
	fetched, err := jws.ParseJWKS([]byte(jwks(t, signers[2])))
	if err != nil {
		t.Fatal(err)
	}
	s.sources.Sets = map[string]jws.Set{"https://id.example/keys": fetched}
	s.swap()
	secret := s.key("", UseJWT)
	signers = append(signers, signer{jws.HS256, jws.HMAC(secret.Secret), map[string]string{"kid": secret.ID}})
	present := func(host, token string) (*Claims, error) {
		v := s.begin(func(r *Request) { r.Host = host })
		err := v.Present(token, "film", manifest)
		return v.Claims(), err
	}
	const payload = `{"sub":"jane","asset":"film","exp":1772366500,"iat":1772366400,"jti":"id","max_height":720}`
	for _, by := range signers {
		for _, kid := range []string{by.jwk["kid"], ""} {
			token := s.jwt(by.algorithm, kid, by.key, payload)
			c, err := present("x", token)
			if err != nil || c.Form != JWT || c.KeyID != by.jwk["kid"] || c.User != "jane" || c.Asset != "film" || c.ID != "id" || c.MaxHeight != 720 {
				t.Errorf("%s, key %q: %+v, %v", by.algorithm, kid, c, err)
			}
			if _, err := present("acme.example", token); !errors.Is(err, UnknownKey) && !errors.Is(err, BadSignature) {
				t.Errorf("%s of another project: %v", by.algorithm, err)
			}
		}
		if _, err := present("x", s.jwt(by.algorithm, "other", by.key, payload)); !errors.Is(err, UnknownKey) {
			t.Errorf("%s of another key: %v", by.algorithm, err)
		}
		good := s.jwt(by.algorithm, "", by.key, payload)
		header, _, _ := strings.Cut(good, ".")
		_, other, _ := strings.Cut(s.jwt(by.algorithm, "", by.key, `{"exp":1772366501}`), ".")
		if _, err := present("x", header+"."+other[:strings.IndexByte(other, '.')]+good[strings.LastIndexByte(good, '.'):]); !errors.Is(err, BadSignature) {
			t.Errorf("%s over something else: %v", by.algorithm, err)
		}
	}
}

// TestPresent_Confusion: what is signed for one form, or by one algorithm, is worth nothing for another.
func TestPresent_Confusion(t *testing.T) {
	s := newScene(t, "")
	signers := newSigners(t)
	s.rules.Projects = []Project{{Name: DefaultProject, JWT: TrustRule{JWKS: jwks(t, signers...)}}}
	s.swap()
	f := func(want Cause, token string) {
		t.Helper()
		v := s.begin()
		if err := v.Present(token, "film", manifest); !errors.Is(err, want) || v.Claims() != nil {
			t.Errorf("%s: %v, want %v", token, err, want)
		}
	}
	const payload = `{"exp":1772366500,"iat":1772366400,"sub":"film"}`
	hmac := func(use Use) jws.Key { return jws.HMAC(s.key("", use).Secret) }
	encode := base64.RawURLEncoding.EncodeToString
	for _, alg := range []string{"none", "None", "HS512", "PS256", "ES384", ""} {
		f(BadSignature, encode([]byte(`{"alg":"`+alg+`"}`))+"."+encode([]byte(payload))+".")
	}
	f(Malformed, encode([]byte(`{"alg":"HS256","crit":["x"],"x":1}`))+"."+encode([]byte(payload))+".AAAA")
	public := []byte(signers[0].jwk["n"])
	f(BadSignature, s.jwt(jws.HS256, "", jws.HMAC(public), payload)) // the public key as a secret
	f(UnknownKey, s.jwt(jws.HS256, "rsa-1", jws.HMAC(public), payload))
	f(UnknownKey, s.jwt(jws.ES256, "rsa-1", signers[1].key, payload))
	for _, use := range []Use{UsePlayAuth, UseSession, UseURL, UseCAT} {
		f(UnknownKey, s.jwt(jws.HS256, s.key("", use).ID, hmac(use), payload))
		f(BadSignature, s.jwt(jws.HS256, "", hmac(use), payload))
	}
	playAuth, err := jws.Sign(jws.HS256, s.key("", UseJWT).ID, "playauth", hmac(UseJWT), []byte(payload))
	if err != nil {
		t.Fatal(err)
	}
	f(UnknownKey, playAuth)
	session := testSession(t)
	f(Malformed, string(mustToken(t, s.sources.Keys, "", "film", &session)))
	for _, token := range []string{"", ".", "..", "a.b.c", "\x00", "..\n", strings.Repeat("A", MaxToken+1), strings.Repeat("a.", 2000), "%2e", "é.é.é"} {
		f(Malformed, token)
	}
}

// TestPresent_ManyKeys: a token that names no key does not have dozens of them tried.
func TestPresent_ManyKeys(t *testing.T) {
	s := newScene(t, "")
	var signers []signer
	for i := range maxCandidates + 1 {
		_, private, err := ed25519.GenerateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		signers = append(signers, newSigner(t, private, fmt.Sprint("ed-", i)))
	}
	present := func(kid string) error {
		return s.begin().Present(s.jwt(jws.EdDSA, kid, signers[0].key, `{"exp":1772366500}`), "film", manifest)
	}
	s.rules.Projects = []Project{{Name: DefaultProject, JWT: TrustRule{JWKS: jwks(t, signers...)}}}
	s.swap()
	if named, unnamed := present("ed-0"), present(""); named != nil || !errors.Is(unnamed, UnknownKey) {
		t.Errorf("%v, %v", named, unnamed)
	}
	s.rules.Projects[0].JWT.JWKS = jwks(t, signers[:maxCandidates]...)
	s.swap()
	if err := present(""); err != nil {
		t.Error(err)
	}
}

func TestPresent_Parties(t *testing.T) {
	s := newScene(t, "projects: [{name: default, jwt: {issuer: us, audience: them, max_life: 1h}}]")
	secret := s.key("", UseJWT)
	f := func(want string, payload string) {
		t.Helper()
		err := s.begin().Present(s.jwt(jws.HS256, secret.ID, jws.HMAC(secret.Secret), payload), "film", manifest)
		if got := outcome(err); got != want {
			t.Errorf("%s: %v, want %s", payload, err, want)
		}
	}
	f("-", `{"iss":"us","aud":"them","exp":1772366500}`)
	f("-", `{"iss":"us","aud":["you","them"],"exp":1772366500}`)
	f("-", `{"iss":"us","aud":"them","exp":1772370000}`)
	f("not_accepted", `{"aud":"them","exp":1772366500}`)
	f("not_accepted", `{"iss":"us","exp":1772366500}`)
	f("not_accepted", `{"iss":"US","aud":"them","exp":1772366500}`)
	f("not_accepted", `{"iss":"us","aud":"th","exp":1772366500}`)
	f("not_accepted", `{"iss":"us","aud":[],"exp":1772366500}`)
	f("not_accepted", `{"iss":"evil","ISS":"us","aud":"them","exp":1772366500}`) // names have a case
	f("not_accepted", `{"iss":"us","AUD":"them","exp":1772366500}`)
	f("malformed", `{"iss":"us","iss":"us","aud":"them","exp":1772366500}`)
	for _, bad := range []string{`null`, `7`, `{}`, `[7]`, `[["them"]]`} {
		f("malformed", `{"iss":"us","aud":`+bad+`,"exp":1772366500}`)
	}
	f("malformed", `{"iss":["us"],"aud":"them","exp":1772366500}`)
	f("malformed", `{"iss":"us","aud":"them"}`)
	f("too_long", `{"iss":"us","aud":"them","exp":1772370001}`)
	f("too_long", `{"iss":"us","aud":"them","iat":1772360000,"exp":1772366500}`)
	f("expired", `{"iss":"us","aud":"them","exp":1772366400}`)
	f("not_yet", `{"iss":"us","aud":"them","nbf":1772366431,"exp":1772366500}`)
	f("wrong_asset", `{"iss":"us","aud":"them","asset":"other","exp":1772366500}`)
}

// TestPresent_DraftLife: what plays drafts lives a day, whatever the policy lets tokens live.
func TestPresent_DraftLife(t *testing.T) {
	s := newScene(t, "projects: [{name: default, jwt: {max_life: 168h}}]")
	secret := s.key("", UseJWT)
	f := func(want, draft string, life time.Duration) {
		t.Helper()
		payload := fmt.Sprintf(`{"jti":"x","preview_link":%s,"iat":%d,"exp":%d}`, draft, instant.Unix(), instant.Add(life).Unix())
		if got := outcome(s.begin().Present(s.jwt(jws.HS256, "", jws.HMAC(secret.Secret), payload), "film", manifest)); got != want {
			t.Errorf("%s, %v: %s, want %s", draft, life, got, want)
		}
	}
	f("-", "false", MaxLife)
	f("too_long", "false", MaxLife+time.Second)
	f("-", "true", MaxPreviewLinkLife)
	f("too_long", "true", MaxPreviewLinkLife+time.Second)
}

func TestPresent_CAT(t *testing.T) {
	s := newScene(t, "projects: [{name: default, cat: {issuer: us}}]")
	f := func(want string, claims map[int]any, differences ...func(*Request)) *Visit {
		t.Helper()
		all := map[int]any{1: "us", 4: instant.Unix() + 100}
		for key, value := range claims {
			all[key] = value
			if value == nil {
				delete(all, key)
			}
		}
		v := s.begin(differences...)
		if err := v.Present(s.catToken(all), "film", manifest); outcome(err) != want {
			t.Errorf("%v: %v, want %s", claims, err, want)
		}
		return v
	}
	network := func(bits int, address ...byte) any { return cbor.Tag{Number: 52, Content: []any{bits, address}} }
	from := func(address string) func(*Request) {
		return func(r *Request) { r.Client = netip.MustParseAddr(address) }
	}
	secure := func(r *Request) { r.Secure = true }

	c := f("-", map[int]any{2: "jane", 6: instant.Unix(), 7: []byte{0xab, 1}, 308: 1}).Claims()
	if c.Form != CAT || c.User != "jane" || c.ID != "ab01" || !c.Once || c.KeyID != "cat1" || c.Asset != "" || !c.Expires.Equal(instant.Add(100*time.Second)) {
		t.Errorf("%+v", c)
	}
	f("not_accepted", map[int]any{1: "them"})
	f("not_accepted", map[int]any{1: nil})
	f("malformed", map[int]any{4: nil})
	f("expired", map[int]any{4: instant.Unix()})
	f("too_long", map[int]any{4: instant.Add(25 * time.Hour).Unix()})
	f("not_yet", map[int]any{5: instant.Unix() + 31})
	f("not_accepted", map[int]any{314: 1}) // a claim that is not understood
	f("malformed", map[int]any{2: "a\nb"})
	f("malformed", map[int]any{7: slices.Repeat([]byte{1}, maxText)})

	nets := map[int]any{311: []any{network(8, 10), network(24, 192, 0, 2)}}
	if c := f("-", nets).Claims(); c.Client != mustPrefix("192.0.2.0/24") {
		t.Errorf("the session is bound to %v", c.Client)
	}
	f("-", nets, from("::ffff:10.1.1.1"))
	f("wrong_client", nets, from("198.51.100.1"))
	f("wrong_client", nets, from("2001:db8::1"))
	f("wrong_client", nets, func(r *Request) { r.Client = netip.Addr{} })
	f("-", map[int]any{316: []string{"FR", "DE"}})
	f("country", map[int]any{316: []string{"FR"}})
	f("country", map[int]any{316: []string{"DE"}}, from("198.51.100.1"))
	f("-", map[int]any{313: []string{"HEAD", "GET"}})
	f("not_accepted", map[int]any{313: []string{"POST"}})
	uri := func(component int, value string) map[int]any {
		return map[int]any{312: map[int]any{component: map[int]any{0: value}}}
	}
	f("-", uri(0, "https"), secure)
	f("wrong_asset", uri(0, "https"))
	f("-", uri(1, "video.example.com"), func(r *Request) { r.Host = "Video.example.com.:8443" })
	f("wrong_asset", uri(1, "video.example.com"), func(r *Request) { r.Host = "evil.example" })
	f("-", uri(3, manifest))
	f("wrong_asset", uri(3, "/v/film2/hls/master.m3u8"))

	s.sources.Locator = nil
	s.swap()
	f("country", map[int]any{316: []string{"DE"}})
}

// TestPresentURL checks every type under two keys, of which one was retired.
func TestPresentURL(t *testing.T) {
	s := newScene(t, "projects: [{name: default}, {name: acme, domains: [acme.example]}]")
	ring, key, err := s.sources.Keys.Rotate("", UseURL, instant, false)
	if err != nil {
		t.Fatal(err)
	}
	former := s.key("", UseURL)
	s.sources.Keys = ring
	s.swap()
	scheme := urlsign.NewDefaultScheme()
	f := func(want string, k Key, kind urlsign.Type, at time.Time, asset string, differences ...func(*Request)) {
		t.Helper()
		url := string(scheme.Append(nil, kind, manifest, urlsign.Key{ID: k.ID, Secret: k.Secret}, at, "", "", 0))
		path, query, _ := strings.Cut(url, "?")
		v := s.begin(differences...)
		plain, signed, err := v.SplitURL(path, query)
		if err != nil || !signed || plain != manifest {
			t.Fatalf("%s: %s, %v, %v", url, plain, signed, err)
		}
		if got := outcome(v.PresentURL(asset)); got != want {
			t.Errorf("type %v of %s at %v: %s, want %s", kind, k.ID, at, got, want)
		}
		if c := v.Claims(); want == "-" && (c.Form != SignedURL || c.KeyID != k.ID || c.Asset != asset || c.User != "" || c.Expires.IsZero()) {
			t.Errorf("%+v", c)
		}
	}
	stranger := testKey(UseURL, "stranger")
	acme := func(r *Request) { r.Host = "acme.example" }
	for _, kind := range []urlsign.Type{urlsign.A, urlsign.B, urlsign.C, urlsign.F} {
		for _, k := range []Key{key, former} {
			f("-", k, kind, instant, "film")
			f("expired", k, kind, instant.Add(-30*time.Minute), "film")
			f("-", k, kind, instant.Add(MaxLife-30*time.Minute), "film")
			f("too_long", k, kind, instant.Add(MaxLife), "film")
			f("bad_signature", k, kind, instant, "film", acme)
		}
		f("-", key, kind, instant.Add(8*24*time.Hour), "film", later(8*24*time.Hour))
		f("bad_signature", former, kind, instant.Add(8*24*time.Hour), "film", later(8*24*time.Hour))
		f("bad_signature", stranger, kind, instant, "film")
	}
	k := urlsign.Key{ID: key.ID, Secret: key.Secret}
	path, query, _ := strings.Cut(string(scheme.Append(nil, urlsign.A, manifest, k, instant, "r", "jane", 30)), "?")
	v := s.begin()
	if _, _, err := v.SplitURL(path, query); err != nil {
		t.Fatal(err)
	}
	if err := v.PresentURL("film"); err != nil || v.Claims().User != "jane" || v.Claims().PreviewSeconds != 30 {
		t.Errorf("%+v, %v", v.Claims(), err)
	}
	if _, signed, err := s.begin().SplitURL(path, query+"&"+query); err != error(Malformed) || !signed {
		t.Errorf("signed twice: %v, %v", signed, err)
	}
	s.sources.Keys = mustRing(t)
	s.swap()
	v = s.begin()
	if _, _, err := v.SplitURL(path, query); err != nil {
		t.Fatal(err)
	}
	if err := v.PresentURL("film"); err != error(UnknownKey) {
		t.Errorf("without keys: %v", err)
	}
}

func TestAppendSigned(t *testing.T) {
	s := newScene(t, "projects: [{name: default, signed_url: {validity: 10m}}, {name: none, domains: [none.example]}, {name: acme, domains: [acme.example], signed_url: {types: [B]}}]")
	const segment = "/v/film/cmaf1/v1/s6/3.m4s"
	expires := instant.Add(2 * time.Hour)
	url, err := s.begin().AppendSigned([]byte("x"), []byte(segment), expires, 30)
	if err != nil {
		t.Fatal(err)
	}
	path, query, _ := strings.Cut(string(url[1:]), "?")
	f := func(want string, at time.Duration) *Claims {
		t.Helper()
		v := s.begin(later(at))
		if plain, signed, err := v.SplitURL(path, query); err != nil || !signed || plain != segment {
			t.Fatal(plain, signed, err)
		}
		if got := outcome(v.PresentURL("film")); got != want {
			t.Errorf("after %v: %s, want %s", at, got, want)
		}
		return v.Claims()
	}
	if c := f("-", 0); !c.Expires.Equal(expires) || c.PreviewSeconds != 30 || c.User != "" {
		t.Errorf("%+v", c)
	}
	f("-", 2*time.Hour-1)
	f("expired", 2*time.Hour)
	for _, host := range []string{"none.example", "acme.example"} {
		v := s.begin(func(r *Request) { r.Host = host })
		if url, err := v.AppendSigned([]byte("x"), []byte(segment), expires, 0); !errors.Is(err, ErrKey) || string(url) != "x" {
			t.Errorf("%s: %s, %v", host, url, err)
		}
	}
}
