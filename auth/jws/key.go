package jws

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/asn1"
	"errors"
	"fmt"
	"io"
	"math/big"
)

// The algorithms.
const (
	HS256 = "HS256" // HMAC with SHA-256 (RFC 7518 §3.2)
	RS256 = "RS256" // RSASSA-PKCS1-v1_5 with SHA-256 (RFC 7518 §3.3)
	ES256 = "ES256" // ECDSA on P-256 with SHA-256 (RFC 7518 §3.4)
	EdDSA = "EdDSA" // Ed25519 (RFC 8037 §3.1)
)

// Sizes of keys.
const (
	MinSecretBytes = 32   // as large as the hash, which RFC 7518 §3.2 wants
	minRSABits     = 2048 // RFC 7518 §3.3
	maxRSABits     = 8192 // verifying costs its square
)

// scalarBytes is the size of each half of an ES256 signature, and of each coordinate of a point (RFC 7518 §3.4, §6.2.1.2).
const scalarBytes = 32

// known reports whether there are keys of an algorithm.
func known(algorithm string) bool {
	switch algorithm {
	case HS256, RS256, ES256, EdDSA:
		return true
	}
	return false
}

// Key is a key of one algorithm. The zero Key verifies and signs nothing.
type Key struct {
	algorithm string
	verify    func(signed, signature []byte) bool
	sign      func(signed []byte) ([]byte, error) // nil in a public key
}

// Algorithm returns the one algorithm of k, "" for the zero Key.
func (k Key) Algorithm() string { return k.algorithm }

// Verify returns nil when signature is that of signed under k: ErrAlgorithm says that k is of another algorithm than the
// one that its sender names, ErrSignature that it does not verify. Signatures of the wrong size fail like wrong ones.
// [Message.Verify] is for messages; this is for what other formats sign.
func (k Key) Verify(algorithm string, signed, signature []byte) error {
	if k.algorithm == "" || k.algorithm != algorithm {
		return ErrAlgorithm
	}
	if !k.verify(signed, signature) {
		return ErrSignature
	}
	return nil
}

// Format writes the algorithm, whatever the verb.
func (k Key) Format(state fmt.State, _ rune) {
	_, _ = io.WriteString(state, "jws.Key("+k.algorithm+")") // a fmt.State does not fail
}

// HMAC returns the HS256 key of a secret, which it copies. A secret of less than MinSecretBytes makes the zero Key.
func HMAC(secret []byte) Key {
	if len(secret) < MinSecretBytes {
		return Key{}
	}
	secret = append([]byte(nil), secret...)
	sum := func(signed []byte) []byte {
		mac := hmac.New(sha256.New, secret)
		mac.Write(signed)
		return mac.Sum(nil)
	}
	return Key{
		algorithm: HS256,
		verify:    func(signed, signature []byte) bool { return hmac.Equal(sum(signed), signature) },
		sign:      func(signed []byte) ([]byte, error) { return sum(signed), nil },
	}
}

// RSA returns the RS256 key that verifies with public, which must not change any more. It fails for a modulus outside of
// 2048 to 8192 bits and for an exponent that no RSA key has.
func RSA(public *rsa.PublicKey) (Key, error) {
	if public == nil || public.N == nil {
		return Key{}, errors.New("no RSA key")
	}
	if bits := public.N.BitLen(); bits < minRSABits || bits > maxRSABits {
		return Key{}, fmt.Errorf("RSA key of %d bits, want %d to %d", bits, minRSABits, maxRSABits)
	}
	if public.E < 3 || public.E%2 == 0 || public.N.Bit(0) == 0 {
		return Key{}, errors.New("no RSA key: even modulus, or exponent even or less than 3")
	}
	return Key{algorithm: RS256, verify: func(signed, signature []byte) bool {
		digest := sha256.Sum256(signed)
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) == nil
	}}, nil
}

// ECDSA returns the ES256 key that verifies with public, which must not change any more. It fails for another curve than
// P-256 and for a point that is not on it.
func ECDSA(public *ecdsa.PublicKey) (Key, error) {
	if public == nil || public.Curve != elliptic.P256() {
		return Key{}, errors.New("no ECDSA key on P-256")
	}
	if _, err := public.ECDH(); err != nil {
		return Key{}, fmt.Errorf("ECDSA key: %w", err)
	}
	return Key{algorithm: ES256, verify: func(signed, signature []byte) bool {
		if len(signature) != 2*scalarBytes {
			return false
		}
		r, s := new(big.Int).SetBytes(signature[:scalarBytes]), new(big.Int).SetBytes(signature[scalarBytes:])
		digest := sha256.Sum256(signed)
		return ecdsa.Verify(public, digest[:], r, s)
	}}, nil
}

// Ed25519 returns the EdDSA key that verifies with public, which it copies. It fails for bytes that are no point of the
// curve, or one under which anybody could sign.
func Ed25519(public ed25519.PublicKey) (Key, error) {
	if err := checkEd25519(public); err != nil {
		return Key{}, fmt.Errorf("Ed25519 key: %w", err)
	}
	public = append(ed25519.PublicKey(nil), public...)
	return Key{algorithm: EdDSA, verify: func(signed, signature []byte) bool {
		return ed25519.Verify(public, signed, signature)
	}}, nil
}

// Private returns the key that signs with an *rsa.PrivateKey, *ecdsa.PrivateKey or ed25519.PrivateKey, or with a signer
// elsewhere whose public key is of these kinds, and verifies with its public key.
func Private(signer crypto.Signer) (Key, error) {
	var k Key
	var err error
	switch public := signer.Public().(type) {
	case *rsa.PublicKey:
		k, err = RSA(public)
		k.sign = func(signed []byte) ([]byte, error) { return signDigest(signer, signed) }
	case *ecdsa.PublicKey:
		k, err = ECDSA(public)
		k.sign = func(signed []byte) ([]byte, error) { return signES256(signer, signed) }
	case ed25519.PublicKey:
		k, err = Ed25519(public)
		k.sign = func(signed []byte) ([]byte, error) { return signer.Sign(rand.Reader, signed, crypto.Hash(0)) }
	default:
		err = fmt.Errorf("no algorithm signs with keys of type %T", public)
	}
	if err != nil {
		return Key{}, err
	}
	return k, nil
}

func signDigest(signer crypto.Signer, signed []byte) ([]byte, error) {
	digest := sha256.Sum256(signed)
	return signer.Sign(rand.Reader, digest[:], crypto.SHA256)
}

// signES256 turns the DER that signers write into the two numbers side by side that RFC 7518 §3.4 wants.
func signES256(signer crypto.Signer, signed []byte) ([]byte, error) {
	der, err := signDigest(signer, signed)
	if err != nil {
		return nil, err
	}
	var numbers struct{ R, S *big.Int }
	if _, err := asn1.Unmarshal(der, &numbers); err != nil {
		return nil, err
	}
	signature := make([]byte, 2*scalarBytes)
	numbers.R.FillBytes(signature[:scalarBytes])
	numbers.S.FillBytes(signature[scalarBytes:])
	return signature, nil
}
