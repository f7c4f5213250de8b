package jws

import (
	"errors"
	"strings"
	"testing"
)

func TestFind(t *testing.T) {
	set, err := ParseJWKS([]byte(published))
	if err != nil {
		t.Fatal(err)
	}
	f := func(kid, algorithm string, want int) {
		t.Helper()
		found := set.Find(kid, algorithm)
		if len(found) != want {
			t.Errorf("%q of %q: %d keys, want %d", kid, algorithm, len(found), want)
		}
		for _, k := range found {
			if k.Key.Algorithm() != algorithm || kid != "" && k.ID != kid {
				t.Errorf("%q of %q: %v", kid, algorithm, k)
			}
		}
	}
	if set.Len() != 3 {
		t.Errorf("%d keys", set.Len())
	}
	f("r", RS256, 1)
	f("", ES256, 1)
	f("", EdDSA, 1)
	f("r", ES256, 0)
	f("x", RS256, 0)
	f("R", RS256, 0)
	f("", HS256, 0)
	f("", "", 0)
}

// ec returns a JWK Set of one good key with more members.
func ec(members string) string {
	return `{"keys":[{"kty":"EC","crv":"P-256","x":"` + xES256 + `","y":"` + yES256 + `"` + members + `}]}`
}

// TestPasses: a key that cannot be used is passed over where another one can, and fails the set where it is alone.
func TestPasses(t *testing.T) {
	good := strings.TrimSuffix(strings.TrimPrefix(ec(""), `{"keys":[`), `]}`)
	rsaKey := `{"kty":"RSA","n":"` + modulusRS256 + `","e":"AQAB"`
	for _, key := range []string{
		`{}`, `null`, `1`, `[]`, `{"kty":"new"}`, `{"kty":1}`, `{"kty":"rsa"}`,
		`{"kty":"EC","crv":"P-384","x":"AA","y":"AA"}`, `{"kty":"EC","crv":"P-256","x":"` + xES256 + `"}`,
		`{"kty":"EC","crv":"P-256","x":"` + yES256 + `","y":"` + xES256 + `"}`, // not on the curve
		`{"kty":"EC","crv":"P-256","x":"AQ","y":"AQ"}`, `{"kty":"EC","crv":1,"x":"AQ","y":"AQ"}`,
		`{"kty":"OKP","crv":"X25519","x":"` + xEdDSA + `"}`, `{"kty":"OKP","crv":"Ed25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}`,
		`{"kty":"OKP","crv":"Ed25519"}`, `{"kty":"OKP","crv":"Ed25519","x":7}`, `{"kty":"OKP","crv":"Ed25519","x":"` + xEdDSA + `="}`,
		`{"kty":"RSA","n":"AQAB","e":"AQAB"}`, `{"kty":"RSA","n":"` + modulusRS256 + `","e":"AQ"}`,
		`{"kty":"RSA","n":"` + modulusRS256 + `","e":"AQAAAAAAAAAB"}`, `{"kty":"RSA","n":"` + modulusRS256 + `"}`,
		rsaKey + `,"alg":"RS512"}`, rsaKey + `,"alg":"PS256"}`, rsaKey + `,"alg":"HS256"}`, rsaKey + `,"use":"enc"}`, rsaKey + `,"use":"SIG"}`,
		rsaKey + `,"key_ops":["encrypt"]}`, rsaKey + `,"key_ops":[]}`, rsaKey + `,"key_ops":"verify"}`, rsaKey + `,"kid":5}`,
		rsaKey + `,"kty":"EC"}`,
	} {
		set, err := ParseJWKS([]byte(`{"keys":[` + key + `,` + good + `]}`))
		if err != nil || set.Len() != 1 {
			t.Errorf("%s beside a good one: %d keys, %v", key, set.Len(), err)
		}
		if _, err := ParseJWKS([]byte(`{"keys":[` + key + `]}`)); !errors.Is(err, ErrNoKey) {
			t.Errorf("%s alone: %v", key, err)
		}
	}
}

func TestParseJWKSRejects(t *testing.T) {
	for _, data := range []string{
		``, `[]`, `null`, `{}`, `{"keys":null}`, `{"keys":{}}`, `{"keys":[]}`, `{"Keys":[` + ec("") + `]}`, ec("") + ec(""),
		`{"keys":[],` + strings.TrimPrefix(ec(""), "{"), // two members of one name
		ec(`,"d":"AQ"`), ec(`,"k":"AQ"`), `{"keys":[{"kty":"oct"}]}`, `{"keys":[{"kty":"oct","k":"` + secretHS256 + `"}]}`,
		`{"keys":[{"kty":"RSA","d":""}]}`,
		`{"keys":[` + strings.Repeat(`{},`, MaxSetKeys) + strings.TrimPrefix(ec(""), `{"keys":[`),
		ec(`,"x5c":["` + strings.Repeat("A", MaxSetBytes) + `"]`),
	} {
		if set, err := ParseJWKS([]byte(data)); err == nil {
			t.Errorf("%.80s: %d keys", data, set.Len())
		}
	}
}
