package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"headwater/auth/urlsign"
)

// SplitURL takes the signature off the path and the query of a request, as they were sent. It returns the path that is
// left, and whether there was a signature. The error is [Malformed].
func (v *Visit) SplitURL(path, query string) (plainPath string, signed bool, err error) {
	plainPath, v.sig, signed, err = v.project.scheme.Split(path, query)
	if err != nil {
		return plainPath, signed, Malformed
	}
	return plainPath, signed, nil
}

// PresentURL takes the signature that SplitURL has found, as a credential for an asset by its plain id. The error is the
// [Cause] why it is void.
func (v *Visit) PresentURL(asset string) error {
	var scratch [2]Key
	var keys [2]urlsign.Key
	known := v.snapshot.keys.AppendVerifying(scratch[:0], v.project.name, UseURL, v.Now)
	for i := range known {
		keys[i] = urlsign.Key{ID: known[i].ID, Secret: known[i].Secret}
	}
	if len(known) == 0 {
		return UnknownKey
	}
	result, err := v.sig.Verify(keys[:len(known)], v.Now)
	switch {
	case errors.Is(err, urlsign.ErrExpired):
		return Expired
	case err != nil:
		return BadSignature
	case result.Expires.Sub(v.Now) > MaxLife: // longer than it is known what was revoked
		return TooLong
	}
	claims := Claims{
		Form: SignedURL, KeyID: result.KeyID, Asset: asset, Expires: result.Expires, PreviewSeconds: result.PreviewSeconds,
	}
	if result.UID != nobody {
		claims.User = strings.Clone(result.UID)
	}
	return v.accept(claims, asset)
}

// nobody is what signed URLs have in place of a user.
const nobody = "0"

// AppendSigned appends the URL of a path, as it stands in the request line, that is signed as type A by the key of the
// project, in the name of nobody, and expires at a time, in whole seconds. previewSeconds is how much of the beginning it
// is good for, 0 for all. Errors wrap [ErrKey].
func (v *Visit) AppendSigned(dst, path []byte, expires time.Time, previewSeconds int) ([]byte, error) {
	p := v.project
	key, ok := v.snapshot.keys.Signing(p.name, UseURL, v.Now)
	if !ok {
		return dst, fmt.Errorf("%w: project %q has none for URLs: rotate the key of that use to make one", ErrKey, p.name)
	}
	if !slices.Contains(p.scheme.Types, urlsign.A) {
		return dst, fmt.Errorf("%w: project %q does not take URLs of type A: name it in signed_url.types", ErrKey, p.name)
	}
	signing := urlsign.Key{ID: key.ID, Secret: key.Secret}
	return p.scheme.Append(dst, urlsign.A, string(path), signing, expires.Add(-p.scheme.Validity), "", "", previewSeconds), nil
}
