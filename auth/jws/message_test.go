package jws

import (
	"crypto/hmac"
	"crypto/sha256"
	"errors"
	"strings"
	"testing"
)

// message puts a message together from its decoded parts.
func message(header, payload, signature string) string {
	return encoding.EncodeToString([]byte(header)) + "." + encoding.EncodeToString([]byte(payload)) + "." + encoding.EncodeToString([]byte(signature))
}

func TestRoundTrip(t *testing.T) {
	for algorithm, private := range privateKeys(t) {
		token, err := Sign(algorithm, "k1", "playauth", private, []byte(claims))
		if err != nil {
			t.Fatal(err)
		}
		m, err := Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		if want := (Header{algorithm, "playauth", "k1"}); m.Header != want || string(m.Payload) != claims {
			t.Errorf("%s: got %+v and %q", algorithm, m.Header, m.Payload)
		}
		if err := m.Verify(private); err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
		if algorithm == HS256 {
			continue
		}
		if err := m.Verify(publicKey(t, algorithm)); err != nil {
			t.Errorf("%s by its public key: %v", algorithm, err)
		}
	}
}

func TestParseRejects(t *testing.T) {
	const ok = `{"alg":"HS256"}`
	f := func(token string, want error) {
		t.Helper()
		if m, err := Parse(token); !errors.Is(err, want) {
			t.Errorf("%q: got %+v, %v, want %v", token, m.Header, err, want)
		}
	}
	for _, token := range []string{
		"", ".", "..", "...", "a.b", "a.b.c.d", messageHS256 + ".", "." + messageHS256, messageHS256 + ".e30",
		" " + messageHS256, messageHS256 + " ", messageHS256 + "\n", messageHS256 + "=", strings.Replace(messageHS256, ".", ".\r\n", 1),
		strings.TrimSuffix(messageHS256, "k") + "l",        // the same bytes with a stray bit
		strings.Replace(messageHS256, "-", "+", 1),         // the other alphabet
		strings.Replace(messageHS256, "eyJ0", "%65yJ0", 1), // escaped
		strings.Replace(messageHS256, ".", ".\u200b", 1),   // invisible
		strings.Replace(messageHS256, ".", "\uff0e", 1),    // a full stop of another script
		message(`{"alg":"HS256"} x`, "", ""), message(ok+ok, "", ""), message(`[]`, "", ""), message(`null`, "", ""), message(`""`, "", ""),
		message("{\"alg\":\"HS256\",\"kid\":\"\xff\"}", "", ""), // not UTF-8
		message(`{"alg":"HS256"`, "", ""), message(`{"alg":"HS256",}`, "", ""), message(`{"alg"}`, "", ""), message(`{1:2}`, "", ""),
		message(`{"alg":"none","alg":"HS256"}`, "", ""), message(`{"alg":"HS256","al\u0067":"none"}`, "", ""),
		message(`{"alg":["HS256"]}`, "", ""), message(`{"alg":1}`, "", ""), message(`{"alg":null}`, "", ""),
		message(`{"alg":"HS256","kid":1}`, "", ""), message(`{"alg":"HS256","kid":null}`, "", ""), message(`{"alg":"HS256","typ":{}}`, "", ""),
		message(`{"alg":"HS256","crit":["exp"],"exp":1}`, "", ""), message(`{"alg":"HS256","crit":[]}`, "", ""),
		message(`{"alg":"HS256","b64":false,"crit":["b64"]}`, "", ""), message(`{"alg":"HS256","b64":true}`, "", ""),
		message(`{"alg":"HS256","x":`+strings.Repeat("[", 2000)+`}`, "", ""),
		message(ok, strings.Repeat("x", MaxSize), ""),
	} {
		f(token, ErrMalformed)
	}
	for _, algorithm := range []string{"", "none", "None", "NONE", "hs256", "HS256 ", "HS384", "HS512", "RS512", "PS256", "ES384", "ES256K", "Ed25519", "dir", "HS256\\u0000"} {
		f(message(`{"alg":"`+algorithm+`"}`, "{}", ""), ErrAlgorithm)
	}
	f(message(`{}`, "{}", ""), ErrAlgorithm)
	f(message(`{"ALG":"HS256"}`, "{}", ""), ErrAlgorithm)
}

