package report

import (
	"fmt"
	"strings"
	"time"
)

// Minted is a credential that was made. Who has it may watch.
type Minted struct {
	Asset   string    `json:"asset"`
	ID      string    `json:"id"` // by which it can be revoked
	KeyID   string    `json:"key"`
	Token   string    `json:"token"`
	URL     string    `json:"url"`
	Expires time.Time `json:"expires"`
}

// SignedURL is a URL that was signed.
type SignedURL struct {
	URL     string    `json:"url"`
	KeyID   string    `json:"key"`
	Type    string    `json:"type"`
	Expires time.Time `json:"expires"`
}

// PreviewLink is what is kept of a link for reviewers.
type PreviewLink struct {
	ID      string    `json:"id"`
	Asset   string    `json:"asset"`
	Created time.Time `json:"created"`
	Expires time.Time `json:"expires"`
	Note    string    `json:"note,omitempty"`
}

// PreviewLinkHeadings are those of [PreviewLink.Cells].
const PreviewLinkHeadings = "ID, ASSET, CREATED, EXPIRES, NOTE"

// Cells implements [Row].
func (l PreviewLink) Cells() []string {
	return []string{l.ID, l.Asset, formatTime(l.Created), formatTime(l.Expires), l.Note}
}

// MadeLink is a preview link when it is made, the only time that its URL is known.
type MadeLink struct {
	PreviewLink
	URL string `json:"url"`
}

// Key is a key without its secret.
type Key struct {
	Project   string    `json:"project,omitempty"`
	ID        string    `json:"id"`
	Use       string    `json:"use"`
	Algorithm string    `json:"algorithm,omitempty"`
	Created   time.Time `json:"created"`
	// Retired is when it ceased to sign, VerifiesUntil when it ceases to verify; zero while it signs.
	Retired       time.Time `json:"retired,omitzero"`
	VerifiesUntil time.Time `json:"verifies_until,omitzero"`
}

// KeyHeadings are those of [Key.Cells].
const KeyHeadings = "PROJECT, ID, USE, CREATED, RETIRED, VERIFIES UNTIL"

// Cells implements [Row].
func (k Key) Cells() []string {
	return []string{k.Project, k.ID, k.Use, formatTime(k.Created), formatTime(k.Retired), formatTime(k.VerifiesUntil)}
}

// ShownKey is a key with its secret, for the one who asked for it.
type ShownKey struct {
	Key
	Encoding string `json:"encoding"`
	Secret   string `json:"secret"`
}

// Revocation is what was made void.
type Revocation struct {
	Kind    string    `json:"kind"`
	Project string    `json:"project,omitempty"`
	Value   string    `json:"value"`
	At      time.Time `json:"at"`
	Until   time.Time `json:"until"` // when it is forgotten, as nothing that it hits can live
}

// RevocationHeadings are those of [Revocation.Cells].
const RevocationHeadings = "KIND, PROJECT, VALUE, AT, UNTIL"

// Cells implements [Row].
func (r Revocation) Cells() []string {
	return []string{r.Kind, r.Project, r.Value, formatTime(r.At), formatTime(r.Until)}
}

// Policy is a policy in a listing.
type Policy struct {
	Name        string   `json:"name"`
	Access      string   `json:"access"`
	Credentials []string `json:"credentials,omitempty"`
	// Default says that it holds for projects that name none; Projects are those that name it.
	Default  bool     `json:"default,omitempty"`
	Projects []string `json:"projects,omitempty"`
}

// PolicyHeadings are those of [Policy.Cells].
const PolicyHeadings = "POLICY, ACCESS, CREDENTIALS, HOLDS FOR"

// Cells implements [Row].
func (p Policy) Cells() []string {
	holds := p.Projects
	if p.Default {
		holds = append([]string{"(default)"}, holds...)
	}
	return []string{p.Name, p.Access, strings.Join(p.Credentials, ","), strings.Join(holds, ",")}
}

// Stored names the rules that were stored.
type Stored struct {
	DefaultPolicy string   `json:"default_policy,omitempty"`
	Policies      []string `json:"policies"`
	Projects      []string `json:"projects"`
}

// String names them, each on a line.
func (s Stored) String() string {
	var text strings.Builder
	if s.DefaultPolicy != "" {
		fmt.Fprintf(&text, "default policy %s\n", s.DefaultPolicy)
	}
	for _, name := range s.Policies {
		fmt.Fprintf(&text, "policy %s\n", name)
	}
	for _, name := range s.Projects {
		fmt.Fprintf(&text, "project %s\n", name)
	}
	return text.String()
}

// Deleted names what was deleted.
type Deleted struct {
	Name string `json:"name"`
}

// Step is one step of how a request is decided.
type Step struct {
	Step   string `json:"step"`
	Result string `json:"result"`
	Cause  string `json:"cause,omitempty"` // of a refusal, as logs and counters name it
	Detail string `json:"detail,omitempty"`
}

// StepHeadings are those of [Step.Cells].
const StepHeadings = "STEP, RESULT, CAUSE, DETAIL"

// Cells implements [Row].
func (s Step) Cells() []string { return []string{s.Step, s.Result, s.Cause, s.Detail} }
