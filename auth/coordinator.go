package auth

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Coordinator counts what has to be counted once for all origins. It must be safe for concurrent use.
type Coordinator interface {
	// Use reports whether a credential of a project is used for the first time. It is to be remembered until it expires.
	Use(ctx context.Context, project, id string, expires time.Time) (first bool, err error)
	// Enter counts a session of a user, a number that stands for one of a project, until a time, and reports whether it is one of
	// the first limit. A session that is counted already is so for longer.
	Enter(ctx context.Context, user uint64, session SessionID, limit int, until time.Time) (entered bool, err error)
}

// ErrFull says that a coordinator can count no more.
var ErrFull = errors.New("no room to count sessions and single uses")

// LocalCoordinator counts for one process, in bounded memory. Make one with NewLocalCoordinator. Safe for concurrent use.
type LocalCoordinator struct {
	clock func() time.Time

	mu       sync.Mutex
	used     expiring[usedKey]
	sessions expiring[userSession]
	perUser  map[uint64]int // how many sessions
}

type usedKey struct{ project, id string }

type userSession struct {
	user    uint64
	session SessionID
}

// maxCounted is how many single uses, and how many sessions, are counted at a time.
const maxCounted = 1 << 18

// linger is how much longer than it is good a used credential is remembered: a request that began in time may take that
// long until it is counted.
const linger = time.Minute

// NewLocalCoordinator returns a coordinator that has counted nothing.
func NewLocalCoordinator(clock func() time.Time) *LocalCoordinator {
	return &LocalCoordinator{
		clock: clock,
		used:  newExpiring[usedKey](), sessions: newExpiring[userSession](), perUser: map[uint64]int{},
	}
}

// Use implements [Coordinator]. The error is [ErrFull].
func (c *LocalCoordinator) Use(_ context.Context, project, id string, expires time.Time) (first bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.used.forget(c.clock(), func(usedKey) {})
	key := usedKey{project, id}
	switch {
	case c.used.has(key):
		return false, nil
	case c.used.len() >= maxCounted:
		return false, ErrFull
	}
	c.used.keep(key, expires.Add(linger))
	return true, nil
}

// Enter implements [Coordinator]. The error is [ErrFull].
func (c *LocalCoordinator) Enter(_ context.Context, user uint64, session SessionID, limit int, until time.Time) (entered bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sessions.forget(c.clock(), c.leave)
	key := userSession{user, session}
	switch {
	case c.sessions.has(key):
	case c.perUser[user] >= limit:
		return false, nil
	case c.sessions.len() >= maxCounted:
		return false, ErrFull
	default:
		c.perUser[user]++
	}
	c.sessions.keep(key, until)
	return true, nil
}

// leave notes that a session counts no more. The caller holds mu.
func (c *LocalCoordinator) leave(s userSession) {
	c.perUser[s.user]--
	if c.perUser[s.user] == 0 {
		delete(c.perUser, s.user)
	}
}
