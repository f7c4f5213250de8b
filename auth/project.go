package auth

import (
	"cmp"
	"fmt"
	"net/url"
	"strings"
	"time"

	"headwater/auth/jws"
	"headwater/auth/urlsign"
)

// DefaultProject is the name by which documents call the project of all hosts that no other claims. Elsewhere its name
// is empty.
const DefaultProject = "default"

// Project is what a Host selects: assets, keys and rules that no other project sees. It is a document: part of [Rules],
// by name.
type Project struct {
	// Name has 1 to 64 of a-z, 0-9 and inner hyphens; [DefaultProject] is always there.
	Name string `yaml:"name"`
	// Domains are the hosts, without port: video.example.com, or *.example.com for all below it.
	Domains []string `yaml:"domains,omitempty"`
	// Policy is the name of the policy that holds for assets without one of their own; empty for that of [Rules].
	Policy string `yaml:"policy,omitempty"`
	// Origins are the pages that may read answers (CORS), as in https://www.example.com; none means all.
	Origins []string `yaml:"origins,omitempty"`

	SignedURL URLRule   `yaml:"signed_url,omitempty"`
	JWT       TrustRule `yaml:"jwt,omitempty"`
	CAT       TrustRule `yaml:"cat,omitempty"`
}

// URLRule says how signed URLs are spelt. Its zero value is [urlsign.NewDefaultScheme].
type URLRule struct {
	Types       []string      `yaml:"types,omitempty"` // of A, B, C and F; none means all
	Validity    time.Duration `yaml:"validity,omitempty"`
	KeyParams   []string      `yaml:"key_params,omitempty"` // of type C: of the hash, and of the time
	SignParam   string        `yaml:"sign_param,omitempty"` // of type F
	TimeParam   string        `yaml:"time_param,omitempty"`
	DecimalTime bool          `yaml:"decimal_time,omitempty"`
}

// signedPrefix is how every path begins that may be signed.
const signedPrefix = "/v/"

// Scheme returns how the signed URLs are spelt. The error tells all that is wrong with r.
func (r *URLRule) Scheme() (urlsign.Scheme, error) {
	s := urlsign.NewDefaultScheme()
	s.Prefix = signedPrefix
	if r.Validity != 0 {
		s.Validity = r.Validity
	}
	if r.SignParam != "" {
		s.SignParam = r.SignParam
	}
	if r.TimeParam != "" {
		s.TimeParam = r.TimeParam
	}
	s.DecimalTime = r.DecimalTime
	switch len(r.KeyParams) {
	case 0:
	case len(s.KeyParams):
		copy(s.KeyParams[:], r.KeyParams)
	default:
		return s, fmt.Errorf("key_params: want two names, not %d", len(r.KeyParams))
	}
	if len(r.Types) > 0 {
		s.Types = nil
	}
	for _, name := range r.Types {
		t, err := urlsign.ParseType(name)
		if err != nil {
			return s, err
		}
		s.Types = append(s.Types, t)
	}
	if s.Validity > MaxLife {
		return s, fmt.Errorf("validity: %s: want at most %s, for which revocations are kept", s.Validity, MaxLife)
	}
	return s, s.Validate()
}

// TrustRule says which tokens of others are believed: those that a key of the project has signed, or one of the JWK Set.
type TrustRule struct {
	Issuer   string `yaml:"issuer,omitempty"`   // that a token has to name; empty for any
	Audience string `yaml:"audience,omitempty"` // likewise
	// MaxLife is the longest that a token may be good for, a day unless it says otherwise.
	MaxLife time.Duration `yaml:"max_life,omitempty"`
	// JWKS is a JWK Set (RFC 7517) as text; JWKSURL is where one is fetched, again and again, JWKSFile where it is read.
	JWKS     string `yaml:"jwks,omitempty"`
	JWKSURL  string `yaml:"jwks_url,omitempty"`
	JWKSFile string `yaml:"jwks_file,omitempty"`
}

const defaultMaxLife = 24 * time.Hour

func (r *TrustRule) maxLife() time.Duration { return cmp.Or(r.MaxLife, defaultMaxLife) }

func (r *TrustRule) validate() error {
	var found problems
	found.want(r.MaxLife >= 0 && r.MaxLife <= MaxLife, "max_life: %s: want at most %s", r.MaxLife, MaxLife)
	found.want(r.JWKSURL == "" || webURL(r.JWKSURL), "jwks_url: want http:// or https:// with a host, and no user")
	if r.JWKS != "" {
		_, err := jws.ParseJWKS([]byte(r.JWKS))
		found.note("jwks", err)
	}
	return found.join()
}

// validate reports all that is wrong with p by itself, joined.
func (p *Project) validate() error {
	var found problems
	found.want(validName(p.Name), "name: %q: want 1 to 64 of a-z, 0-9 and inner hyphens", p.Name)
	for _, domain := range p.Domains {
		found.want(validDomain(domain), "domains: %q: want a host in lower case without port, or *. and such a host", domain)
	}
	for _, origin := range p.Origins {
		found.want(validOrigin(origin), "origins: %q: want scheme and host of a page, such as https://www.example.com", origin)
	}
	_, err := p.SignedURL.Scheme()
	found.note("signed_url", err)
	found.note("jwt", p.JWT.validate())
	found.note("cat", p.CAT.validate())
	return found.join()
}

// validOrigin takes a serialised origin (RFC 6454 §6.1) as browsers send it: in lower case, with a port unless that is the
// one of the scheme.
func validOrigin(origin string) bool {
	u, err := url.Parse(origin)
	if err != nil || !webURL(origin) || origin != u.Scheme+"://"+u.Host {
		return false
	}
	host, port := u.Host, u.Port()
	if port != "" {
		host = strings.TrimSuffix(host, ":"+port)
	}
	usual := map[string]string{"http": "80", "https": "443"}[u.Scheme]
	return validHost(host) && port != usual && !strings.HasPrefix(port, "0")
}

// validName reports whether s may name a policy or a project.
func validName(s string) bool { return validID(s) }
