package auth

import (
	"fmt"
	"strings"
	"time"
)

// What Explain says of the parts of a decision. Nobody else reads these texts, so that they may change.

func (p *project) tell(host string) string {
	host = string(appendHost(nil, host))
	if p.name == "" && len(p.domains) == 0 {
		return fmt.Sprintf("%s, as no other claims the host %q", DefaultProject, host)
	}
	name := p.name
	if name == "" {
		name = DefaultProject
	}
	return fmt.Sprintf("%s, for the host %q; it has %s", name, host, tellList("domains", p.domains))
}

// tellClaims tells of the credential that is shown; of one that is void nothing is to be believed.
func (v *Visit) tellClaims() string {
	if v.shown != aCredential {
		return "void"
	}
	c := &v.claims
	text := c.Form.String() + ", key " + c.KeyID
	for _, part := range [][2]string{{"id", c.ID}, {"user", c.User}, {"asset", c.Asset}} {
		if part[1] != "" {
			text += fmt.Sprintf(", %s %q", part[0], part[1])
		}
	}
	text += tellTime("issued", c.Issued) + tellTime("not before", c.NotBefore) + tellTime("expires", c.Expires)
	if c.Client.IsValid() {
		text += ", for " + c.Client.String()
	}
	if c.Draft {
		text += ", a preview link"
	}
	return text
}

func (s *Session) tell(err error) string {
	if err != nil {
		return "void"
	}
	text := fmt.Sprintf("%s, key %s", s.ID, s.KeyID)
	text += tellTime("issued", time.Unix(s.Issued, 0)) + tellTime("expires", time.Unix(s.Expires, 0))
	if s.Client.IsValid() {
		text += ", for " + s.Client.String()
	}
	if limits := s.Limits(); len(limits) > 0 {
		text += ", limits " + string(limits)
	}
	if s.Draft {
		text += ", of a preview link"
	}
	return text
}

func (r *SessionRule) tell(claimed time.Duration) string {
	if claimed > 0 || r.Life > 0 {
		return r.life(claimed, 0).String()
	}
	return fmt.Sprintf("the video's duration and %s, at most %s", r.extra(), MaxSessionLife)
}

func (p *policy) tellName() string {
	if p.Name == "" {
		return "the built-in one, open"
	}
	return p.Name + ", " + string(p.Access)
}

func (v *Visit) tellAccess(*Asset) string {
	if v.policy.Access == Open && v.shown == nothing {
		return "open to all who show nothing"
	}
	if forms := v.policy.Credentials; len(forms) > 0 {
		return string(v.policy.Access) + ", " + tellList("takes", forms)
	}
	return string(v.policy.Access) + ", takes every form of credential"
}

func (v *Visit) tellAsset(a *Asset) string {
	text := "not published"
	if a.Published {
		text = "published"
	}
	return text + tellTime("from", a.PublishAt) + tellTime("until", a.Expire)
}

func (v *Visit) tellReferer(*Asset) string {
	r := &v.policy.Referer
	seen := fmt.Sprintf("referer %q, origin %q: ", v.Referer, v.Origin)
	switch {
	case v.shown == aSession && v.session.AnyPage:
		return "judged when the session was given, by the patterns of the credential"
	case v.shown == aCredential && v.claims.Referers != nil:
		return seen + tellList("the credential allows", v.claims.Referers)
	case !r.used():
		return ""
	}
	return seen + tellLists(r.Allow, r.Deny) + fmt.Sprintf(", %s without", r.OnEmpty.orAllow())
}

func (v *Visit) tellAddress(*Asset) string {
	r := &v.policy.Address
	if !r.used() {
		return ""
	}
	return fmt.Sprintf("client %s: %s", v.Client, tellLists(r.Allow, r.Deny))
}

func (v *Visit) tellAgent(*Asset) string {
	r := &v.policy.UserAgent
	if !r.used() {
		return ""
	}
	return fmt.Sprintf("%q: %s, %s without", v.UserAgent, tellLists(r.Allow, r.Deny), r.OnEmpty.orAllow())
}

func (v *Visit) tellCountry(*Asset) string {
	r := &v.policy.Country
	if !r.used() {
		return ""
	}
	country := "not known"
	if code, known := v.snapshot.locator.Country(v.Client); known {
		country = string(code[:])
	}
	unknown := Deny
	if r.allowsUnknown() {
		unknown = Allow
	}
	return fmt.Sprintf("%s: %s, %s where it is not known", country, tellLists(r.Allow, r.Deny), unknown)
}

func (v *Visit) tellRate(*Asset) string {
	r := &v.policy.Rate
	if *r == (Rate{}) {
		return ""
	}
	return fmt.Sprintf("at most %d requests per %s of a client at each origin, %d at once", r.Requests, r.per(), r.burst())
}

func (v *Visit) tellLease(*Asset) string {
	if v.shown != aSession || !v.counts(&v.session) {
		return ""
	}
	return fmt.Sprintf("at most %d sessions of the user at a time", v.policy.Session.PerUser)
}

// orAllow returns what an empty verdict means to rules that allow what they know nothing of.
func (v Verdict) orAllow() Verdict {
	if v == "" {
		return Allow
	}
	return v
}

// orDeny returns what an empty verdict means to rules that do not.
func (v Verdict) orDeny() Verdict {
	if v == "" {
		return Deny
	}
	return v
}

func tellLists(allow, deny []string) string {
	return tellList("allow", allow) + ", " + tellList("deny", deny)
}

// tellList writes the beginning of a list.
func tellList(label string, list []string) string {
	const most = 20
	switch {
	case len(list) == 0:
		return label + " none"
	case len(list) > most:
		return fmt.Sprintf("%s %s and %d more", label, strings.Join(list[:most], " "), len(list)-most)
	}
	return label + " " + strings.Join(list, " ")
}

// tellTime writes a time, and nothing for none.
func tellTime(label string, at time.Time) string {
	if at.IsZero() {
		return ""
	}
	return ", " + label + " " + at.UTC().Format(time.RFC3339)
}
