package jws

import (
	"crypto/ed25519"
	"errors"
	"math/big"
	"slices"
)

// The curve -x² + y² = 1 + dx²y² modulo p (RFC 8032 §5.1).
var (
	edwardsP = new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), 255), big.NewInt(19))
	edwardsD = modulo(func(z *big.Int) { // -121665/121666
		z.Mul(big.NewInt(-121665), z.ModInverse(big.NewInt(121666), edwardsP))
	})
)

// modulo returns what f makes of a number, reduced modulo p.
func modulo(f func(z *big.Int)) *big.Int {
	z := new(big.Int)
	f(z)
	return z.Mod(z, edwardsP)
}

// checkEd25519 wants the one encoding of a point of the curve whose order is not 1, 2, 4 or 8. [ed25519.Verify] takes those
// few as well, but signatures under them can be made without any private key. The arithmetic is not constant in time: the
// key is public.
func checkEd25519(public ed25519.PublicKey) error {
	if len(public) != ed25519.PublicKeySize {
		return errors.New("not 32 bytes")
	}
	bigEndian := slices.Clone(public)
	slices.Reverse(bigEndian)
	negative := bigEndian[0]&0x80 != 0
	bigEndian[0] &= 0x7f
	y := new(big.Int).SetBytes(bigEndian)
	if y.Cmp(edwardsP) >= 0 {
		return errors.New("not the one encoding of a point")
	}
	one := big.NewInt(1)
	yy := modulo(func(z *big.Int) { z.Mul(y, y) })
	dyy := modulo(func(z *big.Int) { z.Mul(edwardsD, yy) })
	// x² = (y² - 1) / (dy² + 1) is a square exactly when (y² - 1)(dy² + 1) is one; d is none, so the divisor is never 0.
	numerator := modulo(func(z *big.Int) { z.Sub(yy, one) })
	square := modulo(func(z *big.Int) { z.Mul(numerator, z.Add(dyy, one)) })
	if big.Jacobi(square, edwardsP) < 0 || negative && square.Sign() == 0 {
		return errors.New("not a point of the curve")
	}
	// Of order 1 and 2 are the points with y² = 1, of order 4 those with y = 0. A point of order 8 doubles to one of those:
	// y² = -x², which put into the equation of the curve is dy⁴ + 2y² - 1 = 0.
	eighth := modulo(func(z *big.Int) { z.Mul(dyy, yy); z.Add(z, yy); z.Add(z, yy); z.Sub(z, one) })
	if y.Sign() == 0 || numerator.Sign() == 0 || eighth.Sign() == 0 {
		return errors.New("a point of small order, under which anybody can sign")
	}
	return nil
}
