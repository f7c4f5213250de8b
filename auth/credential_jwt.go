package auth

import (
	"encoding/json"
	"fmt"

	"headwater/auth/internal/strictjson"
	"headwater/auth/jws"
)

// openJWT verifies a token that is no PlayAuth by the keys for JWT of the project.
func (v *Visit) openJWT(message *jws.Message) (Claims, error) {
	keyID, err := v.verify(&v.project.jwt, UseJWT, message.Header.KeyID, message.Header.Algorithm, message.Verify)
	if err != nil {
		return Claims{}, err
	}
	claims, err := parseClaims(message.Payload, jwtClaims)
	if err != nil {
		return Claims{}, err
	}
	claims.Form, claims.KeyID = JWT, keyID
	issuer, audience, err := parseParties(message.Payload)
	if err != nil {
		return Claims{}, err
	}
	return claims, v.project.jwt.judge(&claims, issuer, audience, v.Now)
}

// parseParties reads who a token is by and for (RFC 7519 §4.1.1, §4.1.3), which it need not say.
func parseParties(payload []byte) (issuer string, audience []string, err error) {
	members, err := strictjson.Object(payload)
	if err != nil {
		return "", nil, fmt.Errorf("%w: claims: %w", Malformed, err)
	}
	if raw, ok := members["iss"]; ok && !decode(raw, &issuer) {
		return "", nil, fmt.Errorf("%w: claim iss: want text", Malformed)
	}
	if raw, ok := members["aud"]; ok && !decodeAudience(raw, &audience) {
		return "", nil, fmt.Errorf("%w: claim aud: want text, or a list of it", Malformed)
	}
	return issuer, audience, nil
}

func decodeAudience(raw json.RawMessage, audience *[]string) bool {
	var one string
	if decode(raw, &one) {
		*audience = []string{one}
		return true
	}
	return decode(raw, audience)
}
