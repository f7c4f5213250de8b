package auth

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"time"
)

// maxKeys bounds a ring; its projects have up to ten keys each.
const maxKeys = 4096

// Keyring holds the keys of all projects. For each use a project has at most two: the one that signs, and the one that
// signed before it and still verifies. A ring is immutable and safe for concurrent use; the zero value is empty.
type Keyring struct {
	named map[keyName]*ringKey
	pairs map[keySlot]keyPair
}

type keyName struct{ project, id string }

type keySlot struct {
	project string
	use     Use
}

// keyPair is what a project has for one use; each may be nil.
type keyPair struct{ current, former *ringKey }

// ringKey is a key in a ring. Its own Secret is nil, as fmt prints what is in unexported fields without asking their
// type, but not what is behind a function.
type ringKey struct {
	Key
	secret        func() Secret
	signsFrom     int64 // Unix seconds
	verifiesUntil int64
	macs          sync.Pool // of *mac
}

// NewKeyring returns a ring of copies of keys. Errors wrap [ErrKey].
func NewKeyring(keys []Key) (*Keyring, error) {
	if len(keys) > maxKeys {
		return nil, fmt.Errorf("%w: %d keys, a ring holds at most %d", ErrKey, len(keys), maxKeys)
	}
	r := &Keyring{make(map[keyName]*ringKey, len(keys)), make(map[keySlot]keyPair)}
	for _, k := range keys {
		if err := r.insert(k); err != nil {
			return nil, err
		}
	}
	for _, pair := range r.pairs { // until every origin knows the new key, the former signs on
		if pair.current != nil && pair.former != nil {
			pair.current.signsFrom = pair.former.Retired.Add(settling).Unix()
		}
	}
	return r, nil
}

func (r *Keyring) insert(k Key) error {
	if err := k.Validate(); err != nil {
		return err
	}
	name, slot := keyName{k.Project, k.ID}, keySlot{k.Project, k.Use}
	if r.named[name] != nil {
		return k.errorf("there are two of this id")
	}
	pair := r.pairs[slot]
	place := &pair.current
	if !k.Retired.IsZero() {
		place = &pair.former
	}
	if *place != nil {
		return k.errorf("%q is for %s too; there may be one that signs and one that is retired", (*place).ID, k.Use)
	}
	*place = newRingKey(k)
	r.named[name], r.pairs[slot] = *place, pair
	return nil
}

func newRingKey(k Key) *ringKey {
	secret := slices.Clone(k.Secret)
	k.Secret = nil
	k.Created = k.Created.Truncate(time.Second).UTC()
	if !k.Retired.IsZero() {
		k.Retired = k.Retired.Truncate(time.Second).UTC()
	}
	e := &ringKey{Key: k, secret: func() Secret { return secret }, verifiesUntil: math.MaxInt64}
	if until := k.VerifiesUntil(); !until.IsZero() {
		e.verifiesUntil = until.Unix()
	}
	e.macs.New = func() any { return newMAC(secret) }
	return e
}

// key returns the key with its secret.
func (e *ringKey) key() Key {
	k := e.Key
	k.Secret = e.secret()
	return k
}

// Find returns the key of that id if it is for use and verifies at now. It allocates nothing; the secret belongs to the
// ring.
func (r *Keyring) Find(project string, use Use, id string, now time.Time) (Key, bool) {
	e := r.verifying(project, use, id, now.Unix())
	if e == nil {
		return Key{}, false
	}
	return e.key(), true
}

func (r *Keyring) verifying(project string, use Use, id string, now int64) *ringKey {
	e := r.named[keyName{project, id}]
	if e == nil || e.Use != use || now >= e.verifiesUntil {
		return nil
	}
	return e
}

// AppendVerifying appends the keys that verify at now, for forms of credentials that do not name theirs: the one that
// signs, then the retired one. It allocates nothing but dst; the secrets belong to the ring.
func (r *Keyring) AppendVerifying(dst []Key, project string, use Use, now time.Time) []Key {
	pair := r.pairs[keySlot{project, use}]
	for _, e := range [...]*ringKey{pair.current, pair.former} {
		if e != nil && now.Unix() < e.verifiesUntil {
			dst = append(dst, e.key())
		}
	}
	return dst
}

// verifiesCredentials reports whether a project has keys for any form of credential.
func (r *Keyring) verifiesCredentials(project string) bool {
	for _, use := range []Use{UsePlayAuth, UseURL, UseJWT, UseCAT} {
		if pair := r.pairs[keySlot{project, use}]; pair.current != nil || pair.former != nil {
			return true
		}
	}
	return false
}

// Signing returns the key that signs at now. A new one lets its predecessor sign for the first 10 s, so that whatever
// it signs meets only origins that know it. The secret belongs to the ring.
func (r *Keyring) Signing(project string, use Use, now time.Time) (Key, bool) {
	e := r.signing(project, use, now.Unix())
	if e == nil {
		return Key{}, false
	}
	return e.key(), true
}

func (r *Keyring) signing(project string, use Use, now int64) *ringKey {
	pair := r.pairs[keySlot{project, use}]
	if pair.current != nil && now < pair.current.signsFrom {
		return pair.former
	}
	return pair.current
}

// Keys returns the keys in the order of project, use and creation. The secrets belong to the ring.
func (r *Keyring) Keys() []Key {
	keys := make([]Key, 0, len(r.named))
	for _, e := range r.named {
		keys = append(keys, e.key())
	}
	slices.SortFunc(keys, func(a, b Key) int {
		return cmp.Or(strings.Compare(a.Project, b.Project), cmp.Compare(a.Use, b.Use), a.Created.Compare(b.Created),
			strings.Compare(a.ID, b.ID))
	})
	return keys
}
