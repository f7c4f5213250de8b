package auth

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"headwater/auth/jws"
)

// Present takes a credential that is a text of its own, a PlayAuth, JWT or CAT, for an asset by its plain id. path is that of
// the request. The error is, or wraps, the [Cause] why it is void.
func (v *Visit) Present(token, asset, path string) error {
	claims, err := v.open(token, path)
	if err != nil {
		return err
	}
	return v.accept(claims, asset)
}

// open reads and verifies a credential of any form.
func (v *Visit) open(token, path string) (Claims, error) {
	switch {
	case len(token) > MaxToken:
		return Claims{}, Malformed
	case !strings.Contains(token, "."):
		return v.openCAT(token, path)
	}
	message, err := parseMessage(token)
	switch {
	case err != nil:
		return Claims{}, err
	case message.Header.Type == playAuthType:
		return v.snapshot.keys.openPlayAuth(&message, v.project.name, v.Now)
	default:
		return v.openJWT(&message)
	}
}

// accept judges what a credential says and notes it.
func (v *Visit) accept(claims Claims, asset string) error {
	if err := claims.Check(v.Now, asset, v.Client); err != nil {
		return err
	}
	if v.snapshot.revoked.RevokedClaims(v.project.name, asset, &claims) {
		return Revoked
	}
	v.claims, v.shown, v.asset = claims, aCredential, asset
	return nil
}

// maxCandidates is how many keys are tried on a token that does not say which has signed it: strangers choose what is tried,
// and asymmetric signatures are dear to verify.
const maxCandidates = 8

// verify finds the key that a token names, or where it names none one of the few that it may be, and has check try it. It
// returns the id by which the key can be revoked.
func (v *Visit) verify(t *trust, use Use, kid, algorithm string, check func(jws.Key) error) (keyID string, err error) {
	keys := v.candidates(t, use, kid, algorithm)
	if len(keys) == 0 || len(keys) > maxCandidates {
		return "", UnknownKey
	}
	for _, k := range keys {
		if check(k.Key) == nil {
			return k.ID, nil
		}
	}
	return "", BadSignature
}

func (v *Visit) candidates(t *trust, use Use, kid, algorithm string) (keys []jws.SetKey) {
	if algorithm == jws.HS256 { // public sets hold no secrets
		for _, k := range v.snapshot.keys.AppendVerifying(nil, v.project.name, use, v.Now) {
			if kid == "" || k.ID == kid {
				keys = append(keys, jws.SetKey{ID: k.ID, Key: jws.HMAC(k.Secret)})
			}
		}
		return keys
	}
	for _, set := range t.sets {
		keys = append(keys, set.Find(kid, algorithm)...)
	}
	return keys
}

// judge judges who a token is by and for, and how long it is good. One that does not say when it was issued counts as issued
// now.
func (t *trust) judge(c *Claims, issuer string, audience []string, now time.Time) error {
	issued, longest := c.Issued, t.maxLife()
	if issued.IsZero() {
		issued = now
	}
	if c.Draft {
		longest = min(longest, MaxPreviewLinkLife)
	}
	switch {
	case t.Issuer != "" && issuer != t.Issuer:
		return fmt.Errorf("%w: another issuer", NotAccepted)
	case t.Audience != "" && !slices.Contains(audience, t.Audience):
		return fmt.Errorf("%w: another audience", NotAccepted)
	case c.Expires.IsZero():
		return fmt.Errorf("%w: it does not expire", Malformed)
	case c.Expires.Sub(issued) > longest:
		return TooLong
	}
	return nil
}
