package auth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"headwater/auth/jws"
)

// Lives of a PlayAuth.
const (
	PlayAuthLife    = 100 * time.Second // unless it says another
	MaxPlayAuthLife = 3000 * time.Second
)

// playAuthType is the typ of its header, which keeps it apart from other tokens that a backend signs (RFC 8725 §3.11).
const playAuthType = "playauth"

// Mint returns a PlayAuth: an HS256 JWT (RFC 7519) for one asset, signed by k. It is what backends in Go call; those in
// other languages sign the same claims with any JWT library:
//
//	header  {"alg": "HS256", "typ": "playauth", "kid": id of the key}
//	claims  sub           the asset, always
//	        iat, exp      seconds since 1970, always; at most 3,000 apart, or 86,400 with preview_link
//	        nbf           not before that; 30 s early is forgiven
//	        jti           an id, at most 128 bytes, for revoking it; once and preview_link need it
//	        user          an id of the viewer, at most 128 bytes, for revoking and counting
//	        ip            the address or prefix of the viewer
//	        tracks        ids of the tracks that exist for the viewer
//	        max_height    lines of the highest video
//	        preview       how many seconds of the beginning there are
//	        once          true: it is exchanged once
//	        referer       patterns that take the place of the policy's
//	        preview_link  true: it plays what is not published too
//
// Issued is the present if it is zero, Expires [PlayAuthLife] later, or [MaxPreviewLinkLife] for a Draft; fractions of
// seconds are cut off. Form, KeyID and SessionLife are ignored. Errors wrap [ErrKey], [Malformed] or [TooLong].
func Mint(k Key, c Claims) (string, error) {
	if err := k.Validate(); err != nil {
		return "", err
	}
	if k.Use != UsePlayAuth {
		return "", k.errorf("it is for %s, not for %s", k.Use, UsePlayAuth)
	}
	if c.Issued.IsZero() {
		c.Issued = time.Now()
	}
	if c.Expires.IsZero() {
		c.Expires = c.Issued.Add(defaultLife(&c))
	}
	payload, err := json.Marshal(claimsToJSON(&c))
	if err != nil {
		return "", fmt.Errorf("mint: %w", err)
	}
	if _, err := parsePlayAuth(payload); err != nil {
		return "", fmt.Errorf("mint: %w", err)
	}
	return jws.Sign(jws.HS256, k.ID, playAuthType, jws.HMAC(k.Secret), payload)
}

func defaultLife(c *Claims) time.Duration {
	if c.Draft {
		return MaxPreviewLinkLife
	}
	return PlayAuthLife
}

// OpenPlayAuth reads a PlayAuth and verifies that a key of the project has signed it; [Claims.Check] judges it further.
// Safe for bytes from outside; errors are or wrap a [Cause]: [Malformed], [UnknownKey], [BadSignature], [TooLong].
func (r *Keyring) OpenPlayAuth(token, project string, now time.Time) (Claims, error) {
	message, err := parseMessage(token)
	if err != nil {
		return Claims{}, err
	}
	return r.openPlayAuth(&message, project, now)
}

// parseMessage reads a token in the compact serialisation. Errors are each a [Cause].
func parseMessage(token string) (jws.Message, error) {
	message, err := jws.Parse(token)
	switch {
	case errors.Is(err, jws.ErrAlgorithm):
		return jws.Message{}, BadSignature
	case err != nil:
		return jws.Message{}, Malformed
	}
	return message, nil
}

func (r *Keyring) openPlayAuth(message *jws.Message, project string, now time.Time) (Claims, error) {
	if message.Header.Type != playAuthType {
		return Claims{}, Malformed
	}
	key := r.verifying(project, UsePlayAuth, message.Header.KeyID, now.Unix())
	if key == nil {
		return Claims{}, UnknownKey
	}
	if err := message.Verify(jws.HMAC(key.secret())); err != nil {
		return Claims{}, BadSignature
	}
	c, err := parsePlayAuth(message.Payload)
	if err != nil {
		return Claims{}, err
	}
	c.Form, c.KeyID = PlayAuth, key.ID
	return c, nil
}

// parsePlayAuth reads claims that are fit for a PlayAuth.
func parsePlayAuth(payload []byte) (Claims, error) {
	c, err := ParseClaims(payload)
	if err != nil {
		return Claims{}, err
	}
	longest := MaxPlayAuthLife
	if c.Draft {
		longest = MaxPreviewLinkLife
	}
	switch life := c.Expires.Sub(c.Issued); {
	case c.Asset == "":
		return Claims{}, fmt.Errorf("%w: there is no claim sub", Malformed)
	case c.Issued.IsZero():
		return Claims{}, fmt.Errorf("%w: there is no claim iat", Malformed)
	case life <= 0:
		return Claims{}, fmt.Errorf("%w: exp is not after iat", Malformed)
	case life > longest:
		return Claims{}, fmt.Errorf("%w: exp is %v after iat, at most %v", TooLong, life, longest)
	}
	return c, nil
}

// claimsJSON is the payload of a PlayAuth.
type claimsJSON struct {
	Subject   string   `json:"sub"`
	Issued    int64    `json:"iat"`
	Expires   int64    `json:"exp"`
	NotBefore int64    `json:"nbf,omitempty"`
	ID        string   `json:"jti,omitempty"`
	User      string   `json:"user,omitempty"`
	Client    string   `json:"ip,omitempty"`
	Tracks    []string `json:"tracks,omitzero"`
	MaxHeight int      `json:"max_height,omitempty"`
	Preview   int      `json:"preview,omitempty"`
	Once      bool     `json:"once,omitempty"`
	Referers  []string `json:"referer,omitzero"`
	Draft     bool     `json:"preview_link,omitempty"`
}

func claimsToJSON(c *Claims) claimsJSON {
	payload := claimsJSON{
		Subject: c.Asset, Issued: c.Issued.Unix(), Expires: c.Expires.Unix(), ID: c.ID, User: c.User, Tracks: c.Tracks,
		MaxHeight: c.MaxHeight, Preview: c.PreviewSeconds, Once: c.Once, Referers: c.Referers, Draft: c.Draft,
	}
	if !c.NotBefore.IsZero() {
		payload.NotBefore = c.NotBefore.Unix()
	}
	if c.Client != (netip.Prefix{}) {
		payload.Client = c.Client.String()
	}
	return payload
}
