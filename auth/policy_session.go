package auth

import (
	"cmp"
	"time"
)

// SessionRule bounds the sessions that credentials are exchanged for.
type SessionRule struct {
	// Extra is how much longer than the video a session lasts; an hour unless it says otherwise.
	Extra time.Duration `yaml:"extra,omitempty"`
	// Life is how long it lasts whatever the video; 0 for its duration and Extra.
	Life time.Duration `yaml:"life,omitempty"`
	// PerUser is how many sessions a user may have at a time; 0 for any number.
	PerUser int `yaml:"per_user,omitempty"`
	// OnFailure is what happens while the coordinator, which counts sessions and single uses, does not answer; deny unless
	// it says otherwise.
	OnFailure Verdict `yaml:"on_failure,omitempty"`
}

const (
	defaultSessionExtra = time.Hour
	maxPerUser          = 1000
)

func (r *SessionRule) extra() time.Duration { return cmp.Or(r.Extra, defaultSessionExtra) }

// life returns how long a session of a video lasts, from a second to [MaxSessionLife]. The credential may say.
func (r *SessionRule) life(claimed, video time.Duration) time.Duration {
	life := min(video, MaxSessionLife) + r.extra()
	switch {
	case claimed > 0:
		life = claimed
	case r.Life > 0:
		life = r.Life
	}
	return min(max(life, time.Second), MaxSessionLife)
}

func (r *SessionRule) validate() error {
	var found problems
	found.want(r.Extra >= 0 && r.Extra <= MaxSessionLife, "extra: %s: want at most %s", r.Extra, MaxSessionLife)
	found.want(r.Life >= 0 && r.Life <= MaxSessionLife, "life: %s: want at most %s", r.Life, MaxSessionLife)
	found.want(r.PerUser >= 0 && r.PerUser <= maxPerUser, "per_user: %d: want 0 to %d", r.PerUser, maxPerUser)
	found.note("on_failure", r.OnFailure.validate())
	return found.join()
}

// unanswered returns what to say when the coordinator did not answer.
func (r *SessionRule) unanswered() error {
	if r.OnFailure == Allow {
		return nil
	}
	return NoCoordinator
}

// HookRule has another service agree to each exchange of a credential.
type HookRule struct {
	// URL is asked; empty for none.
	URL string `yaml:"url,omitempty"`
	// Timeout is how long it may take, at most and by default 3 s.
	Timeout time.Duration `yaml:"timeout,omitempty"`
	// Cache is how long its answers are kept; 10 s unless it says otherwise.
	Cache time.Duration `yaml:"cache,omitempty"`
	// OnFailure is what happens when it does not answer; deny unless it says otherwise.
	OnFailure Verdict `yaml:"on_failure,omitempty"`
}

const (
	maxHookTimeout   = 3 * time.Second
	maxHookCache     = time.Hour
	defaultHookCache = 10 * time.Second
)

func (r *HookRule) timeout() time.Duration { return cmp.Or(r.Timeout, maxHookTimeout) }

func (r *HookRule) cache() time.Duration { return cmp.Or(r.Cache, defaultHookCache) }

func (r *HookRule) validate() error {
	var found problems
	found.want(r.URL == "" || webURL(r.URL), "url: want http:// or https:// with a host, and no user")
	found.want(r.Timeout >= 0 && r.Timeout <= maxHookTimeout, "timeout: %s: want at most %s", r.Timeout, maxHookTimeout)
	found.want(r.Cache >= 0 && r.Cache <= maxHookCache, "cache: %s: want at most %s", r.Cache, maxHookCache)
	found.note("on_failure", r.OnFailure.validate())
	return found.join()
}

// unanswered returns what to say when the hook did not answer.
func (r *HookRule) unanswered() error {
	if r.OnFailure == Allow {
		return nil
	}
	return HookFailed
}
