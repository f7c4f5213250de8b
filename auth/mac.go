package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// macSize is how much of HMAC-SHA256 a session token holds, in bytes: RFC 2104 §5 wants half of it at least.
const macSize = 16

// mac computes one MAC after another. Its hash keeps the state after the padded secret, which halves the work; text and
// sum are here because what an interface is given would otherwise be allocated each time.
type mac struct {
	hash hash.Hash
	text []byte
	sum  []byte
}

func newMAC(secret []byte) *mac {
	return &mac{hash: hmac.New(sha256.New, secret)}
}

// session returns the MAC over project, asset and body, each with its length where that is not plain; it is valid until
// the next call. A token is so bound to the project and asset of its URL without holding them.
func (m *mac) session(project, asset string, body []byte) []byte {
	m.text = appendCounted(m.text[:0], project)
	m.text = appendCounted(m.text, asset)
	m.text = append(m.text, body...)
	m.hash.Reset()
	m.hash.Write(m.text)
	m.sum = m.hash.Sum(m.sum[:0])
	return m.sum[:macSize]
}

func appendCounted(dst []byte, s string) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(s)))
	return append(dst, s...)
}
