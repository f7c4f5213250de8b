package auth

import (
	"cmp"
	"fmt"
	"time"

	"headwater/auth/rule"
)

// Verdict says what becomes of a request that a rule knows nothing of. What the empty one means depends on the rule.
type Verdict string

// The verdicts.
const (
	Allow Verdict = "allow"
	Deny  Verdict = "deny"
)

func (v Verdict) validate() error {
	if v != "" && v != Allow && v != Deny {
		return fmt.Errorf("%q: want allow or deny", v)
	}
	return nil
}

// TextRule is about a text that a client sends. Deny outweighs allow; an empty allow list allows all.
type TextRule struct {
	Allow []string `yaml:"allow,omitempty"`
	Deny  []string `yaml:"deny,omitempty"`
	// OnEmpty is about requests without the text; allow unless it says otherwise, as native players send no referer.
	OnEmpty Verdict `yaml:"on_empty,omitempty"`
}

func (r *TextRule) used() bool { return len(r.Allow) > 0 || len(r.Deny) > 0 || r.OnEmpty == Deny }

// AddressRule is about the address of the client. Deny outweighs allow; an empty allow list allows all.
type AddressRule struct {
	Allow []string `yaml:"allow,omitempty"`
	Deny  []string `yaml:"deny,omitempty"`
}

func (r *AddressRule) used() bool { return len(r.Allow) > 0 || len(r.Deny) > 0 }

// CountryRule is about where the client is. Deny outweighs allow; an empty allow list allows all.
type CountryRule struct {
	Allow []string `yaml:"allow,omitempty"`
	Deny  []string `yaml:"deny,omitempty"`
	// OnUnknown is about clients whose country is not known; deny where there is an allow list unless it says otherwise.
	OnUnknown Verdict `yaml:"on_unknown,omitempty"`
}

func (r *CountryRule) used() bool { return len(r.Allow) > 0 || len(r.Deny) > 0 }

func (r *CountryRule) allowsUnknown() bool {
	return r.OnUnknown == Allow || r.OnUnknown == "" && len(r.Allow) == 0
}

// Rate bounds how often one client may ask one origin; 0 requests leave that unbounded.
type Rate struct {
	Requests int           `yaml:"requests,omitempty"`
	Per      time.Duration `yaml:"per,omitempty"`   // a second unless it says otherwise
	Burst    int           `yaml:"burst,omitempty"` // as many as Requests unless it says otherwise
}

func (r *Rate) limit() (rule.Limit, error) {
	if *r == (Rate{}) {
		return rule.Limit{}, nil
	}
	return rule.NewLimit(r.Requests, r.per(), r.burst())
}

func (r *Rate) per() time.Duration { return cmp.Or(r.Per, time.Second) }

func (r *Rate) burst() int { return cmp.Or(r.Burst, r.Requests) }
