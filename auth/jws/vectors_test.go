package jws

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"math/big"
	"testing"
)

// claims is the payload of RFC 7515 A.1 to A.3.
const claims = "{\"iss\":\"joe\",\r\n \"exp\":1300819380,\r\n \"http://example.com/is_root\":true}"

// Messages of the RFCs.
const (
	messageHS256 = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + // RFC 7515 A.1
		"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." +
		"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
	messageRS256 = "eyJhbGciOiJSUzI1NiJ9." + // RFC 7515 A.2
		"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." +
		"cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4" +
		"BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv" +
		"hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw"
	messageES256 = "eyJhbGciOiJFUzI1NiJ9." + // RFC 7515 A.3
		"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ." +
		"DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
	messageEdDSA = "eyJhbGciOiJFZERTQSJ9." + // RFC 8037 A.4
		"RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc." +
		"hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg"
	messageKeyID = "eyJhbGciOiJIUzI1NiIsImtpZCI6IjAxOGMwYWU1LTRkOWItNDcxYi1iZmQ2LWVlZjMxNGJjNzAzNyJ9." + // RFC 7520 §4.4
		"SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IHlvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBk" +
		"b24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcmUgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4." +
		"s0h6KThzkfBBBkLspW1h84VsJZFTsPPqMDA7g1Md7p0"
)

// Parts of their keys.
const (
	secretHS256  = "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"
	secretKeyID  = "hJtXIZ2uSN5kbQfbtTNWbpdmhkV8FJG-Onbc6mxCcYg"
	modulusRS256 = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMs" +
		"D1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdV" +
		"MTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ"
	privateRS256 = "Eq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyWPEAeP88vLNO97IjlA7_GQ5sLKMgvfTeXZx9SE-7YwVol2NXOoAJe46sui395IW_GO-pWJ1O0" +
		"BkTGoVEn2bKVRUCgu-GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzjkn439X0M_V51gfpRLI9JYanrC4D4qAdGcopV_0ZHHzQlBjudU2QvXt4ehNYT" +
		"CBr6XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl_x_jTj3ccPDVZFD9pIuhLhBOneufuBiB4cS98l2SR_RQyGWSeWjnczT0QU91p1DhOVRuOopznQ"
	primePRS256 = "4BzEEOtIpmVdVEZNCqS7baC4crd0pqnRH_5IB3jw3bcxGn6QLvnEtfdUdiYrqBdss1l58BQ3KhooKeQTa9AB0Hw_Py5PJdTJNPY8cQn7ouZ2KKDcmnPG" +
		"BY5t7yLc1QlQ5xHdwW1VhvKn-nXqhJTBgIPgtldC-KDV5z-y2XDwGUc"
	primeQRS256 = "uQPEfgmVtjL0Uyyx88GZFF1fOunH3-7cepKmtH4pxhtCoHqpWmT8YAmZxaewHgHAjLYsp1ZSe7zFYHj7C6ul7TjeLQeZD_YwD66t62wDmpe_HlB-TnBA" +
		"-njbglfIsRLtXlnDzQkv5dTltRJ11BKBBypeeF6689rjcJIDEz9RWdc"
	xES256       = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
	yES256       = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"
	privateES256 = "jpsQnnGQmL-YBIffH1136cspYG6-0iY7X1fCE9-E9LI"
	xEdDSA       = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
	privateEdDSA = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"
)

// published is the JWK Set of the public keys.
const published = `{"keys":[` +
	`{"kty":"RSA","kid":"r","n":"` + modulusRS256 + `","e":"AQAB"},` +
	`{"kty":"EC","kid":"e","crv":"P-256","x":"` + xES256 + `","y":"` + yES256 + `","use":"sig","alg":"ES256"},` +
	`{"kty":"OKP","kid":"o","crv":"Ed25519","x":"` + xEdDSA + `","key_ops":["verify"]}]}`

func decode(t testing.TB, text string) []byte {
	t.Helper()
	data, err := encoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// privateKeys returns the keys of the RFCs that sign, by algorithm.
func privateKeys(t testing.TB) map[string]Key {
	t.Helper()
	number := func(text string) *big.Int { return new(big.Int).SetBytes(decode(t, text)) }
	r := &rsa.PrivateKey{
		PublicKey: rsa.PublicKey{N: number(modulusRS256), E: 65537},
		D:         number(privateRS256),
		Primes:    []*big.Int{number(primePRS256), number(primeQRS256)},
	}
	r.Precompute()
	e, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), decode(t, privateES256))
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]Key{HS256: HMAC(decode(t, secretHS256))}
	if keys[RS256], err = Private(r); err != nil {
		t.Fatal(err)
	}
	if keys[ES256], err = Private(e); err != nil {
		t.Fatal(err)
	}
	if keys[EdDSA], err = Private(ed25519.NewKeyFromSeed(decode(t, privateEdDSA))); err != nil {
		t.Fatal(err)
	}
	return keys
}

// publicKey returns the key of published that has an algorithm.
func publicKey(t testing.TB, algorithm string) Key {
	t.Helper()
	set, err := ParseJWKS([]byte(published))
	if err != nil {
		t.Fatal(err)
	}
	found := set.Find("", algorithm)
	if len(found) != 1 {
		t.Fatalf("%d keys of %s", len(found), algorithm)
	}
	return found[0].Key
}

func TestVectors(t *testing.T) {
	f := func(token string, k Key, want Header, payload string) {
		t.Helper()
		m, err := Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Verify(k); err != nil {
			t.Errorf("%s: %v", want.Algorithm, err)
		}
		if m.Header != want || payload != "" && string(m.Payload) != payload {
			t.Errorf("got %+v and %q", m.Header, m.Payload)
		}
	}
	f(messageHS256, HMAC(decode(t, secretHS256)), Header{Algorithm: HS256, Type: "JWT"}, claims)
	f(messageRS256, publicKey(t, RS256), Header{Algorithm: RS256}, claims)
	f(messageES256, publicKey(t, ES256), Header{Algorithm: ES256}, claims)
	f(messageEdDSA, publicKey(t, EdDSA), Header{Algorithm: EdDSA}, "Example of Ed25519 signing")
	f(messageKeyID, HMAC(decode(t, secretKeyID)), Header{Algorithm: HS256, KeyID: "018c0ae5-4d9b-471b-bfd6-eef314bc7037"}, "")
}

// TestSignVectors signs what the RFCs sign, where the signature is a function of key and payload.
func TestSignVectors(t *testing.T) {
	keys := privateKeys(t)
	f := func(want, kid string, k Key) {
		t.Helper()
		m, err := Parse(want)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Sign(k.Algorithm(), kid, "", k, m.Payload); err != nil || got != want {
			t.Errorf("%s: got %s, %v", k.Algorithm(), got, err)
		}
	}
	f(messageRS256, "", keys[RS256])
	f(messageEdDSA, "", keys[EdDSA])
	f(messageKeyID, "018c0ae5-4d9b-471b-bfd6-eef314bc7037", HMAC(decode(t, secretKeyID)))
}