// TestVerifyRejects changes every character of each message in turn, and shows it to every other key.
func TestVerifyRejects(t *testing.T) {
	keys := privateKeys(t)
	for algorithm, token := range map[string]string{HS256: messageHS256, RS256: messageRS256, ES256: messageES256, EdDSA: messageEdDSA} {
		for i := range token {
			changed := []byte(token)
			changed[i] = 'A' + changed[i]%2 // another one, that decodes
			if m, err := Parse(string(changed)); err == nil && m.Verify(keys[algorithm]) == nil {
				t.Errorf("%s verifies with byte %d changed", algorithm, i)
			}
		}
		m, err := Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		for other, key := range keys {
			if err := m.Verify(key); (other == algorithm) != (err == nil) || err != nil && !errors.Is(err, ErrAlgorithm) {
				t.Errorf("%s under a key of %s: %v", algorithm, other, err)
			}
		}
		if err := m.Verify(Key{}); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("%s under no key: %v", algorithm, err)
		}
		signature := m.signature
		for _, size := range []int{0, 1, len(signature) - 1} {
			m.signature = signature[:size]
			if err := m.Verify(keys[algorithm]); !errors.Is(err, ErrSignature) {
				t.Errorf("%s with %d bytes of signature: %v", algorithm, size, err)
			}
		}
		m.signature = append(signature, 0)
		if err := m.Verify(keys[algorithm]); !errors.Is(err, ErrSignature) {
			t.Errorf("%s with a byte behind the signature: %v", algorithm, err)
		}
		m.signature = make([]byte, len(signature))
		if err := m.Verify(keys[algorithm]); !errors.Is(err, ErrSignature) {
			t.Errorf("%s with a signature of zeros: %v", algorithm, err)
		}
	}
}

// TestConfusion signs with HMAC by what everybody knows of a public key, and names that key or brings one along.
func TestConfusion(t *testing.T) {
	public := publicKey(t, RS256)
	for _, secret := range [][]byte{[]byte(modulusRS256), []byte(published), decode(t, modulusRS256)} {
		token, err := Sign(HS256, "r", "", HMAC(secret), []byte(claims))
		if err != nil {
			t.Fatal(err)
		}
		m, err := Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Verify(public); !errors.Is(err, ErrAlgorithm) {
			t.Errorf("RSA key taken for a secret: %v", err)
		}
	}
	own := HMAC([]byte(strings.Repeat("mine", 8)))
	for _, header := range []string{
		`{"alg":"HS256","jwk":{"kty":"oct","k":"bWluZW1pbmVtaW5lbWluZW1pbmVtaW5lbWluZW1pbmU"}}`,
		`{"alg":"HS256","jku":"https://example.com/jwks"}`, `{"alg":"HS256","x5u":"https://example.com/x5u"}`, `{"alg":"HS256","x5c":["MIIB"]}`,
	} {
		signed := strings.TrimSuffix(message(header, claims, ""), ".")
		signature, err := own.sign([]byte(signed))
		if err != nil {
			t.Fatal(err)
		}
		m, err := Parse(signed + "." + encoding.EncodeToString(signature))
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Verify(HMAC(decode(t, secretHS256))); !errors.Is(err, ErrSignature) {
			t.Errorf("%s: %v", header, err)
		}
	}
}

func TestSignRejects(t *testing.T) {
	keys := privateKeys(t)
	if _, err := Sign(RS256, "", "", keys[HS256], nil); !errors.Is(err, ErrAlgorithm) {
		t.Errorf("another algorithm: %v", err)
	}
	if _, err := Sign("", "", "", Key{}, nil); !errors.Is(err, ErrAlgorithm) {
		t.Errorf("no key: %v", err)
	}
	if _, err := Sign(ES256, "", "", publicKey(t, ES256), nil); err == nil {
		t.Error("a public key signs")
	}
	if _, err := Sign(HS256, "", "", keys[HS256], make([]byte, MaxSize)); err == nil {
		t.Error("a message that Parse would refuse")
	}
}

// TestSignatureForms: ES256 is neither DER nor of another hash.
func TestSignatureForms(t *testing.T) {
	m, err := Parse(messageES256)
	if err != nil {
		t.Fatal(err)
	}
	der := append([]byte{0x30, 0x44, 2, 32}, m.signature[:32]...)
	m.signature = append(append(der, 2, 32), m.signature[32:]...)
	if err := m.Verify(publicKey(t, ES256)); !errors.Is(err, ErrSignature) {
		t.Errorf("DER: %v", err)
	}
	mac := hmac.New(sha256.New224, decode(t, secretHS256))
	mac.Write([]byte(m.signed))
	m = Message{Header: Header{Algorithm: HS256}, signed: m.signed, signature: mac.Sum(nil)}
	if err := m.Verify(HMAC(decode(t, secretHS256))); !errors.Is(err, ErrSignature) {
		t.Errorf("SHA-224: %v", err)
	}
}
