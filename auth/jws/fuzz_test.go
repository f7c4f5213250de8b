package jws

import (
	"bytes"
	"testing"
)

// FuzzParse: what is accepted has one spelling, and verifies under no key that has not signed it.
func FuzzParse(f *testing.F) {
	for _, token := range []string{messageHS256, messageRS256, messageES256, messageEdDSA, messageKeyID, "..", "e30.e30.",
		message(`{"alg":"none"}`, claims, ""), message(`{"alg":"HS256","alg":"none"}`, claims, ""), message(`{"alg":"HS256","crit":["b64"]}`, "", ""),
		message(`{"alg":"ES256","jwk":{"kty":"EC"}}`, claims, string(make([]byte, 64)))} {
		f.Add(token)
	}
	set, err := ParseJWKS([]byte(published))
	if err != nil {
		f.Fatal(err)
	}
	keys := []Key{HMAC([]byte("a secret that signed no message!"))}
	for _, k := range set.keys {
		keys = append(keys, k.Key)
	}
	signed := map[string]bool{}
	for _, token := range []string{messageRS256, messageES256, messageEdDSA} {
		m, err := Parse(token)
		if err != nil {
			f.Fatal(err)
		}
		signed[m.signed] = true
	}
	f.Fuzz(func(t *testing.T, token string) {
		m, err := Parse(token)
		if err != nil {
			return
		}
		if len(token) > MaxSize || !known(m.Header.Algorithm) {
			t.Errorf("%q: %+v", token, m.Header)
		}
		if rebuilt := m.signed + "." + encoding.EncodeToString(m.signature); rebuilt != token {
			t.Errorf("%q is taken for %q", token, rebuilt)
		}
		if payload := []byte("." + encoding.EncodeToString(m.Payload)); !bytes.HasSuffix([]byte(m.signed), payload) {
			t.Errorf("%q: payload %q", token, m.Payload)
		}
		for _, k := range keys {
			if m.Verify(k) == nil && !signed[m.signed] {
				t.Errorf("%q verifies under %v", token, k)
			}
		}
	})
}

// FuzzParseJWKS: a set that is accepted has keys, each of which is found and verifies nothing that it has not signed.
func FuzzParseJWKS(f *testing.F) {
	for _, data := range []string{published, ec(`,"use":"enc"`), ec(`,"alg":"ES256","kid":"a"`), `{"keys":[{"kty":"oct","k":"AA"}]}`, `{"keys":[{}]}`, `{"keys":{}}`,
		`{"keys":[{"kty":"OKP","crv":"Ed25519","x":"AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}]}`} {
		f.Add([]byte(data))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		set, err := ParseJWKS(data)
		if err != nil {
			return
		}
		if set.Len() < 1 || set.Len() > MaxSetKeys {
			t.Errorf("%d keys", set.Len())
		}
		for _, k := range set.keys {
			algorithm := k.Key.Algorithm()
			if algorithm == HS256 || len(set.Find(k.ID, algorithm)) == 0 {
				t.Errorf("%q: key %q of %s", data, k.ID, algorithm)
			}
			m := Message{Header: Header{Algorithm: algorithm}, signed: "x", signature: make([]byte, 64)}
			if m.Verify(k.Key) == nil {
				t.Errorf("%q: key %q verifies zeros", data, k.ID)
			}
		}
	})
}
