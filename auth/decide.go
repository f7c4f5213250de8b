package auth

import (
	"context"
	"time"

	"headwater/auth/rule"
)

// stage is one thing that Decide judges. Explain tells of each, so that it cannot tell of another decision.
type stage struct {
	name   string
	judge  func(*Visit, *Asset) error
	tell   func(*Visit, *Asset) string // what it goes by, empty when there is no such rule
	spends bool                        // judging changes how later visits are judged
}

// stageAsset is the one that needs the asset to be there.
const stageAsset = "asset"

// stages are in the order in which they are judged: what costs others something comes last.
var stages = [...]stage{
	{"access", (*Visit).judgeAccess, (*Visit).tellAccess, false},
	{stageAsset, (*Visit).judgeAsset, (*Visit).tellAsset, false},
	{"referer", (*Visit).judgeReferer, (*Visit).tellReferer, false},
	{"address", (*Visit).judgeAddress, (*Visit).tellAddress, false},
	{"user_agent", (*Visit).judgeAgent, (*Visit).tellAgent, false},
	{"country", (*Visit).judgeCountry, (*Visit).tellCountry, false},
	{"rate", (*Visit).judgeRate, (*Visit).tellRate, true},
	{"lease", (*Visit).judgeLease, (*Visit).tellLease, true},
}

// Decide judges the visit to an asset by its policy. The error is the [Cause] of a refusal. For the session of a user whose
// sessions are counted it asks the coordinator now and then, for up to a second.
func (v *Visit) Decide(a *Asset) error {
	if err := v.choosePolicy(a); err != nil {
		return err
	}
	for i := range stages {
		if err := stages[i].judge(v, a); err != nil {
			return err
		}
	}
	return nil
}

// choosePolicy takes the policy of the asset, or else that of the project. Of one whose policy is not known nobody gets
// anything: rules may come later than the record that names them.
func (v *Visit) choosePolicy(a *Asset) error {
	v.policy = v.project.policy
	if a.Policy == "" {
		return nil
	}
	p := v.snapshot.policies[a.Policy]
	if p == nil {
		return NoPolicy
	}
	v.policy = p
	return nil
}

// judgeAccess judges whether what was shown is what the policy wants.
func (v *Visit) judgeAccess(*Asset) error {
	switch {
	case v.shown == nothing && v.policy.Access == Protected:
		return NoCredential
	case v.shown == aCredential && !v.policy.accepts[v.claims.Form]:
		return NotAccepted
	}
	return nil
}

func (v *Visit) judgeAsset(a *Asset) error {
	if !v.playsDrafts() && !a.plays(v.Now) {
		return NotPublished
	}
	return nil
}

func (v *Visit) playsDrafts() bool {
	return v.shown == aSession && v.session.Draft || v.shown == aCredential && v.claims.Draft
}

func (a *Asset) plays(now time.Time) bool {
	return a.Published && !now.Before(a.PublishAt) && (a.Expire.IsZero() || now.Before(a.Expire))
}

// judgeReferer judges the page. Where a credential brings patterns of its own, these take the place of the policy's; the
// session for it then has been given to a page that they allow.
func (v *Visit) judgeReferer(*Asset) error {
	referers := v.policy.referers
	switch {
	case v.shown == aSession && v.session.AnyPage:
		return nil
	case v.shown == aCredential && v.claims.Referers != nil:
		var err error
		if referers, err = rule.NewReferers(v.claims.Referers, nil, false); err != nil {
			return RefererDenied
		}
	}
	if referers != nil && !referers.Allows(v.Referer, v.Origin) {
		return RefererDenied
	}
	return nil
}

func (v *Visit) judgeAddress(*Asset) error {
	if p := v.policy; p.addresses != nil && !p.addresses.Allows(v.Client) {
		return AddressDenied
	}
	return nil
}

func (v *Visit) judgeAgent(*Asset) error {
	if p := v.policy; p.agents != nil && !p.agents.Allows(v.UserAgent) {
		return AgentDenied
	}
	return nil
}

func (v *Visit) judgeCountry(*Asset) error {
	if p := v.policy; p.countries != nil && !p.countries.Allows(v.Client) {
		return CountryDenied
	}
	return nil
}

func (v *Visit) judgeRate(*Asset) error {
	if !v.engine.limiter.Allow(v.Client, v.policy.limit, v.Now.UnixNano()) {
		return RateExceeded
	}
	return nil
}

// judgeLease counts a session that goes on, now and then.
func (v *Visit) judgeLease(*Asset) error {
	if v.shown != aSession || !v.counts(&v.session) || v.engine.renewals.recent(v.session.ID, v.Now) {
		return nil
	}
	if err := v.enter(context.Background(), &v.session); err != nil {
		return err
	}
	v.engine.renewals.note(v.session.ID, v.Now)
	return nil
}
