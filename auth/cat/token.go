package cat

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/fxamacker/cbor/v2"

	"headwater/auth/jws"
)

// MaxSize is the largest token in bytes of text: it has to fit into URLs and header lines.
const MaxSize = 4096

// The kinds of errors. Their texts hold nothing of a token.
var (
	ErrMalformed   = errors.New("not a Common Access Token")
	ErrUnsupported = errors.New("a Common Access Token with limits or algorithms that are not supported")
)

// CBOR tags (RFC 8392 §6, RFC 9052 §2).
const (
	tagCWT   = 61
	tagMac0  = 17
	tagSign1 = 18
)

// Labels of COSE header parameters (RFC 9052 §3.1).
const (
	headerAlgorithm = 1
	headerCritical  = 2
	headerKeyID     = 4
)

// envelope is one of the COSE structures that can carry claims.
type envelope struct {
	context    string           // separates what is signed as one from what is signed as another (RFC 9052 §4.4, §6.3)
	algorithms map[int64]string // names of package jws by COSE's numbers (RFC 9053 §2, §3.1)
}

var envelopes = map[uint64]envelope{
	tagMac0:  {"MAC0", map[int64]string{5: jws.HS256}},
	tagSign1: {"Signature1", map[int64]string{-7: jws.ES256, -8: jws.EdDSA}},
}

// encoding is base64url without padding that refuses stray bits behind the last byte; it would skip line breaks.
var encoding = base64.RawURLEncoding.Strict()

// Token is a token of which nothing is to be believed before Verify has returned nil.
type Token struct {
	Algorithm string // jws.HS256, jws.ES256 or jws.EdDSA
	KeyID     string // the bytes of kid; "" when absent
	Claims    Claims

	signed    []byte // the Sig_structure or MAC_structure
	signature []byte
}

// Parse reads a token without verifying it. It returns ErrMalformed or ErrUnsupported.
func Parse(text string) (Token, error) {
	if len(text) > MaxSize || strings.ContainsAny(text, "\r\n") {
		return Token{}, fmt.Errorf("%w: a line break, or more than %d bytes", ErrMalformed, MaxSize)
	}
	data, err := encoding.DecodeString(text)
	if err != nil {
		return Token{}, fmt.Errorf("%w: not base64url without padding", ErrMalformed)
	}
	tag, err := decode[cbor.RawTag](data, majorTag)
	if err == nil && tag.Number == tagCWT {
		tag, err = decode[cbor.RawTag](tag.Content, majorTag)
	}
	if err != nil {
		return Token{}, err
	}
	kind, ok := envelopes[tag.Number]
	if !ok {
		return Token{}, fmt.Errorf("%w: neither COSE_Mac0 nor COSE_Sign1", ErrUnsupported)
	}
	return kind.open(tag.Content)
}

// Verify returns nil when the token was signed by k, and the errors of jws.Key.Verify otherwise.
func (t *Token) Verify(k jws.Key) error {
	return k.Verify(t.Algorithm, t.signed, t.signature)
}

// open reads what both structures have in common: [protected, unprotected, payload, tag or signature].
func (e envelope) open(data cbor.RawMessage) (Token, error) {
	parts, err := decode[[]cbor.RawMessage](data, majorArray)
	if err != nil {
		return Token{}, err
	}
	if len(parts) != 4 {
		return Token{}, fmt.Errorf("%w: %d parts, want 4", ErrMalformed, len(parts))
	}
	var t Token
	var protected, payload []byte
	for i, field := range map[int]*[]byte{0: &protected, 2: &payload, 3: &t.signature} {
		if *field, err = decode[[]byte](parts[i], majorBytes); err != nil {
			return Token{}, err
		}
	}
	if t.Algorithm, t.KeyID, err = e.headers(protected, parts[1]); err != nil {
		return Token{}, fmt.Errorf("header: %w", err)
	}
	if t.Claims, err = parseClaims(payload); err != nil {
		return Token{}, err
	}
	t.signed, err = cbor.Marshal([]any{e.context, protected, []byte{}, payload})
	return t, err
}

// headers returns the algorithm, from the protected header alone, and the key id, which may stand in either.
func (e envelope) headers(protected, unprotected cbor.RawMessage) (algorithm, keyID string, err error) {
	trusted, err := decodeMap(protected)
	if err != nil {
		return "", "", err
	}
	other, err := decodeMap(unprotected)
	if err != nil {
		return "", "", err
	}
	for label := range trusted {
		if _, ok := other[label]; ok {
			return "", "", fmt.Errorf("%w: a parameter both protected and not", ErrMalformed)
		}
	}
	if _, ok := trusted[int64(headerCritical)]; ok {
		return "", "", fmt.Errorf("%w: critical parameters", ErrUnsupported)
	}
	number, err := decodeInt(trusted[int64(headerAlgorithm)])
	if err != nil {
		return "", "", fmt.Errorf("alg: %w", err)
	}
	algorithm, ok := e.algorithms[number]
	if !ok {
		return "", "", fmt.Errorf("%w: algorithm %d in %s", ErrUnsupported, number, e.context)
	}
	for _, parameters := range []map[any]cbor.RawMessage{trusted, other} {
		if value, ok := parameters[int64(headerKeyID)]; ok {
			id, err := decode[[]byte](value, majorBytes)
			if err != nil {
				return "", "", fmt.Errorf("kid: %w", err)
			}
			keyID = string(id)
		}
	}
	return algorithm, keyID, nil
}
