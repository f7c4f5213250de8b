package auth

import "context"

// Question is what a remote hook is told of the exchange of a credential.
type Question struct {
	Project   string `json:"project"`
	Asset     string `json:"asset"`
	Policy    string `json:"policy"`
	Form      string `json:"form"`
	TokenID   string `json:"token_id,omitempty"`
	User      string `json:"user,omitempty"`
	ClientIP  string `json:"client_ip"`
	Host      string `json:"host"`
	Referer   string `json:"referer,omitempty"`
	UserAgent string `json:"user_agent,omitempty"`
}

// Hook asks a service at a URL. It must be safe for concurrent use and keep nothing of a question.
type Hook interface {
	Ask(ctx context.Context, url string, q Question) (allowed bool, err error)
}

// askHook asks the hook of the policy, or remembers what it said to the same question.
func (v *Visit) askHook(ctx context.Context) error {
	rule := &v.policy.Hook
	if rule.URL == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, rule.timeout())
	defer cancel()
	allowed, err := v.engine.asker.ask(ctx, rule, v.question(), v.Now)
	switch {
	case err != nil:
		return rule.unanswered()
	case !allowed:
		return HookDenied
	}
	return nil
}

func (v *Visit) question() Question {
	return Question{
		Project: v.project.name, Asset: v.asset, Policy: v.policy.Name, Form: v.claims.Form.String(),
		TokenID: v.claims.ID, User: v.claims.User, ClientIP: v.Client.String(), Host: v.Host,
		Referer: v.Referer, UserAgent: v.UserAgent,
	}
}
