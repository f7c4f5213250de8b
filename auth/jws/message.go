package jws

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// MaxSize is the largest message in bytes, either way: it has to fit into URLs and header lines.
const MaxSize = 4096

// The kinds of errors. Their texts hold nothing of a message or a key.
var (
	ErrMalformed = errors.New("not a compact JWS")
	ErrAlgorithm = errors.New("not one of the algorithms, or not that of the key")
	ErrSignature = errors.New("signature does not verify")
)

// encoding is base64url without padding that refuses stray bits behind the last byte; it would skip line breaks.
var encoding = base64.RawURLEncoding.Strict()

// Header is what is understood of the JOSE header (RFC 7515 §4.1).
type Header struct {
	Algorithm string `json:"alg"`
	Type      string `json:"typ,omitempty"` // as it was written; "" when absent
	KeyID     string `json:"kid,omitempty"` // "" when absent; a name that its sender chose, not to be trusted
}

// Message is a JWS of which nothing is to be believed before Verify has returned nil.
type Message struct {
	Header  Header
	Payload []byte // belongs to the caller, and may be empty

	signed    string // the signing input: the header and the payload as they were received
	signature []byte
}

// Parse reads a message without verifying it (RFC 7515 §7.1). It returns ErrMalformed, or ErrAlgorithm where the header
// names none of the four algorithms.
func Parse(token string) (Message, error) {
	if len(token) > MaxSize {
		return Message{}, fmt.Errorf("%w: more than %d bytes", ErrMalformed, MaxSize)
	}
	if strings.ContainsAny(token, "\r\n") {
		return Message{}, fmt.Errorf("%w: line break", ErrMalformed)
	}
	last := strings.LastIndexByte(token, '.')
	if last < 0 {
		return Message{}, fmt.Errorf("%w: no parts", ErrMalformed)
	}
	first, payload, ok := strings.Cut(token[:last], ".")
	if !ok {
		return Message{}, fmt.Errorf("%w: two parts", ErrMalformed)
	}
	m := Message{signed: token[:last]}
	var err error
	if m.Header, err = parseHeader(first); err != nil {
		return Message{}, err
	}
	if m.Payload, err = encoding.DecodeString(payload); err != nil {
		return Message{}, fmt.Errorf("%w: payload is not base64url", ErrMalformed)
	}
	if m.signature, err = encoding.DecodeString(token[last+1:]); err != nil {
		return Message{}, fmt.Errorf("%w: signature is not base64url", ErrMalformed)
	}
	return m, nil
}

func parseHeader(text string) (Header, error) {
	data, err := encoding.DecodeString(text)
	if err != nil {
		return Header{}, fmt.Errorf("%w: header is not base64url", ErrMalformed)
	}
	members, err := parseObject(data)
	if err != nil {
		return Header{}, fmt.Errorf("%w: header: %w", ErrMalformed, err)
	}
	for _, extension := range []string{"crit", "b64"} {
		if _, ok := members[extension]; ok {
			return Header{}, fmt.Errorf("%w: header: extensions (%s) are not understood", ErrMalformed, extension)
		}
	}
	var h Header
	for name, field := range map[string]*string{"alg": &h.Algorithm, "typ": &h.Type, "kid": &h.KeyID} {
		if err := members.text(name, field); err != nil {
			return Header{}, fmt.Errorf("%w: header: %w", ErrMalformed, err)
		}
	}
	if !known(h.Algorithm) {
		return Header{}, fmt.Errorf("header: %w", ErrAlgorithm)
	}
	return h, nil
}

// Verify returns nil when the message was signed by k, and the errors of Key.Verify otherwise.
func (m *Message) Verify(k Key) error {
	return k.Verify(m.Header.Algorithm, []byte(m.signed), m.signature)
}

// Sign returns a message with payload, signed by k, whose algorithm must be alg. The header has kid and typ unless they
// are empty. Keys made from public ones cannot sign.
func Sign(alg, kid, typ string, k Key, payload []byte) (string, error) {
	if alg == "" || alg != k.algorithm {
		return "", ErrAlgorithm
	}
	if k.sign == nil {
		return "", fmt.Errorf("sign %s: the key is public, use the private one", alg)
	}
	header, err := json.Marshal(Header{Algorithm: alg, Type: typ, KeyID: kid})
	if err != nil {
		return "", err
	}
	signed := encoding.EncodeToString(header) + "." + encoding.EncodeToString(payload)
	signature, err := k.sign([]byte(signed))
	if err != nil {
		return "", fmt.Errorf("sign %s: %w", alg, err)
	}
	token := signed + "." + encoding.EncodeToString(signature)
	if len(token) > MaxSize {
		return "", fmt.Errorf("sign %s: %d bytes, at most %d: put less into the payload", alg, len(token), MaxSize)
	}
	return token, nil
}
