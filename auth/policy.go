package auth

import (
	"net/url"
	"time"
)

// Policy says who may watch the assets that it holds for. It is a document: part of [Rules], by name.
type Policy struct {
	// Name has 1 to 64 of a-z, 0-9 and inner hyphens.
	Name string `yaml:"name"`
	// Access is [Open], where only the rules below count, or [Protected], where a credential has to be shown too.
	Access Access `yaml:"access"`
	// Credentials are the forms that are taken, by their names; none means all.
	Credentials []string `yaml:"credentials,omitempty"`

	Referer   TextRule    `yaml:"referer,omitempty"`    // patterns of package rule's Referers
	Address   AddressRule `yaml:"address,omitempty"`    // addresses and networks
	UserAgent TextRule    `yaml:"user_agent,omitempty"` // patterns of package rule's Agents
	Country   CountryRule `yaml:"country,omitempty"`    // codes of ISO 3166-1; needs a database of countries
	Rate      Rate        `yaml:"rate,omitempty"`

	Session SessionRule `yaml:"session,omitempty"`
	Hook    HookRule    `yaml:"hook,omitempty"`

	// SignChildren has manifests list URLs that are signed one by one (type A), for a network that verifies each.
	SignChildren bool `yaml:"sign_children,omitempty"`
	// MaxAge bounds how long caches may keep media; 0 leaves that unbounded.
	MaxAge time.Duration `yaml:"max_age,omitempty"`
}

// Access says whether a policy wants a credential.
type Access string

// The kinds of access.
const (
	Open      Access = "open"
	Protected Access = "protected"
)

// validate reports all that is wrong with p by itself, joined. What lists hold is judged when they are compiled.
func (p *Policy) validate() error {
	var found problems
	found.want(validName(p.Name), "name: %q: want 1 to 64 of a-z, 0-9 and inner hyphens", p.Name)
	found.want(p.Access == Open || p.Access == Protected, "access: %q: want open or protected", p.Access)
	for _, name := range p.Credentials {
		_, known := parseForm(name)
		found.want(known, "credentials: %q: want some of playauth, signed_url, jwt and cat", name)
	}
	found.want(p.MaxAge >= 0, "max_age: %s: want 0 or more", p.MaxAge)
	found.note("referer.on_empty", p.Referer.OnEmpty.validate())
	found.note("user_agent.on_empty", p.UserAgent.OnEmpty.validate())
	found.note("country.on_unknown", p.Country.OnUnknown.validate())
	found.note("session", p.Session.validate())
	found.note("hook", p.Hook.validate())
	return found.join()
}

func webURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil
}

// parseForm returns the form of that name.
func parseForm(name string) (Form, bool) {
	for form := PlayAuth; int(form) < len(formNames); form++ {
		if formNames[form] == name {
			return form, true
		}
	}
	return 0, false
}
