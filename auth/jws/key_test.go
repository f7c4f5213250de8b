package jws

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"
	"testing"
)

func TestKeyRejects(t *testing.T) {
	if k := HMAC(make([]byte, MinSecretBytes-1)); k.Algorithm() != "" || k.verify != nil {
		t.Error("a short secret makes a key")
	}
	modulus := new(big.Int).SetBytes(decode(t, modulusRS256))
	for name, public := range map[string]*rsa.PublicKey{
		"none":               nil,
		"empty":              {},
		"1024 bits":          {N: new(big.Int).Rsh(modulus, 1024), E: 65537},
		"8193 bits":          {N: new(big.Int).SetBit(modulus, 8192, 1), E: 65537},
		"even modulus":       {N: new(big.Int).SetBit(modulus, 0, 0), E: 65537},
		"exponent 1":         {N: modulus, E: 1},
		"even exponent":      {N: modulus, E: 65536},
		"negative exponent":  {N: modulus, E: -3},
		"no exponent at all": {N: modulus},
	} {
		if _, err := RSA(public); err == nil {
			t.Errorf("RSA: %s", name)
		}
	}
	p384, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Private(p384); err == nil {
		t.Error("ECDSA on P-384")
	}
	for name, public := range map[string]*ecdsa.PublicKey{
		"none":         nil,
		"empty":        {},
		"not on curve": {Curve: elliptic.P256(), X: big.NewInt(1), Y: big.NewInt(1)},
		"infinity":     {Curve: elliptic.P256(), X: new(big.Int), Y: new(big.Int)},
	} {
		if _, err := ECDSA(public); err == nil {
			t.Errorf("ECDSA: %s", name)
		}
	}
}

// TestSmallOrder: a signature of zeros verifies for each payload under a key of order 1, and such keys are refused.
func TestSmallOrder(t *testing.T) {
	const identity = "0100000000000000000000000000000000000000000000000000000000000000"
	public, err := hex.DecodeString(identity)
	if err != nil {
		t.Fatal(err)
	}
	if !ed25519.Verify(public, []byte("anything"), append(public, make([]byte, 32)...)) {
		t.Error("the attack does not work any more: the check may go")
	}
	for _, point := range []string{
		identity,
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f", // order 2
		"0000000000000000000000000000000000000000000000000000000000000000", // order 4
		"0000000000000000000000000000000000000000000000000000000000000080",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05", // order 8
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
	} {
		public, err := hex.DecodeString(point)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Ed25519(public); err == nil || !strings.Contains(err.Error(), "small order") {
			t.Errorf("%s: %v", point, err)
		}
	}
	for name, point := range map[string]string{
		"other spelling of order 1": "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"minus zero":                "0100000000000000000000000000000000000000000000000000000000000080",
		"not on the curve":          "0200000000000000000000000000000000000000000000000000000000000000",
		"31 bytes":                  identity[2:],
		"33 bytes":                  identity + "00",
	} {
		public, err := hex.DecodeString(point)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := Ed25519(public); err == nil {
			t.Errorf("%s is a key", name)
		}
	}
}

// TestEd25519Takes: every key that the standard library makes is one.
func TestEd25519Takes(t *testing.T) {
	for i := range 200 {
		seed := make([]byte, ed25519.SeedSize)
		seed[0] = byte(i)
		if _, err := Private(ed25519.NewKeyFromSeed(seed)); err != nil {
			t.Errorf("seed %d: %v", i, err)
		}
	}
}

// TestCopies: a caller may wipe what a key was made from.
func TestCopies(t *testing.T) {
	secret, public := decode(t, secretHS256), decode(t, xEdDSA)
	k := HMAC(secret)
	o, err := Ed25519(public)
	if err != nil {
		t.Fatal(err)
	}
	clear(secret)
	clear(public)
	for token, key := range map[string]Key{messageHS256: k, messageEdDSA: o} {
		m, err := Parse(token)
		if err != nil {
			t.Fatal(err)
		}
		if err := m.Verify(key); err != nil {
			t.Errorf("%v: %v", key, err)
		}
	}
}

// TestFormat: no verb shows a secret.
func TestFormat(t *testing.T) {
	k := HMAC([]byte(strings.Repeat("A", MinSecretBytes)))
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
		if got := fmt.Sprintf(verb, k); got != "jws.Key(HS256)" {
			t.Errorf("%s: %s", verb, got)
		}
		if got := fmt.Sprintf(verb, Set{keys: []SetKey{{"id", k}}}); strings.Contains(got, "AAA") || strings.Contains(got, "4141") || strings.Contains(got, "65 65") {
			t.Errorf("%s of a set: %s", verb, got)
		}
	}
}
