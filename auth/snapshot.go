package auth

import (
	"cmp"
	"fmt"
	"slices"

	"headwater/auth/jws"
	"headwater/auth/rule"
)

// Sources are what a [Snapshot] is made of beside the rules.
type Sources struct {
	Keys        *Keyring
	Revocations *Revocations
	// Locator knows countries; nil where there is no database of them.
	Locator rule.Locator
	// Sets are the JWK Sets of the projects by URL or name of file, as far as they could be had.
	Sets map[string]jws.Set
}

// Snapshot is all that decisions are made from, at one time. It is immutable and safe for concurrent use.
type Snapshot struct {
	hosts    hosts
	fallback *project // of all other hosts
	policies map[string]*policy
	anyOpen  bool // some policy wants no credential
	anyShut  bool // some policy wants one
	keys     *Keyring
	revoked  *Revocations
	locator  rule.Locator // nil for none
}

// NewSnapshot compiles rules. The error wraps [ErrRules] and tells all that is wrong with them.
func NewSnapshot(rules Rules, sources Sources) (*Snapshot, error) {
	if err := rules.validate(); err != nil {
		return nil, fmt.Errorf("%w:\n%w", ErrRules, err)
	}
	s := &Snapshot{
		hosts:    hosts{named: map[string]*project{}, below: map[string]*project{}},
		policies: map[string]*policy{},
		keys:     sources.Keys, revoked: sources.Revocations, locator: sources.Locator,
	}
	if s.keys == nil {
		s.keys = &Keyring{}
	}
	if s.revoked == nil {
		s.revoked = &Revocations{}
	}
	if err := s.compilePolicies(rules.Policies); err != nil {
		return nil, fmt.Errorf("%w:\n%w", ErrRules, err)
	}
	if err := s.compileProjects(&rules, sources.Sets); err != nil {
		return nil, fmt.Errorf("%w:\n%w", ErrRules, err)
	}
	return s, nil
}

// builtIn is the policy of who has not chosen one.
var builtIn = Policy{Access: Open}

func (s *Snapshot) compilePolicies(documents []Policy) error {
	var found problems
	for _, document := range append([]Policy{builtIn}, documents...) {
		p, err := compilePolicy(document, s.locator)
		found.note(fmt.Sprintf("policy %q", document.Name), err)
		s.policies[document.Name] = p
	}
	for _, document := range documents {
		s.anyOpen = s.anyOpen || document.Access == Open
		s.anyShut = s.anyShut || document.Access == Protected
	}
	return found.join()
}

func (s *Snapshot) compileProjects(rules *Rules, sets map[string]jws.Set) error {
	var found problems
	documents := rules.Projects
	if !slices.ContainsFunc(documents, func(p Project) bool { return p.Name == DefaultProject }) {
		documents = append(documents[:len(documents):len(documents)], Project{Name: DefaultProject})
	}
	for i := range documents {
		document := &documents[i]
		p, err := compileProject(document, sets)
		found.note(fmt.Sprintf("project %q", document.Name), err)
		p.policy = s.policies[cmp.Or(document.Policy, rules.DefaultPolicy)]
		p.guarded = s.anyShut || p.trusts() || s.keys.verifiesCredentials(p.name)
		for _, domain := range document.Domains {
			s.hosts.add(domain, p)
		}
		if p.name == "" {
			s.fallback = p
		}
	}
	return found.join()
}

// project returns the project that a Host selects.
func (s *Snapshot) project(host string) *project {
	if p := s.hosts.find(host); p != nil {
		return p
	}
	return s.fallback
}
