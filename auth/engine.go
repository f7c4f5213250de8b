package auth

import (
	"sync/atomic"

	"headwater/auth/rule"
)

// Engine decides by the latest snapshot, and holds what decisions need to remember. Safe for concurrent use.
type Engine struct {
	snapshot    atomic.Pointer[Snapshot]
	limiter     *rule.Limiter
	coordinator Coordinator
	asker       *asker
	renewals    renewals
}

// NewEngine returns an engine without rules, which answers nobody before Swap. It counts sessions and single uses with
// coordinator and asks hook; neither may be nil.
func NewEngine(coordinator Coordinator, hook Hook) (*Engine, error) {
	limiter, err := rule.NewLimiter(rule.DefaultMaxClients)
	if err != nil {
		return nil, err
	}
	return &Engine{limiter: limiter, coordinator: coordinator, asker: newAsker(hook)}, nil
}

// Swap has all decisions from now on be made from s.
func (e *Engine) Swap(s *Snapshot) { e.snapshot.Store(s) }

// Ready reports whether there are rules.
func (e *Engine) Ready() bool { return e.snapshot.Load() != nil }
