package jws

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
)

// Bounds of a JWK Set.
const (
	MaxSetBytes = 64 << 10
	MaxSetKeys  = 64
)

// ErrNoKey says that a JWK Set holds no key that can be used.
var ErrNoKey = errors.New("no key that verifies RS256, ES256 or EdDSA")

// errSecret fails a whole set: what should never have been published must not be relied upon.
var errSecret = errors.New("holds a secret or private key: publish public keys only, and replace that one")

// errOther says that a key is fine, but for something else.
var errOther = errors.New("for another use or algorithm")

// Set is the keys of a JWK Set that verify signatures. The zero Set is empty.
type Set struct {
	keys []SetKey
}

// SetKey is a key of a set under the id that this gives it, empty for none.
type SetKey struct {
	ID  string
	Key Key
}

// ParseJWKS reads a JWK Set (RFC 7517 §5). As that clause advises, it passes over keys that are of other types, for other
// uses or algorithms, or not valid. It fails with ErrNoKey when none is left, and for a set that is larger than MaxSetBytes,
// has more than MaxSetKeys, or has a secret or private key in it.
func ParseJWKS(data []byte) (Set, error) {
	if len(data) > MaxSetBytes {
		return Set{}, fmt.Errorf("JWK Set: more than %d bytes", MaxSetBytes)
	}
	top, err := parseObject(data)
	if err != nil {
		return Set{}, fmt.Errorf("JWK Set: %w", err)
	}
	var keys []json.RawMessage
	if err := json.Unmarshal(top["keys"], &keys); err != nil {
		return Set{}, errors.New("JWK Set: keys is not an array")
	}
	if len(keys) > MaxSetKeys {
		return Set{}, fmt.Errorf("JWK Set: %d keys, at most %d", len(keys), MaxSetKeys)
	}
	var set Set
	reason := ErrNoKey
	for i, data := range keys {
		key, err := parseJWK(data)
		switch {
		case errors.Is(err, errSecret):
			return Set{}, fmt.Errorf("JWK Set: key %d %w", i, err)
		case err != nil:
			reason = fmt.Errorf("%w (key %d: %w)", ErrNoKey, i, err)
		default:
			set.keys = append(set.keys, key)
		}
	}
	if len(set.keys) == 0 {
		return Set{}, fmt.Errorf("JWK Set: %w", reason)
	}
	return set, nil
}

// Len returns how many keys there are.
func (s Set) Len() int { return len(s.keys) }

// Find returns the keys of algorithm alg that have the id kid. Without one, that is all of alg, at most MaxSetKeys. A key
// that has no id is found only without one.
func (s Set) Find(kid, alg string) []SetKey {
	var found []SetKey
	for _, k := range s.keys {
		if k.Key.algorithm == alg && (kid == "" || kid == k.ID) {
			found = append(found, k)
		}
	}
	return found
}

func parseJWK(data []byte) (SetKey, error) {
	members, err := parseObject(data)
	if err != nil {
		return SetKey{}, err
	}
	for _, secret := range []string{"k", "d"} { // of kty "oct", and of all others (RFC 7518 §6)
		if _, ok := members[secret]; ok {
			return SetKey{}, errSecret
		}
	}
	var k SetKey
	var kind, use, algorithm string
	for name, field := range map[string]*string{"kid": &k.ID, "kty": &kind, "use": &use, "alg": &algorithm} {
		if err := members.text(name, field); err != nil {
			return SetKey{}, err
		}
	}
	if use != "" && use != "sig" || !members.verifies() {
		return SetKey{}, errOther
	}
	if k.Key, err = members.publicKey(kind); err != nil {
		return SetKey{}, err
	}
	if algorithm != "" && algorithm != k.Key.algorithm {
		return SetKey{}, errOther
	}
	return k, nil
}

// verifies reports whether key_ops, where a key has them, allow to verify (RFC 7517 §4.3).
func (o object) verifies() bool {
	value, ok := o["key_ops"]
	if !ok {
		return true
	}
	var operations []string
	return json.Unmarshal(value, &operations) == nil && slices.Contains(operations, "verify")
}

func (o object) publicKey(kind string) (Key, error) {
	switch kind {
	case "RSA":
		return o.rsa()
	case "EC":
		return o.ecdsa()
	case "OKP":
		return o.ed25519()
	case "oct":
		return Key{}, errSecret
	}
	return Key{}, errOther
}

// rsa reads RFC 7518 §6.3.1.
func (o object) rsa() (Key, error) {
	modulus, err := o.bytes("n")
	if err != nil {
		return Key{}, err
	}
	exponent, err := o.bytes("e")
	if err != nil {
		return Key{}, err
	}
	e := new(big.Int).SetBytes(exponent)
	if e.BitLen() > 31 {
		return Key{}, errors.New("e has more than 31 bits")
	}
	return RSA(&rsa.PublicKey{N: new(big.Int).SetBytes(modulus), E: int(e.Int64())})
}

// ecdsa reads RFC 7518 §6.2.1.
func (o object) ecdsa() (Key, error) {
	var curve string
	if err := o.text("crv", &curve); err != nil {
		return Key{}, err
	}
	if curve != "P-256" {
		return Key{}, errOther
	}
	point := []byte{4} // uncompressed
	for _, name := range []string{"x", "y"} {
		coordinate, err := o.bytes(name)
		if err != nil {
			return Key{}, err
		}
		if len(coordinate) != scalarBytes {
			return Key{}, fmt.Errorf("%s is not %d bytes", name, scalarBytes)
		}
		point = append(point, coordinate...)
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return Key{}, err
	}
	return ECDSA(public)
}

// ed25519 reads RFC 8037 §2.
func (o object) ed25519() (Key, error) {
	var curve string
	if err := o.text("crv", &curve); err != nil {
		return Key{}, err
	}
	if curve != "Ed25519" {
		return Key{}, errOther
	}
	public, err := o.bytes("x")
	if err != nil {
		return Key{}, err
	}
	return Ed25519(public)
}
