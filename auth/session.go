package auth

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"net/netip"
	"time"
)

// MaxLimits is the length of the longest limits of a session, in bytes.
const MaxLimits = 192

// ErrSession says that a session cannot be made as it is; the text that it is wrapped in says why.
var ErrSession = errors.New("bad session")

// SessionID names a session. 0 names none.
type SessionID uint64

// NewSessionID returns a random id.
func NewSessionID() SessionID {
	var b [8]byte
	rand.Read(b[:]) // never fails
	return SessionID(max(binary.BigEndian.Uint64(b[:]), 1))
}

// String returns 16 hexadecimal digits.
func (id SessionID) String() string { return fmt.Sprintf("%016x", uint64(id)) }

// Session is what a credential is exchanged for, and what each URL of a playback then proves. It is comparable, and may
// be copied.
type Session struct {
	ID    SessionID
	KeyID string // of the key of the session; set by opening it
	// Issued and Expires are in Unix seconds; it is over at Expires, which is at most [MaxSessionLife] later.
	Issued, Expires int64
	// Since is when the credential was issued, in Unix seconds, 0 if it does not say. What revokes the credential so revokes
	// the session, wherever and whenever the one was exchanged for the other.
	Since int64
	// Token, User and Key are the [Hash64] of the credential's id, its user and the id of its key; 0 where it has none.
	Token, User, Key uint64
	Client           netip.Prefix // zero for any
	Draft            bool         // plays what is not published too
	AnyPage          bool         // the credential had a rule of its own about pages, and was exchanged on one of them
	limits           [MaxLimits]byte
	limitsLength     uint8
}

// NewSession returns the session of a new id that c is exchanged for at now, without limits. Lives of less than a second
// and more than [MaxSessionLife] do not become tokens.
func NewSession(project string, c *Claims, now time.Time, life time.Duration) Session {
	s := Session{
		ID:     NewSessionID(),
		Issued: now.Unix(), Expires: now.Add(life).Unix(),
		Token:  Hash64(RevokeToken, project, c.ID),
		User:   Hash64(RevokeUser, project, c.User),
		Key:    Hash64(RevokeKey, project, c.KeyID),
		Client: c.Client,
		Draft:  c.Draft, AnyPage: c.Referers != nil,
	}
	if !c.Issued.IsZero() {
		s.Since = min(c.Issued.Unix(), s.Issued) // who issues may have a clock that is ahead
	}
	return s
}

// Limits returns the options under which the session plays, as in a URL; empty for none. They are part of s.
func (s *Session) Limits() []byte { return s.limits[:s.limitsLength] }

// SetLimits copies the options under which the session plays: at most [MaxLimits] of what options are written in. Errors
// wrap [ErrSession].
func (s *Session) SetLimits(limits string) error {
	if len(limits) > MaxLimits {
		return fmt.Errorf("%w: limits of %d bytes, at most %d: name fewer tracks, or a height", ErrSession, len(limits), MaxLimits)
	}
	for i := range len(limits) {
		if !isOption(limits[i]) {
			return fmt.Errorf("%w: limits %q: not an options element of a URL", ErrSession, limits)
		}
	}
	s.limits = [MaxLimits]byte{}
	s.limitsLength = uint8(copy(s.limits[:], limits))
	return nil
}

// isOption reports whether c may stand in the options element of a URL.
func isOption(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '=' || c == ',' || c == '+' || c == '-' || c == '.'
}

// Admits reports whether client may use the session. It allocates nothing.
func (s *Session) Admits(client netip.Addr) bool { return admits(s.Client, client) }

func (s *Session) validate() error {
	switch {
	case s.ID == 0:
		return fmt.Errorf("%w: it has no id", ErrSession)
	case s.Since < 0 || s.Since > s.Issued || s.Issued >= s.Expires || s.Expires > math.MaxUint32:
		return fmt.Errorf("%w: of a credential of %d, from %d to %d", ErrSession, s.Since, s.Issued, s.Expires)
	case s.Expires-s.Issued > int64(MaxSessionLife/time.Second):
		return fmt.Errorf("%w: it lasts %d s, at most %v", ErrSession, s.Expires-s.Issued, MaxSessionLife)
	case s.Client != netip.Prefix{} && !isCanonical(s.Client):
		return fmt.Errorf("%w: client %v: not a masked prefix of plain addresses", ErrSession, s.Client)
	}
	return nil
}
