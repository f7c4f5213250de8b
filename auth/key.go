package auth

import (
	"errors"
	"fmt"
	"io"
	"time"
)

// Lives. Nothing that a key has signed outlives the one of its [Use], so a retired key may be forgotten after it.
const (
	MaxPreviewLinkLife = 24 * time.Hour // of a PlayAuth that plays drafts
	MaxSessionLife     = 24 * time.Hour
	MaxLife            = 7 * 24 * time.Hour // of every other credential, whatever the policy says
)

// settling is how long a new key waits before it signs, and how much longer a retired one verifies: until then there
// are origins that have not read the ring yet.
const settling = 10 * time.Second

// Use is what a key signs. A key has one, so that what is signed for one is worth nothing for another.
type Use uint8

// The uses.
const (
	UsePlayAuth Use = iota + 1
	UseSession      // by origins only; nobody else needs to know it
	UseURL          // signed URLs, also those that a CDN verifies
	UseJWT          // a secret shared with an identity provider
	UseCAT          // a secret shared with the issuer of Common Access Tokens
)

var uses = [...]struct {
	name      string
	algorithm string        // of its keys
	life      time.Duration // of what they sign, at most
	minimum   int           // bytes of a secret
}{
	UsePlayAuth: {"playauth", "", MaxPreviewLinkLife, minHMACSecret},
	UseSession:  {"session", "", MaxSessionLife, minHMACSecret},
	UseURL:      {"url", "", MaxLife, minURLSecret},
	UseJWT:      {"jwt", "HS256", MaxLife, minHMACSecret},
	UseCAT:      {"cat", "HS256", MaxLife, minHMACSecret},
}

// Bounds of secrets in bytes. Those of HMAC-SHA256 have the length of its output at least (RFC 7518 §3.2); those of
// URLs are what CDNs take.
const (
	minHMACSecret = 32
	minURLSecret  = 16
	maxSecret     = 128
)

// Lengths of the id of a key.
const (
	minKeyID = 4
	maxKeyID = 32
)

// ErrKey says that a key cannot be used as it is; the text that it is wrapped in says why.
var ErrKey = errors.New("bad key")

func (u Use) valid() bool { return u > 0 && int(u) < len(uses) }

// String returns the name of u: playauth, session, url, jwt or cat.
func (u Use) String() string {
	if !u.valid() {
		return fmt.Sprintf("Use(%d)", uint8(u))
	}
	return uses[u].name
}

// Algorithm returns the one of RFC 7518 that the keys name; empty for none.
func (u Use) Algorithm() string {
	if !u.valid() {
		return ""
	}
	return uses[u].algorithm
}

// MarshalText returns the name of u.
func (u Use) MarshalText() ([]byte, error) {
	if !u.valid() {
		return nil, fmt.Errorf("%w: use %d", ErrKey, uint8(u))
	}
	return []byte(uses[u].name), nil
}

// UnmarshalText reads the name of a use; errors wrap [ErrKey].
func (u *Use) UnmarshalText(text []byte) error {
	for candidate := UsePlayAuth; candidate.valid(); candidate++ {
		if uses[candidate].name == string(text) {
			*u = candidate
			return nil
		}
	}
	return fmt.Errorf("%w: use %q: want playauth, session, url, jwt or cat", ErrKey, text)
}

// Secret is the secret part of a key. It prints, and marshals, as "***".
type Secret []byte

const hidden = "***"

// Format writes "***" whatever the verb.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) }

// String returns "***".
func (Secret) String() string { return hidden }

// MarshalText returns "***".
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Key is one symmetric key of a project.
type Key struct {
	Project string // empty for the default project
	ID      string // 4 to 32 of a-z, 0-9 and hyphen; unique in the project
	Use     Use
	// Algorithm is the one of RFC 7518 that the key is for: HS256 for [UseJWT] and [UseCAT], else empty.
	Algorithm string
	// Secret has 32 to 128 bytes; that of [UseURL] is text, 16 to 128 printable ASCII characters.
	Secret  Secret
	Created time.Time // whole seconds
	Retired time.Time // zero while it signs
}

// Validate reports what is wrong with k; errors wrap [ErrKey] and do not hold the secret.
func (k *Key) Validate() error {
	switch {
	case !k.Use.valid():
		return k.errorf("its use %d is none", k.Use)
	case k.Project != "" && !validID(k.Project):
		return k.errorf("the id of its project is not valid")
	case len(k.ID) < minKeyID || len(k.ID) > maxKeyID || !isLowerASCII(k.ID):
		return k.errorf("its id must have %d to %d of a-z, 0-9 and hyphen", minKeyID, maxKeyID)
	case k.Algorithm != uses[k.Use].algorithm:
		return k.errorf("algorithm %q; keys for %s have %q", k.Algorithm, k.Use, uses[k.Use].algorithm)
	case len(k.Secret) < uses[k.Use].minimum || len(k.Secret) > maxSecret:
		return k.errorf("its secret has %d bytes, must have %d to %d", len(k.Secret), uses[k.Use].minimum, maxSecret)
	case k.Use == UseURL && !isVisibleASCII(k.Secret):
		return k.errorf("the secret of a key for URLs is text of printable ASCII characters without spaces")
	case k.Created.Unix() <= 0:
		return k.errorf("it does not say when it was created")
	case !k.Retired.IsZero() && k.Retired.Before(k.Created):
		return k.errorf("it was retired before it was created")
	}
	return nil
}

func (k *Key) errorf(format string, values ...any) error {
	return fmt.Errorf("%w %q of project %q: %s", ErrKey, k.ID, k.Project, fmt.Sprintf(format, values...))
}

// VerifiesUntil returns when k stops to verify: when nothing that it has signed can live; zero while it signs.
func (k *Key) VerifiesUntil() time.Time {
	if k.Retired.IsZero() {
		return time.Time{}
	}
	return k.Retired.Add(uses[k.Use].life + settling)
}

// maxID is the length of the longest id of a project or asset.
const maxID = 64

// validID reports whether id may be that of a project, an asset or a track.
func validID(id string) bool {
	return id != "" && len(id) <= maxID && id[0] != '-' && id[len(id)-1] != '-' && isLowerASCII(id)
}

// isLowerASCII reports whether s has only a-z, 0-9 and hyphen.
func isLowerASCII(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

func isVisibleASCII(s []byte) bool {
	for _, c := range s {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}
