package auth

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ErrKeyNeeded says that a key would be dropped although what it has signed may still be in use.
var ErrKeyNeeded = errors.New("an earlier key is still needed")

// Rotate returns a ring in which a fresh random key signs for that project and use, and that key. The one that signed is
// retired: it verifies on for as long as what it has signed may live, so that no viewer notices. Until that time is over
// another rotation fails with [ErrKeyNeeded], unless force says to drop the earlier key and all that it has signed.
func (r *Keyring) Rotate(project string, use Use, now time.Time, force bool) (*Keyring, Key, error) {
	k, err := newKey(project, use)
	if err != nil {
		return nil, Key{}, err
	}
	ring, err := r.Add(k, now, force)
	if err != nil {
		return nil, Key{}, err
	}
	return ring, ring.named[keyName{project, k.ID}].key(), nil
}

// newKey returns a random key; [Keyring.Add] completes it.
func newKey(project string, use Use) (Key, error) {
	if !use.valid() {
		return Key{}, fmt.Errorf("%w: use %d", ErrKey, use)
	}
	k := Key{Project: project, ID: strings.ToLower(rand.Text()[:8]), Use: use, Algorithm: uses[use].algorithm}
	if use == UseURL {
		k.Secret = Secret(rand.Text()) // 130 bits, of letters and digits as the settings of CDNs want them
		return k, nil
	}
	k.Secret = make(Secret, minHMACSecret)
	rand.Read(k.Secret) // never fails
	return k, nil
}

// Add is [Keyring.Rotate] with a key that somebody else has made. Its Created is set to now and its Retired to zero.
// Errors wrap [ErrKey] or [ErrKeyNeeded].
func (r *Keyring) Add(k Key, now time.Time, force bool) (*Keyring, error) {
	k.Created, k.Retired = now, time.Time{}
	pair := r.pairs[keySlot{k.Project, k.Use}]
	if former := pair.former; former != nil && pair.current != nil && now.Unix() < former.verifiesUntil && !force {
		return nil, fmt.Errorf("%w: %q for %s verifies what it has signed until %s; rotate after that, or force it to refuse all that now",
			ErrKeyNeeded, former.ID, k.Use, former.VerifiesUntil().Format(time.RFC3339))
	}
	keys := r.Keys()
	if pair.current != nil {
		if pair.former != nil {
			keys = without(keys, pair.former)
		}
		keys = append(without(keys, pair.current), retire(pair.current.key(), now))
	}
	return NewKeyring(append(keys, k))
}

func retire(k Key, now time.Time) Key {
	k.Retired = now
	if now.Before(k.Created) {
		k.Retired = k.Created // a clock was set back
	}
	return k
}

func without(keys []Key, e *ringKey) []Key {
	return slices.DeleteFunc(keys, func(k Key) bool { return k.Project == e.Project && k.ID == e.ID })
}

// Remove returns a ring without that key: all that it has signed is refused as soon as origins read the ring. If it was
// the one that signs, nothing of its use is signed until a key is added. Errors wrap [ErrKey].
func (r *Keyring) Remove(project, id string) (*Keyring, error) {
	e := r.named[keyName{project, id}]
	if e == nil {
		return nil, fmt.Errorf("%w: there is no %q in project %q", ErrKey, id, project)
	}
	return NewKeyring(without(r.Keys(), e))
}
