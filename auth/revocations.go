package auth

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"
)

// Revocations is a set of them. It is immutable and safe for concurrent use; the zero value is empty.
type Revocations struct {
	list     []Revocation
	hashed   map[uint64]int64             // by Hash64, of tokens, users and keys: the last void second of issue
	named    map[string][]namedRevocation // by value, of assets and keys: few have the same in several projects
	sessions map[revokedSession]bool
}

// revokedName is what a revocation hits.
type revokedName struct {
	kind           RevocationKind
	project, value string
}

// namedRevocation is of what a URL or a token names in plain: it is cheaper to find than its hash is to compute.
type namedRevocation struct {
	kind    RevocationKind
	project string
	last    int64 // void second of issue
}

type revokedSession struct {
	project string
	id      SessionID
}

// NewRevocations returns the set of list. Several of one value are merged into one that hits all that they hit. Errors
// wrap [ErrRevocation].
func NewRevocations(list []Revocation) (*Revocations, error) {
	merged, err := mergeRevocations(list)
	if err != nil {
		return nil, err
	}
	if len(merged) > MaxRevocations {
		return nil, fmt.Errorf("%w: %d of them, at most %d: revoke the key that has signed the credentials, or the asset, instead",
			ErrRevocation, len(merged), MaxRevocations)
	}
	s := &Revocations{hashed: make(map[uint64]int64), named: make(map[string][]namedRevocation), sessions: make(map[revokedSession]bool)}
	s.list = slices.SortedFunc(maps.Values(merged), compareRevocations)
	for _, r := range s.list {
		s.insert(r)
	}
	return s, nil
}

// mergeRevocations returns the valid, whole revocations that list makes.
func mergeRevocations(list []Revocation) (map[revokedName]Revocation, error) {
	merged := make(map[revokedName]Revocation, len(list))
	for _, r := range list {
		r.At, r.Until = r.At.Truncate(time.Second).UTC(), r.Until.Truncate(time.Second).UTC()
		if err := r.Validate(); err != nil {
			return nil, err
		}
		if r.Until.IsZero() {
			r.Until = r.At.Add(MaxLife)
		}
		name := revokedName{r.Kind, r.Project, r.Value}
		if other, ok := merged[name]; ok {
			r.At, r.Until = latest(r.At, other.At), latest(r.Until, other.Until)
		}
		merged[name] = r
	}
	return merged, nil
}

func latest(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func compareRevocations(a, b Revocation) int {
	return cmp.Or(a.At.Compare(b.At), strings.Compare(a.Project, b.Project), cmp.Compare(a.Kind, b.Kind), strings.Compare(a.Value, b.Value))
}

// insert makes r be found. A key is named in a credential, and hashed in a session that this was exchanged for.
func (s *Revocations) insert(r Revocation) {
	last := int64(math.MaxInt64)
	if r.Kind == RevokeUser || r.Kind == RevokeAsset {
		last = r.At.Unix()
	}
	switch r.Kind {
	case RevokeSession:
		id, _ := parseSessionID(r.Value)
		s.sessions[revokedSession{r.Project, id}] = true
	case RevokeAsset:
		s.name(r, last)
	case RevokeKey:
		s.name(r, last)
		fallthrough
	default:
		s.hashed[Hash64(r.Kind, r.Project, r.Value)] = last
	}
}

func (s *Revocations) name(r Revocation, last int64) {
	s.named[r.Value] = append(s.named[r.Value], namedRevocation{r.Kind, r.Project, last})
}

// List returns the revocations in the order of At. The slice is the caller's.
func (s *Revocations) List() []Revocation { return slices.Clone(s.list) }

// Prune returns the set without those that are over at now.
func (s *Revocations) Prune(now time.Time) *Revocations {
	list := slices.DeleteFunc(s.List(), func(r Revocation) bool { return !now.Before(r.Until) })
	pruned, err := NewRevocations(list)
	if err != nil {
		panic(err) // each of them was valid before
	}
	return pruned
}

// Revoked reports whether a session is void for that asset: as its credential is, or itself. It takes the same time
// whatever the size of the set, and allocates nothing.
func (s *Revocations) Revoked(project, asset string, session *Session) bool {
	return s.hits(session.Token, session.Since) || s.hits(session.User, session.Since) || s.hits(session.Key, session.Since) ||
		s.sessions[revokedSession{project, session.ID}] ||
		s.hitsName(RevokeAsset, project, asset, session.Since) ||
		s.hitsName(RevokeKey, project, session.KeyID, session.Since)
}

// RevokedClaims reports whether a credential is void for that asset. One that does not say when it was issued counts as
// older than any revocation. It takes the same time whatever the size of the set, and allocates nothing.
func (s *Revocations) RevokedClaims(project, asset string, c *Claims) bool {
	issued := c.Issued.Unix()
	return s.hits(Hash64(RevokeToken, project, c.ID), issued) || s.hits(Hash64(RevokeUser, project, c.User), issued) ||
		s.hitsName(RevokeAsset, project, asset, issued) ||
		s.hitsName(RevokeKey, project, c.KeyID, issued)
}

func (s *Revocations) hits(hash uint64, issued int64) bool {
	last, ok := s.hashed[hash]
	return ok && issued <= last
}

func (s *Revocations) hitsName(kind RevocationKind, project, value string, issued int64) bool {
	for _, r := range s.named[value] {
		if r.kind == kind && r.project == project && issued <= r.last {
			return true
		}
	}
	return false
}
