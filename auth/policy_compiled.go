package auth

import (
	"errors"

	"headwater/auth/rule"
)

// policy is a compiled [Policy]. Its rules are nil where it has none.
type policy struct {
	Policy
	accepts   [len(formNames)]bool
	referers  *rule.Referers
	addresses *rule.Addresses
	agents    *rule.Agents
	countries *rule.Countries
	limit     rule.Limit
}

func compilePolicy(document Policy, locator rule.Locator) (*policy, error) {
	p := &policy{Policy: document}
	for form := range p.accepts {
		p.accepts[form] = len(document.Credentials) == 0
	}
	for _, name := range document.Credentials {
		form, _ := parseForm(name)
		p.accepts[form] = true
	}
	var found problems
	found.note("referer", p.compileReferers())
	found.note("address", p.compileAddresses())
	found.note("user_agent", p.compileAgents())
	found.note("country", p.compileCountries(locator))
	var err error
	p.limit, err = document.Rate.limit()
	found.note("rate", err)
	return p, found.join()
}

func (p *policy) compileReferers() (err error) {
	if r := &p.Referer; r.used() {
		p.referers, err = rule.NewReferers(r.Allow, r.Deny, r.OnEmpty != Deny)
	}
	return err
}

func (p *policy) compileAddresses() (err error) {
	if r := &p.Address; r.used() {
		p.addresses, err = rule.NewAddresses(r.Allow, r.Deny)
	}
	return err
}

func (p *policy) compileAgents() (err error) {
	if r := &p.UserAgent; r.used() {
		p.agents, err = rule.NewAgents(r.Allow, r.Deny, r.OnEmpty != Deny)
	}
	return err
}

func (p *policy) compileCountries(locator rule.Locator) (err error) {
	r := &p.Country
	switch {
	case !r.used():
		return nil
	case locator == nil:
		return errors.New("there is no database of countries; name one with the setting auth.countries")
	}
	p.countries, err = rule.NewCountries(locator, r.Allow, r.Deny, r.allowsUnknown())
	return err
}
