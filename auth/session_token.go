package auth

import (
	"bytes"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"net/netip"
	"time"
)

// A session token is the base64url text, without padding, of: version 1, flags, since, issued and expires in 4 bytes
// each, id, token, user and key in 8 bytes each, the length and bytes of the id of the session's key, the client prefix
// if the flags say so (its bits, then the address), the limits up to the MAC, and the MAC. Numbers are big-endian.
const (
	sessionVersion = 1
	fixedSession   = 2 + 3*4 + 4*8
	maxSession     = fixedSession + 1 + maxKeyID + 1 + 16 + MaxLimits + macSize
)

// MaxSessionToken is the length of the longest session token, in characters.
const MaxSessionToken = (maxSession*8 + 5) / 6

// The flags of a session token.
const (
	flagDraft = 1 << iota
	flagIPv4  // there is a client, of 4 bytes
	flagIPv6  // there is a client, of 16 bytes
	flagAnyPage
	flagsEnd
)

// tokenText is how tokens are written. It refuses what RFC 4648 §3.5 lets pass, but not line breaks.
var tokenText = base64.RawURLEncoding.Strict()

// AppendSession appends the token of s for one asset of a project, signed by the key that signs at s.Issued. It is safe
// as a path element. Errors wrap [ErrSession], or [ErrKey] if the project has no key for sessions.
func (r *Keyring) AppendSession(dst []byte, project, asset string, s *Session) ([]byte, error) {
	if err := s.validate(); err != nil {
		return dst, err
	}
	key := r.signing(project, UseSession, s.Issued)
	if key == nil {
		return dst, fmt.Errorf("%w: project %q has none for sessions: rotate the key of that use to make one", ErrKey, project)
	}
	var buffer [maxSession]byte
	body := appendSession(buffer[:0], key.ID, s)
	m := key.macs.Get().(*mac)
	body = append(body, m.session(project, asset, body)...)
	key.macs.Put(m)
	return tokenText.AppendEncode(dst, body), nil
}

func appendSession(dst []byte, keyID string, s *Session) []byte {
	flags := byte(0)
	if s.Draft {
		flags |= flagDraft
	}
	if s.AnyPage {
		flags |= flagAnyPage
	}
	client := s.Client.Addr()
	switch {
	case client.Is4():
		flags |= flagIPv4
	case client.Is6():
		flags |= flagIPv6
	}
	dst = append(dst, sessionVersion, flags)
	for _, v := range [...]int64{s.Since, s.Issued, s.Expires} {
		dst = binary.BigEndian.AppendUint32(dst, uint32(v))
	}
	for _, v := range [...]uint64{uint64(s.ID), s.Token, s.User, s.Key} {
		dst = binary.BigEndian.AppendUint64(dst, v)
	}
	dst = append(dst, byte(len(keyID)))
	dst = append(dst, keyID...)
	if s.Client.IsValid() {
		dst = append(dst, byte(s.Client.Bits()))
		dst = append(dst, client.AsSlice()...)
	}
	return append(dst, s.Limits()...)
}

// OpenSession reads a token that [Keyring.AppendSession] has made for that asset of that project into dst, and judges it
// at now, in Unix seconds. Its errors are each a [Cause]: [Malformed] for every other spelling of a token too,
// [UnknownKey], [BadSignature] also for one of another asset, [NotYet], [Expired]; dst is then of no use. It allocates
// nothing, unless a long token is not even base64url.
func (r *Keyring) OpenSession(dst *Session, token []byte, project, asset string, now int64) error {
	var buffer [maxSession]byte
	body, ok := decodeToken(buffer[:], token)
	if !ok {
		return Malformed
	}
	key, cause := r.authenticate(body, project, asset, now)
	if cause != 0 {
		return cause
	}
	if !dst.parse(key.ID, body[:len(body)-macSize]) {
		return Malformed
	}
	switch {
	case dst.Issued > now+skew:
		return NotYet
	case now >= dst.Expires:
		return Expired
	}
	return nil
}

// decodeToken decodes token into buffer if that is as long as it can be, and token the one text of those bytes.
func decodeToken(buffer, token []byte) ([]byte, bool) {
	if len(token) > MaxSessionToken || bytes.IndexByte(token, '\n') >= 0 || bytes.IndexByte(token, '\r') >= 0 {
		return nil, false
	}
	n, err := tokenText.Decode(buffer, token)
	return buffer[:n], err == nil && n > fixedSession+macSize
}

// authenticate finds the key that a token names and compares the MAC. Nothing else of the token is trusted before.
func (r *Keyring) authenticate(body []byte, project, asset string, now int64) (*ringKey, Cause) {
	signed, sum := body[:len(body)-macSize], body[len(body)-macSize:]
	length := int(signed[fixedSession])
	id := signed[fixedSession+1:]
	if signed[0] != sessionVersion || length > maxKeyID || length > len(id) {
		return nil, Malformed
	}
	key := r.verifying(project, UseSession, string(id[:length]), now)
	if key == nil {
		return nil, UnknownKey
	}
	m := key.macs.Get().(*mac)
	defer key.macs.Put(m)
	if subtle.ConstantTimeCompare(sum, m.session(project, asset, signed)) != 1 {
		return nil, BadSignature
	}
	return key, 0
}

// parse sets s to what an authentic token holds, and reports whether it is one that appendSession writes.
func (s *Session) parse(keyID string, signed []byte) bool {
	flags := signed[1]
	if flags >= flagsEnd {
		return false
	}
	*s = Session{
		KeyID:   keyID,
		Since:   int64(binary.BigEndian.Uint32(signed[2:])),
		Issued:  int64(binary.BigEndian.Uint32(signed[6:])),
		Expires: int64(binary.BigEndian.Uint32(signed[10:])),
		ID:      SessionID(binary.BigEndian.Uint64(signed[14:])),
		Token:   binary.BigEndian.Uint64(signed[22:]),
		User:    binary.BigEndian.Uint64(signed[30:]),
		Key:     binary.BigEndian.Uint64(signed[38:]),
		Draft:   flags&flagDraft != 0,
		AnyPage: flags&flagAnyPage != 0,
	}
	rest, ok := s.parseClient(flags, signed[fixedSession+1+len(keyID):])
	if !ok || len(rest) > MaxLimits {
		return false
	}
	s.limitsLength = uint8(copy(s.limits[:], rest))
	return s.ID != 0 && s.Since <= s.Issued && s.Issued < s.Expires && s.Expires-s.Issued <= int64(MaxSessionLife/time.Second)
}

// parseClient reads the prefix that the flags announce and returns what follows it.
func (s *Session) parseClient(flags byte, signed []byte) ([]byte, bool) {
	size := 0
	switch flags & (flagIPv4 | flagIPv6) {
	case 0:
		return signed, true
	case flagIPv4:
		size = 4
	case flagIPv6:
		size = 16
	}
	if size == 0 || len(signed) < 1+size {
		return nil, false
	}
	client, _ := netip.AddrFromSlice(signed[1 : 1+size])
	s.Client = netip.PrefixFrom(client, int(signed[0]))
	return signed[1+size:], s.Client.IsValid() && isCanonical(s.Client)
}
