package auth

import (
	"net/netip"
	"time"
)

// Form is a form of credential.
type Form uint8

// The forms.
const (
	PlayAuth  Form = iota + 1 // minted for one asset by a backend that holds a key of the project
	SignedURL                 // a signature in the URL, as CDNs verify them
	JWT                       // a JSON Web Token of an identity provider
	CAT                       // a Common Access Token (CTA-5007-B)
)

var formNames = [...]string{PlayAuth: "playauth", SignedURL: "signed_url", JWT: "jwt", CAT: "cat"}

// String returns the name that policies use.
func (f Form) String() string {
	if int(f) >= len(formNames) {
		return ""
	}
	return formNames[f]
}

// Claims is what a credential says, whatever its form. Where a field has its zero value the credential does not limit
// that.
type Claims struct {
	Form  Form
	ID    string // of the credential, unique among those of a project
	KeyID string // of the key that has signed it
	Asset string // the plain id, without the project; empty for every asset of the project
	User  string

	Issued, NotBefore, Expires time.Time // Expires is always there

	Client   netip.Prefix
	Referers []string // patterns that take the place of the policy's referer rule
	// Tracks are the ids of the tracks that exist for the viewer, MaxHeight bounds those of video in lines,
	// PreviewSeconds is how much of the beginning there is, to the end of the segment that contains that instant.
	Tracks         []string
	MaxHeight      int
	PreviewSeconds int

	Once  bool // may be exchanged once; has an ID
	Draft bool // plays what is not published too: a preview link; has an ID
	// SessionLife is how long the session lasts that it is exchanged for; 0 leaves that to the policy.
	SessionLife time.Duration
}
