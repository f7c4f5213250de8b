package auth

import (
	"headwater/auth/jws"
	"headwater/auth/urlsign"
)

// project is a compiled [Project].
type project struct {
	name    string // empty for the default one
	domains []string
	policy  *policy
	origins map[string]bool // nil for all
	scheme  urlsign.Scheme
	jwt     trust
	cat     trust
	guarded bool // it matters what a request shows
}

// trust is a compiled [TrustRule].
type trust struct {
	TrustRule
	sets []jws.Set
}

func compileProject(document *Project, sets map[string]jws.Set) (*project, error) {
	p := &project{name: document.Name, domains: document.Domains}
	if p.name == DefaultProject {
		p.name = ""
	}
	if len(document.Origins) > 0 {
		p.origins = map[string]bool{}
	}
	for _, origin := range document.Origins {
		p.origins[origin] = true
	}
	var found problems
	var err error
	p.scheme, err = document.SignedURL.Scheme()
	found.note("signed_url", err)
	p.jwt, err = document.JWT.compile(sets)
	found.note("jwt", err)
	p.cat, err = document.CAT.compile(sets)
	found.note("cat", err)
	return p, found.join()
}

func (r *TrustRule) compile(sets map[string]jws.Set) (trust, error) {
	t := trust{TrustRule: *r}
	if r.JWKS != "" {
		set, err := jws.ParseJWKS([]byte(r.JWKS))
		if err != nil {
			return t, err
		}
		t.sets = append(t.sets, set)
	}
	for _, name := range []string{r.JWKSURL, r.JWKSFile} {
		if set, had := sets[name]; had {
			t.sets = append(t.sets, set)
		}
	}
	return t, nil
}

// trusts reports whether tokens of others are meant to be believed, also while their keys could not be had.
func (p *project) trusts() bool {
	for _, t := range []*trust{&p.jwt, &p.cat} {
		if len(t.sets) > 0 || t.JWKSURL != "" || t.JWKSFile != "" {
			return true
		}
	}
	return false
}
