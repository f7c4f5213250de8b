package auth

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"

	"headwater/auth/cat"
)

// openCAT verifies a Common Access Token by the keys for CAT of the project, and judges what it says of the request.
func (v *Visit) openCAT(text, path string) (Claims, error) {
	token, err := cat.Parse(text)
	switch {
	case errors.Is(err, cat.ErrUnsupported):
		return Claims{}, fmt.Errorf("%w: %w", NotAccepted, err)
	case err != nil:
		return Claims{}, fmt.Errorf("%w: %w", Malformed, err)
	}
	keyID, err := v.verify(&v.project.cat, UseCAT, token.KeyID, token.Algorithm, token.Verify)
	if err != nil {
		return Claims{}, err
	}
	c := &token.Claims
	claims := Claims{
		Form: CAT, ID: c.ID, KeyID: keyID, User: c.Subject,
		Issued: c.Issued, NotBefore: c.NotBefore, Expires: c.Expires, Once: c.Once,
	}
	if c.ID != "" && !isText(c.ID) || c.Subject != "" && !isText(c.Subject) { // it could not be revoked
		return Claims{}, fmt.Errorf("%w: claims cti and sub: want at most %d bytes of printable text", Malformed, maxText)
	}
	if claims.Client, err = v.judgeCAT(c, path); err != nil {
		return Claims{}, err
	}
	return claims, v.project.cat.judge(&claims, c.Issuer, c.Audience, v.Now)
}

// judgeCAT judges the limits that only tokens of this form have, by the request that shows one: a session holds none of
// them but the network that the client is in.
func (v *Visit) judgeCAT(c *cat.Claims, path string) (client netip.Prefix, err error) {
	scheme := "http"
	if v.Secure {
		scheme = "https"
	}
	if !c.URI.Matches(scheme, string(appendHost(nil, v.Host)), path) {
		return client, WrongAsset
	}
	if len(c.Methods) > 0 && !slices.Contains(c.Methods, "GET") {
		return client, NotAccepted
	}
	if len(c.Countries) > 0 && !v.inCountries(c.Countries) {
		return client, CountryDenied
	}
	if len(c.Networks) == 0 {
		return client, nil
	}
	i := slices.IndexFunc(c.Networks, func(network netip.Prefix) bool { return admits(network, v.Client) })
	if i < 0 {
		return client, WrongClient
	}
	return c.Networks[i], nil
}

// inCountries reports whether the client is known to be in one of some countries.
func (v *Visit) inCountries(codes []string) bool {
	if v.snapshot.locator == nil {
		return false
	}
	code, known := v.snapshot.locator.Country(v.Client)
	return known && slices.Contains(codes, string(code[:]))
}
