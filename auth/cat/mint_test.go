package cat

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"testing"

	"github.com/fxamacker/cbor/v2"

	"headwater/auth/jws"
)

const secret = "0123456789abcdef0123456789abcdef"

// m is a CBOR map.
type m = map[any]any

func marshal(t testing.TB, value any) []byte {
	t.Helper()
	data, err := cbor.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// hmacSHA256 signs as jws.HMAC of secret verifies.
func hmacSHA256(signed []byte) []byte {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(signed)
	return mac.Sum(nil)
}

// template is a token before it is signed. The zero values are those of a plain one.
type template struct {
	protected   any // nil for the algorithm HMAC 256/256
	unprotected any // nil for a key id
	payload     []byte
	sign        func(signed []byte) []byte // nil for hmacSHA256
	context     string                     // "" for MAC0
	tags        []uint64                   // outermost first; nil for CWT and COSE_Mac0
}

func (p template) mint(t testing.TB) string {
	t.Helper()
	if p.protected == nil {
		p.protected = m{1: 5}
	}
	if p.unprotected == nil {
		p.unprotected = m{4: []byte("k1")}
	}
	if p.sign == nil {
		p.sign = hmacSHA256
	}
	if p.context == "" {
		p.context = "MAC0"
	}
	if p.tags == nil {
		p.tags = []uint64{61, 17}
	}
	protected := marshal(t, p.protected)
	signature := p.sign(marshal(t, []any{p.context, protected, []byte{}, p.payload}))
	var item any = []any{protected, p.unprotected, p.payload, signature}
	for i := len(p.tags) - 1; i >= 0; i-- {
		item = cbor.Tag{Number: p.tags[i], Content: item}
	}
	return encoding.EncodeToString(marshal(t, item))
}

// mint returns a plain token with claims.
func mint(t testing.TB, claims any) string {
	t.Helper()
	return template{payload: marshal(t, claims)}.mint(t)
}

// verified parses and verifies a token of mint.
func verified(t testing.TB, text string) (Claims, error) {
	t.Helper()
	token, err := Parse(text)
	if err != nil {
		return Claims{}, err
	}
	return token.Claims, token.Verify(jws.HMAC([]byte(secret)))
}
