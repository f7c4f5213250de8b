package cat

import (
	"crypto/ed25519"
	"errors"
	"strings"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"headwater/auth/jws"
)

func TestEnvelopes(t *testing.T) {
	payload := marshal(t, m{1: "me"})
	for name, p := range map[string]template{
		"plain":                       {},
		"without the CWT tag":         {tags: []uint64{17}},
		"kid in the protected header": {protected: m{1: 5, 4: []byte("k1")}, unprotected: m{}},
		"other parameters":            {unprotected: m{4: []byte("k1"), 33: "x5chain", "own": 1}},
	} {
		p.payload = payload
		text := p.mint(t)
		token, err := Parse(text)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if err := token.Verify(jws.HMAC([]byte(secret))); err != nil || token.KeyID != "k1" || token.Claims.Issuer != "me" {
			t.Errorf("%s: %+v, %v", name, token, err)
		}
	}
}

func TestEdDSA(t *testing.T) {
	private := ed25519.NewKeyFromSeed([]byte(secret))
	key, err := jws.Private(private)
	if err != nil {
		t.Fatal(err)
	}
	p := template{
		protected: m{1: -8}, context: "Signature1", tags: []uint64{61, 18}, payload: marshal(t, m{2: "you"}),
		sign: func(signed []byte) []byte { return ed25519.Sign(private, signed) },
	}
	token, err := Parse(p.mint(t))
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Verify(key); err != nil || token.Algorithm != jws.EdDSA || token.Claims.Subject != "you" {
		t.Errorf("%+v, %v", token, err)
	}
	p.context = "MAC0"
	if token, err = Parse(p.mint(t)); err != nil || !errors.Is(token.Verify(key), jws.ErrSignature) {
		t.Errorf("signed as another structure: %v, %v", err, token.Verify(key))
	}
}

