package auth

import (
	"context"
	"time"
)

// Exchange returns the session that the credential of a visit is exchanged for, once Decide has found it good. duration is
// that of the video. It asks the hook and the coordinator where the policy has it so, for which it takes up to 5 s. The
// error is the [Cause] of a refusal.
func (v *Visit) Exchange(ctx context.Context, duration time.Duration) (Session, error) {
	if v.shown != aCredential {
		return Session{}, NoCredential
	}
	s := NewSession(v.project.name, &v.claims, v.Now, v.SessionLife(duration))
	if err := v.askHook(ctx); err != nil {
		return Session{}, err
	}
	if err := v.use(ctx); err != nil { // before it counts as a session: who shows a used one again would fill the user's places
		return Session{}, err
	}
	if err := v.enter(ctx, &s); err != nil {
		return Session{}, err
	}
	return s, nil
}

// SessionLife returns how long a session lasts that the credential of the visit is exchanged for, as its policy has it after
// Decide: from a second to [MaxSessionLife].
func (v *Visit) SessionLife(duration time.Duration) time.Duration {
	var claimed time.Duration
	if v.shown == aCredential {
		claimed = v.claims.SessionLife
	}
	return v.policy.Session.life(claimed, duration)
}

// AppendSession appends the token of a session that Exchange has returned. It is safe as a path element. Errors wrap
// [ErrSession] or [ErrKey].
func (v *Visit) AppendSession(dst []byte, s *Session) ([]byte, error) {
	return v.snapshot.keys.AppendSession(dst, v.project.name, v.asset, s)
}

// coordinatorTimeout is how long a coordinator may take.
const coordinatorTimeout = time.Second

// use notes the use of a credential that is for one use.
func (v *Visit) use(ctx context.Context) error {
	if !v.claims.Once {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, coordinatorTimeout)
	defer cancel()
	first, err := v.engine.coordinator.Use(ctx, v.project.name, v.claims.ID, v.claims.Expires)
	switch {
	case err != nil:
		return v.policy.Session.unanswered()
	case !first:
		return AlreadyUsed
	}
	return nil
}

// counts reports whether a session is one of few that its user may have.
func (v *Visit) counts(s *Session) bool { return v.policy.Session.PerUser > 0 && s.User != 0 }

// enter counts a session of a user.
func (v *Visit) enter(ctx context.Context, s *Session) error {
	if !v.counts(s) {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, coordinatorTimeout)
	defer cancel()
	entered, err := v.engine.coordinator.Enter(ctx, s.User, s.ID, v.policy.Session.PerUser, v.Now.Add(Lease))
	switch {
	case err != nil:
		return v.policy.Session.unanswered()
	case !entered:
		return TooManySessions
	}
	return nil
}
