package rule

import (
	"errors"
	"fmt"
	"slices"
)

// Agents is a rule about the User-Agent header (RFC 9110 §10.1.5).
type Agents struct {
	allow, deny globs
	allowEmpty  bool
}

const (
	maxAgent         = 1024
	maxAgentPatterns = 100 // each costs a pass over the header
	maxAgentPattern  = 256
)

// NewAgents compiles lists of patterns. A pattern is all of a header, in which '*' stands for any characters, or none; the
// case of ASCII letters does not count. So "*curl*" is whatever mentions curl, and "curl" nothing but that word. A list holds
// up to 100 patterns of up to 256 bytes. allowEmpty says what becomes of requests without the header, which no pattern
// matches. The error names every pattern that is none.
func NewAgents(allow, deny []string, allowEmpty bool) (*Agents, error) {
	var problems []error
	compile := func(patterns []string) (compiled globs) {
		if len(patterns) > maxAgentPatterns {
			problems = append(problems, fmt.Errorf("%d user agents in a list: want at most %d", len(patterns), maxAgentPatterns))
			return nil
		}
		for _, pattern := range patterns {
			if err := checkAgent(pattern); err != nil {
				problems = append(problems, fmt.Errorf("user agent %q: %w", pattern, err))
				continue
			}
			compiled = append(compiled, compileGlob(pattern))
		}
		return compiled
	}
	a := &Agents{allow: compile(allow), deny: compile(deny), allowEmpty: allowEmpty}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return a, nil
}

func checkAgent(pattern string) error {
	switch {
	case pattern == "":
		return errors.New("empty: requests without the header have a setting of their own")
	case len(pattern) > maxAgentPattern:
		return fmt.Errorf("%d bytes: want at most %d", len(pattern), maxAgentPattern)
	case slices.ContainsFunc([]byte(pattern), isControl):
		return errors.New("no header holds control characters")
	}
	return nil
}

func isControl(c byte) bool { return c < ' ' || c == 0x7f }

// Allows reports whether a request with this header may be answered. Headers of more than 1024 bytes are refused, whatever
// the lists say.
func (a *Agents) Allows(agent string) bool {
	if agent == "" {
		return a.allowEmpty
	}
	if len(agent) > maxAgent {
		return false
	}
	var scratch [maxAgent]byte
	text := appendLower(scratch[:0], agent)
	return !a.deny.match(text) && (len(a.allow) == 0 || a.allow.match(text))
}
