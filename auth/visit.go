package auth

import (
	"net/netip"
	"time"

	"headwater/auth/urlsign"
)

// Request is what decisions look at of a request. Its texts are as they were sent and may be views of a buffer.
type Request struct {
	Now       time.Time
	Client    netip.Addr
	Host      string
	Referer   string
	Origin    string
	UserAgent string
	Secure    bool // came over TLS, as far as is known
}

// Asset is what decisions look at of the record of an asset.
type Asset struct {
	Published         bool      // neither draft nor blocked
	PublishAt, Expire time.Time // when it begins and ceases to play; zero for no such time
	Policy            string    // the name of its own policy; empty for that of the project
}

// Visit is one request on its way through the rules of a snapshot: Begin, then whatever it shows, then Decide. The
// zero value may begin. It is for one goroutine, keeps the texts of its request, and allocates nothing on the way of a
// session.
type Visit struct {
	Request
	engine   *Engine
	snapshot *Snapshot
	project  *project
	policy   *policy // of the project until Decide knows that of the asset
	shown    shown
	session  Session
	claims   Claims
	asset    string // that the claims were shown for
	sig      urlsign.Signature
}

// shown says what a visit has shown that was found good.
type shown uint8

const (
	nothing shown = iota
	aSession
	aCredential
)

// Begin starts a visit. It returns [NoRules] while the engine has none.
func (e *Engine) Begin(v *Visit, r Request) error {
	v.Request, v.engine, v.snapshot = r, e, e.snapshot.Load()
	v.shown, v.sig, v.project, v.policy = nothing, urlsign.Signature{}, nil, nil // a visit may be used again
	if v.snapshot == nil {
		return NoRules
	}
	v.project = v.snapshot.project(r.Host)
	v.policy = v.project.policy
	return nil
}

// Project returns the name of the project that the host has selected, empty for the default one.
func (v *Visit) Project() string { return v.project.name }

// Guarded reports whether it matters what the visit shows: its project has keys for credentials or trusts those of others,
// or some policy wants one. Where it does not, parameters that look like credentials are somebody else's.
func (v *Visit) Guarded() bool { return v.project.guarded }

// SharesWith reports whether pages of an origin, as the header Origin names it, may read answers; all reports that those
// of any origin may.
func (v *Visit) SharesWith(origin string) (shares, all bool) {
	if v.project == nil || v.project.origins == nil {
		return true, true
	}
	return v.project.origins[origin], false
}

// OpenSession takes the token of a session for an asset, by its plain id. The error is the [Cause] why it is void.
func (v *Visit) OpenSession(token []byte, asset string) error {
	if err := v.snapshot.keys.OpenSession(&v.session, token, v.project.name, asset, v.Now.Unix()); err != nil {
		return err
	}
	if v.snapshot.revoked.Revoked(v.project.name, asset, &v.session) {
		return Revoked
	}
	if !v.session.Admits(v.Client) {
		return WrongClient
	}
	v.shown = aSession
	return nil
}

// Session returns the session that was opened; nil when there is none.
func (v *Visit) Session() *Session {
	if v.shown != aSession {
		return nil
	}
	return &v.session
}

// Claims returns what the credential says that was shown; nil when there is none.
func (v *Visit) Claims() *Claims {
	if v.shown != aCredential {
		return nil
	}
	return &v.claims
}

// Hopeless returns the cause why no asset whatever would be shown to this visit, so that nothing need be looked up, nor
// be learnt from how long that takes: it has shown nothing and all policies want something.
func (v *Visit) Hopeless() error {
	if v.shown == nothing && v.policy.Access == Protected && !v.snapshot.anyOpen {
		return NoCredential
	}
	return nil
}

// Conceals reports whether the visit is not to learn which assets there are: one that does not exist, or does not play,
// is then refused like one that it may not watch.
func (v *Visit) Conceals() bool { return v.policy.Access == Protected }

// MaxAge returns how long caches may keep media that the visit gets: until the asset expires, and no longer than the
// policy says; limited is false when they may for ever.
func (v *Visit) MaxAge(a *Asset) (age time.Duration, limited bool) {
	age, limited = v.policy.MaxAge, v.policy.MaxAge > 0
	if !a.Expire.IsZero() {
		if left := a.Expire.Sub(v.Now); !limited || left < age {
			age, limited = max(left, 0), true
		}
	}
	return age, limited
}

// SignsChildren reports whether manifests list URLs that [Visit.AppendSigned] has signed.
func (v *Visit) SignsChildren() bool { return v.policy.SignChildren }