func TestParseRejects(t *testing.T) {
	f := func(name, text string, want error) {
		t.Helper()
		if token, err := Parse(text); !errors.Is(err, want) {
			t.Errorf("%s: got %+v, %v, want %v", name, token, err, want)
		}
	}
	good := mint(t, m{1: "me"})
	item := func(value any) string { return encoding.EncodeToString(marshal(t, value)) }
	parts := func(parts ...any) string { return item(cbor.Tag{Number: 17, Content: parts}) }
	protected, payload, tag := marshal(t, m{1: 5}), marshal(t, m{1: "me"}), make([]byte, 32)

	f("empty", "", ErrMalformed)
	f("padding", good+"=", ErrMalformed)
	f("line break", good+"\n", ErrMalformed)
	f("line break inside", good[:8]+"\r\n"+good[8:], ErrMalformed)
	f("space", " "+good, ErrMalformed)
	f("truncated", good[:len(good)-4], ErrMalformed)
	f("trailing byte", encoding.EncodeToString(append(marshal(t, cbor.Tag{Number: 17, Content: []any{protected, m{}, payload, tag}}), 0)), ErrMalformed)
	f("too long", mint(t, m{"x": strings.Repeat("x", MaxSize)}), ErrMalformed)
	f("JSON", encoding.EncodeToString([]byte(`{"alg":"HS256"}`)), ErrMalformed)
	f("untagged", item([]any{protected, m{}, payload, tag}), ErrMalformed)
	f("no structure in the CWT tag", item(cbor.Tag{Number: 61, Content: []any{protected, m{}, payload, tag}}), ErrMalformed)
	f("CWT tag twice", template{payload: payload, tags: []uint64{61, 61, 17}}.mint(t), ErrUnsupported)
	f("COSE_Encrypt0", template{payload: payload, tags: []uint64{61, 16}}.mint(t), ErrUnsupported)
	f("COSE_Mac", template{payload: payload, tags: []uint64{97}}.mint(t), ErrUnsupported)
	f("three parts", parts(protected, m{}, payload), ErrMalformed)
	f("five parts", parts(protected, m{}, payload, tag, tag), ErrMalformed)
	f("protected is a map", parts(m{1: 5}, m{}, payload, tag), ErrMalformed)
	f("protected is empty", parts([]byte{}, m{1: 5}, payload, tag), ErrMalformed)
	f("unprotected is null", parts(protected, nil, payload, tag), ErrMalformed)
	f("detached payload", parts(protected, m{}, nil, tag), ErrMalformed)
	f("payload is text", parts(protected, m{}, "text", tag), ErrMalformed)
	f("signature is null", parts(protected, m{}, payload, nil), ErrMalformed)
	f("algorithm is not protected", parts(marshal(t, m{}), m{1: 5}, payload, tag), ErrMalformed)
	f("algorithm in both headers", parts(protected, m{1: 5}, payload, tag), ErrMalformed)
	f("kid in both headers", parts(marshal(t, m{1: 5, 4: []byte("a")}), m{4: []byte("b")}, payload, tag), ErrMalformed)
	f("kid is text", parts(protected, m{4: "k1"}, payload, tag), ErrMalformed)
	f("critical", parts(marshal(t, m{1: 5, 2: []int{99}, 99: 1}), m{}, payload, tag), ErrUnsupported)
	for _, algorithm := range []any{0, 4, 6, 7, -7, -8, -37, -257, 1 << 40} {
		f("other algorithm", parts(marshal(t, m{1: algorithm}), m{}, payload, tag), ErrUnsupported)
	}
	f("HMAC in COSE_Sign1", template{payload: payload, tags: []uint64{18}}.mint(t), ErrUnsupported)
	for _, algorithm := range []any{"HS256", nil, 5.0, []int{5}} {
		f("algorithm of another type", parts(marshal(t, m{1: algorithm}), m{}, payload, tag), ErrMalformed)
	}
	f("claims are no map", template{payload: marshal(t, []int{1})}.mint(t), ErrMalformed)
	f("a tag in front of the claims", template{payload: marshal(t, cbor.Tag{Number: 61, Content: m{1: "me"}})}.mint(t), ErrMalformed)
	f("nothing for claims", template{payload: []byte{}}.mint(t), ErrMalformed)
	f("a claim twice", template{payload: unhex(t, "a20161610161"+"62")}.mint(t), ErrMalformed)
	f("a claim twice in two spellings", template{payload: unhex(t, "a2016161180161"+"62")}.mint(t), ErrMalformed)
	f("indefinite length", template{payload: unhex(t, "bf01616"+"1ff")}.mint(t), ErrMalformed)
	f("invalid UTF-8", template{payload: unhex(t, "a10161ff")}.mint(t), ErrMalformed)
	f("deep", template{payload: append(append(unhex(t, "a120"), []byte(strings.Repeat("\x81", 30))...), 0)}.mint(t), ErrMalformed)
	f("a length beyond the end", template{payload: unhex(t, "a1015b7fffffffffffffff")}.mint(t), ErrMalformed)
	f("many claims", template{payload: unhex(t, "bb00000000ffffffff")}.mint(t), ErrMalformed)
}

// TestVerifyRejects changes each byte in turn; what is not authenticated is the key id and other unprotected parameters.
func TestVerifyRejects(t *testing.T) {
	data, err := encoding.DecodeString(mint(t, m{1: "me", 4: 1900000000}))
	if err != nil {
		t.Fatal(err)
	}
	key := jws.HMAC([]byte(secret))
	for i := range data {
		for bit := range 8 {
			changed := append([]byte(nil), data...)
			changed[i] ^= 1 << bit
			token, err := Parse(encoding.EncodeToString(changed))
			if err == nil && token.Verify(key) == nil && (token.Claims.Issuer != "me" || token.Claims.Expires.Unix() != 1900000000) {
				t.Errorf("bit %d of byte %d: %+v", bit, i, token.Claims)
			}
		}
	}
	token, err := Parse(mint(t, m{1: "me"}))
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Verify(jws.HMAC([]byte(strings.Repeat("x", 32)))); !errors.Is(err, jws.ErrSignature) {
		t.Errorf("another secret: %v", err)
	}
	if err := token.Verify(jws.Key{}); !errors.Is(err, jws.ErrAlgorithm) {
		t.Errorf("no key: %v", err)
	}
	ed, err := jws.Private(ed25519.NewKeyFromSeed([]byte(secret)))
	if err != nil {
		t.Fatal(err)
	}
	if err := token.Verify(ed); !errors.Is(err, jws.ErrAlgorithm) {
		t.Errorf("a key of another algorithm: %v", err)
	}
}
