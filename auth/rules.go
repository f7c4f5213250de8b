package auth

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"go.yaml.in/yaml/v3"

	"headwater/auth/urlsign"
)

// Rules are all policies and projects: one document, changed as a whole. The zero value lets everybody watch everything.
type Rules struct {
	// DefaultPolicy names the policy of projects that name none; empty for one that is open and has no rules.
	DefaultPolicy string    `yaml:"default_policy,omitempty"`
	Policies      []Policy  `yaml:"policies,omitempty"`
	Projects      []Project `yaml:"projects,omitempty"`
}

// Bounds of the document.
const (
	MaxRulesBytes = 1 << 20
	maxDocuments  = 10_000 // of each kind
)

// ErrRules says that rules are not in order; the text that it is wrapped in says which, and what is wanted.
var ErrRules = errors.New("bad rules")

// ParseRules reads rules, whole or a part of them, from YAML. It judges their form only. Safe for bytes from outside; errors
// wrap [ErrRules].
func ParseRules(text []byte) (Rules, error) {
	if len(text) > MaxRulesBytes {
		return Rules{}, fmt.Errorf("%w: longer than %d bytes", ErrRules, MaxRulesBytes)
	}
	if err := checkShape(text); err != nil {
		return Rules{}, fmt.Errorf("%w: %w", ErrRules, err)
	}
	var r Rules
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&r); err != nil && !errors.Is(err, io.EOF) {
		return Rules{}, fmt.Errorf("%w: %w", ErrRules, shorten(err))
	}
	if err := r.unique(); err != nil { // now, as Overlay would take the last of them
		return Rules{}, fmt.Errorf("%w: %w", ErrRules, err)
	}
	return r, nil
}

// checkShape reports what keeps text from being read: the decoder compares each key of a mapping with each other.
func checkShape(text []byte) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var document yaml.Node
	if err := decoder.Decode(&document); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return errors.New("want one YAML document")
	}
	return checkMappings(&document)
}

// checkMappings does not follow aliases: what they stand for is in the document too.
func checkMappings(n *yaml.Node) error {
	const most = 64 // no document has as many fields
	if n.Kind == yaml.MappingNode && len(n.Content) > 2*most {
		return fmt.Errorf("line %d: a mapping of %d keys, want at most %d", n.Line, len(n.Content)/2, most)
	}
	for _, inner := range n.Content {
		if err := checkMappings(inner); err != nil {
			return err
		}
	}
	return nil
}

// shorten returns an error that tells of some mistakes, not of a million.
func shorten(err error) error {
	const most = 20
	var mistakes *yaml.TypeError
	if errors.As(err, &mistakes) && len(mistakes.Errors) > most {
		more := fmt.Sprintf("and %d more", len(mistakes.Errors)-most)
		mistakes.Errors = append(mistakes.Errors[:most:most], more)
	}
	return err
}

// Encode returns r as the YAML that [ParseRules] reads.
func (r *Rules) Encode() ([]byte, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	if err := encoder.Encode(r); err != nil {
		return nil, fmt.Errorf("encode rules: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return nil, fmt.Errorf("encode rules: %w", err)
	}
	return out.Bytes(), nil
}

// Overlay returns r with what part has: its policies and projects in place of those of the same name or beside the others, and
// its default policy if it names one. Neither is changed.
func (r *Rules) Overlay(part Rules) Rules {
	out := Rules{r.DefaultPolicy, slices.Clone(r.Policies), slices.Clone(r.Projects)}
	if part.DefaultPolicy != "" {
		out.DefaultPolicy = part.DefaultPolicy
	}
	for _, p := range part.Policies {
		out.Policies = replace(out.Policies, p, func(q Policy) bool { return q.Name == p.Name })
	}
	for _, p := range part.Projects {
		out.Projects = replace(out.Projects, p, func(q Project) bool { return q.Name == p.Name })
	}
	return out
}

func replace[T any](list []T, value T, same func(T) bool) []T {
	if i := slices.IndexFunc(list, same); i >= 0 {
		list[i] = value
		return list
	}
	return append(list, value)
}

// WithoutPolicy returns r without the policy of that name, and whether there was one. It is not changed.
func (r *Rules) WithoutPolicy(name string) (Rules, bool) {
	out := *r
	out.Policies = slices.DeleteFunc(slices.Clone(r.Policies), func(p Policy) bool { return p.Name == name })
	return out, len(out.Policies) < len(r.Policies)
}

// WithoutProject returns r without the project of that name, and whether there was one. It is not changed.
func (r *Rules) WithoutProject(name string) (Rules, bool) {
	out := *r
	out.Projects = slices.DeleteFunc(slices.Clone(r.Projects), func(p Project) bool { return p.Name == name })
	return out, len(out.Projects) < len(r.Projects)
}

// validate reports all that is wrong with the documents and between them, joined.
func (r *Rules) validate() error {
	var found problems
	found.want(len(r.Policies) <= maxDocuments && len(r.Projects) <= maxDocuments, "more than %d policies or projects", maxDocuments)
	found.note("rules", r.unique())
	policies := map[string]*Policy{"": {}}
	for i := range r.Policies {
		p := &r.Policies[i]
		found.note(fmt.Sprintf("policy %q", p.Name), p.validate())
		policies[p.Name] = p
	}
	found.want(policies[r.DefaultPolicy] != nil, "default_policy: there is no policy %q", r.DefaultPolicy)
	for i := range r.Projects {
		p := &r.Projects[i]
		found.note(fmt.Sprintf("project %q", p.Name), p.validate())
		found.note(fmt.Sprintf("project %q", p.Name), p.agrees(policies[cmp.Or(p.Policy, r.DefaultPolicy)]))
	}
	return found.join()
}

// unique reports what is there twice.
func (r *Rules) unique() error {
	var found problems
	seen := map[[2]string]bool{}
	once := func(kind, name string) {
		found.want(!seen[[2]string{kind, name}], "%s %q is given twice", kind, name)
		seen[[2]string{kind, name}] = true
	}
	for i := range r.Policies {
		once("policy", r.Policies[i].Name)
	}
	for i := range r.Projects {
		once("project", r.Projects[i].Name)
		for _, domain := range r.Projects[i].Domains {
			once("domain", domain)
		}
	}
	return found.join()
}

// agrees reports what keeps the policy from holding for the project: nil is one that there is not.
func (p *Project) agrees(policy *Policy) error {
	scheme, _ := p.SignedURL.Scheme() // its mistakes are told elsewhere
	switch {
	case policy == nil && p.Policy == "":
		return nil // it is default_policy that is not there
	case policy == nil:
		return fmt.Errorf("there is no policy %q", p.Policy)
	case policy.SignChildren && !slices.Contains(scheme.Types, urlsign.A):
		return fmt.Errorf("policy %q signs URLs as type A, which signed_url.types must name", policy.Name)
	}
	return nil
}
