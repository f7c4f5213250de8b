package auth

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

// ErrRevocation says that something cannot be revoked like that; the text that it is wrapped in says why.
var ErrRevocation = errors.New("bad revocation")

// MaxRevocations is how many there may be at once, in all projects together.
const MaxRevocations = 1 << 16

// RevocationKind says what a revocation hits.
type RevocationKind uint8

// The kinds. Tokens, sessions and keys have ids that name one thing, which is void whenever it says it was issued: who
// holds a stolen key writes what he likes. Users and assets live on, and what is issued after the revocation is good.
const (
	RevokeToken   RevocationKind = iota + 1 // the id of a credential; hits the sessions it was exchanged for too
	RevokeUser                              // all credentials and sessions of a user
	RevokeSession                           // the id of a session
	RevokeAsset                             // all credentials and sessions for an asset
	RevokeKey                               // all that a key has signed, and the sessions that was exchanged for
)

var revocationNames = [...]string{
	RevokeToken: "token", RevokeUser: "user", RevokeSession: "session", RevokeAsset: "asset", RevokeKey: "key",
}

func (k RevocationKind) valid() bool { return k > 0 && int(k) < len(revocationNames) }

// String returns the name of k: token, user, session, asset or key.
func (k RevocationKind) String() string {
	if !k.valid() {
		return fmt.Sprintf("RevocationKind(%d)", uint8(k))
	}
	return revocationNames[k]
}

// MarshalText returns the name of k.
func (k RevocationKind) MarshalText() ([]byte, error) {
	if !k.valid() {
		return nil, fmt.Errorf("%w: kind %d", ErrRevocation, uint8(k))
	}
	return []byte(revocationNames[k]), nil
}

// UnmarshalText reads the name of a kind; errors wrap [ErrRevocation].
func (k *RevocationKind) UnmarshalText(text []byte) error {
	i := slices.Index(revocationNames[1:], string(text))
	if i < 0 {
		return fmt.Errorf("%w: kind %q: want token, user, session, asset or key", ErrRevocation, text)
	}
	*k = RevocationKind(i + 1)
	return nil
}

// Revocation makes void what was issued.
type Revocation struct {
	Kind    RevocationKind
	Project string // empty for the default project
	Value   string // the id, as it stands in the credential; of a session 16 hexadecimal digits
	// At is the last instant of issue that is void, in whole seconds. Clocks of backends that are ahead issue after it.
	At time.Time
	// Until is when the revocation may be forgotten, as nothing that it hits can live; zero stands for At plus [MaxLife].
	Until time.Time
}

// Validate reports what is wrong with r; errors wrap [ErrRevocation].
func (r *Revocation) Validate() error {
	switch {
	case !r.Kind.valid():
		return fmt.Errorf("%w: kind %d", ErrRevocation, r.Kind)
	case r.Project != "" && !validID(r.Project):
		return fmt.Errorf("%w: project %q: not an id", ErrRevocation, r.Project)
	case !r.validValue():
		return fmt.Errorf("%w: %q is not the id of a %s", ErrRevocation, r.Value, r.Kind)
	case r.At.Unix() <= 0 || r.At.Unix() > maxDate:
		return fmt.Errorf("%w: %s %q at %v", ErrRevocation, r.Kind, r.Value, r.At)
	case !r.Until.IsZero() && (!r.Until.After(r.At) || r.Until.Unix() > maxDate):
		return fmt.Errorf("%w: %s %q is over at %v, before it begins", ErrRevocation, r.Kind, r.Value, r.Until)
	}
	return nil
}

func (r *Revocation) validValue() bool {
	switch r.Kind {
	case RevokeSession:
		_, ok := parseSessionID(r.Value)
		return ok
	case RevokeAsset:
		return validID(r.Value)
	case RevokeKey:
		return len(r.Value) >= minKeyID && len(r.Value) <= maxKeyID && isLowerASCII(r.Value)
	default:
		return isText(r.Value)
	}
}

func parseSessionID(text string) (SessionID, bool) {
	id, err := strconv.ParseUint(text, 16, 64)
	return SessionID(id), err == nil && id != 0 && SessionID(id).String() == text
}
