package auth

// Cause says why a request is refused. It is an error whose text is for logs and counters only: viewers are told the same
// whatever the cause. Making and returning one allocates nothing.
type Cause uint8

// The causes. Those up to Revoked come from the credential alone.
const (
	NoCredential    Cause = iota + 1 // the policy wants one and none was shown
	NotAccepted                      // a credential of a form that the policy does not take
	Malformed                        // no credential of any form
	UnknownKey                       // signed by a key that is not known, or not known any more
	BadSignature                     // not signed by the key that it names, or by another algorithm
	Expired                          // its time is over
	NotYet                           // its time has not begun
	TooLong                          // it claims a longer life than its form may have
	Revoked                          // it, its user, its session, its asset or its key was revoked
	WrongAsset                       // it is for another asset
	WrongClient                      // it is for another client address
	OutsideLimits                    // it does not reach so far: another rendition, or beyond the preview
	RefererDenied                    // by a referer rule
	AddressDenied                    // by a rule of client addresses
	AgentDenied                      // by a User-Agent rule
	CountryDenied                    // by a country rule
	RateExceeded                     // the client asks for too much
	TooManySessions                  // the user has as many as the policy allows
	AlreadyUsed                      // it was for one use
	HookDenied                       // the remote hook said no
	HookFailed                       // the remote hook did not answer, and the policy says no then
	NoCoordinator                    // the coordinator did not answer, and the policy says no then
	NotPublished                     // a draft, blocked, not yet or no longer published asset
	NoAsset                          // no such asset, where the policy does not let strangers know
	WrongPin                         // not from the CDN that the listener is pinned to
	NoRules                          // the rules could not be read yet
	NoPolicy                         // the asset names a policy that is not known, or not yet
	causes                           // how many there are, plus 1
)

var causeNames = [causes]string{
	NoCredential:    "no_credential",
	NotAccepted:     "not_accepted",
	Malformed:       "malformed",
	UnknownKey:      "unknown_key",
	BadSignature:    "bad_signature",
	Expired:         "expired",
	NotYet:          "not_yet",
	TooLong:         "too_long",
	Revoked:         "revoked",
	WrongAsset:      "wrong_asset",
	WrongClient:     "wrong_client",
	OutsideLimits:   "outside_limits",
	RefererDenied:   "referer",
	AddressDenied:   "address",
	AgentDenied:     "user_agent",
	CountryDenied:   "country",
	RateExceeded:    "rate",
	TooManySessions: "too_many_sessions",
	AlreadyUsed:     "already_used",
	HookDenied:      "hook_denied",
	HookFailed:      "hook_failed",
	NoCoordinator:   "no_coordinator",
	NotPublished:    "not_published",
	NoAsset:         "no_asset",
	WrongPin:        "wrong_pin",
	NoRules:         "no_rules",
	NoPolicy:        "no_policy",
}

// Error returns a short stable name, fit as the label of a counter.
func (c Cause) Error() string {
	if c == 0 || c >= causes {
		return "unknown"
	}
	return causeNames[c]
}
