package auth

import (
	"context"
	"crypto/sha256"
	"errors"
	"sync"
	"time"
)

// asker asks a hook: each question once at a time, few questions at a time, and again only when the answer has become old.
// Whoever has one credential can make up any number of questions, so all of that is bounded.
type asker struct {
	hook Hook
	free chan struct{} // holds a value for each question that is being asked

	mu      sync.Mutex
	answers map[questionHash]*hookAnswer
}

const (
	maxAsking  = 64
	maxAnswers = 1 << 14
)

func newAsker(hook Hook) *asker {
	return &asker{hook: hook, free: make(chan struct{}, maxAsking), answers: map[questionHash]*hookAnswer{}}
}

// hookAnswer is the answer to a question; allowed and err may be read once known is closed.
type hookAnswer struct {
	known   chan struct{}
	allowed bool
	err     error
	until   time.Time // zero while it is not known
}

// errNoAnswer is what others who wait are told when who asks for them does not come back.
var errNoAnswer = errors.New("the hook was not asked to the end")

// ask returns what the hook of a rule says to a question, at the latest when ctx is over. The error says why it does not.
func (a *asker) ask(ctx context.Context, rule *HookRule, q Question, now time.Time) (allowed bool, err error) {
	key := q.hash(rule.URL)
	answer, mine := a.join(key, now)
	if mine {
		a.fetch(ctx, rule, key, q, now, answer)
	}
	select {
	case <-answer.known:
		return answer.allowed, answer.err
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// join returns the answer to a question, and whether it is for the caller to fetch.
func (a *asker) join(key questionHash, now time.Time) (answer *hookAnswer, mine bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if answer := a.answers[key]; answer != nil && (answer.until.IsZero() || now.Before(answer.until)) {
		return answer, false
	}
	if len(a.answers) >= maxAnswers {
		a.forget()
	}
	answer = &hookAnswer{known: make(chan struct{}), err: errNoAnswer}
	a.answers[key] = answer
	return answer, true
}

// forget drops all answers that are known: asking again is all that it costs. The caller holds mu.
func (a *asker) forget() {
	for key, answer := range a.answers {
		if !answer.until.IsZero() {
			delete(a.answers, key)
		}
	}
}

// fetch asks the hook as soon as there is a place for it.
func (a *asker) fetch(ctx context.Context, rule *HookRule, key questionHash, q Question, now time.Time, answer *hookAnswer) {
	defer a.settle(key, answer, now.Add(rule.cache())) // also should Ask panic
	select {
	case a.free <- struct{}{}:
		defer func() { <-a.free }()
		answer.allowed, answer.err = a.hook.Ask(ctx, rule.URL, q)
	case <-ctx.Done():
		answer.err = ctx.Err()
	}
}

// settle lets all who wait have the answer, and keeps it if it is one.
func (a *asker) settle(key questionHash, answer *hookAnswer, until time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	answer.until = until
	if answer.err != nil {
		delete(a.answers, key)
	}
	close(answer.known)
}

type questionHash [sha256.Size]byte

// hash returns a number for a question to a service. Viewers choose some of the texts, and must not find two questions
// with one hash.
func (q *Question) hash(url string) questionHash {
	var all []byte
	for _, text := range []string{
		url, q.Project, q.Asset, q.Policy, q.Form, q.TokenID, q.User, q.ClientIP, q.Host, q.Referer, q.UserAgent,
	} {
		all = appendCounted(all, text)
	}
	return sha256.Sum256(all)
}
