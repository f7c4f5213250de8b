package auth

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// TestAsker_Cache: an answer is kept for its time, a failure is not.
func TestAsker_Cache(t *testing.T) {
	rule := &HookRule{URL: "https://hook.example", Cache: time.Minute}
	hook := &fakeHook{answer: answerWith(false, nil)}
	a := newAsker(hook)
	f := func(wantAllowed bool, wantErr error, wantAsked int, rule *HookRule, q Question, after time.Duration) {
		t.Helper()
		allowed, err := a.ask(t.Context(), rule, q, instant.Add(after))
		if allowed != wantAllowed || err != wantErr || len(hook.asked) != wantAsked {
			t.Errorf("%v, %v; asked %d times, want %d", allowed, err, len(hook.asked), wantAsked)
		}
	}
	f(false, nil, 1, rule, Question{User: "a"}, 0)
	hook.answer = nil
	f(false, nil, 1, rule, Question{User: "a"}, time.Minute-1)
	f(true, nil, 2, rule, Question{User: "a"}, time.Minute)
	f(true, nil, 2, rule, Question{User: "a"}, 2*time.Minute-1)
	f(true, nil, 3, rule, Question{Asset: "a"}, 0) // another question of the same texts
	f(true, nil, 4, &HookRule{URL: "https://other.example"}, Question{User: "a"}, time.Minute)
	hook.answer = answerWith(false, errBroken)
	f(false, errBroken, 5, rule, Question{User: "b"}, 0)
	f(false, errBroken, 6, rule, Question{User: "b"}, 0)
	if n := len(a.answers); n != 3 {
		t.Errorf("%d answers are kept", n)
	}
}

func TestAsker_Bounded(t *testing.T) {
	a := newAsker(&fakeHook{})
	for i := range maxAnswers + 10 {
		if _, err := a.ask(t.Context(), &HookRule{URL: "x"}, Question{User: fmt.Sprint(i)}, instant); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(a.answers); n > maxAnswers {
		t.Errorf("%d answers are kept", n)
	}
}

// TestAsker_Joins: viewers that ask the same at once make one question, and more of them than there are places wait.
func TestAsker_Joins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		asked, asking, most := 0, 0, 0
		count := func(change int) {
			mu.Lock()
			defer mu.Unlock()
			asking += change
			asked, most = asked+max(change, 0), max(most, asking)
		}
		a := newAsker(hookFunc(func(context.Context) (bool, error) {
			count(1)
			defer count(-1)
			time.Sleep(time.Second) // of the bubble's clock, so that all others have begun to wait
			return true, nil
		}))
		var wait sync.WaitGroup
		for i := range 4 * maxAsking {
			wait.Go(func() {
				q := Question{User: fmt.Sprint(i / 2)} // each twice
				if allowed, err := a.ask(t.Context(), &HookRule{URL: "x"}, q, time.Now()); !allowed || err != nil {
					t.Error(allowed, err)
				}
			})
		}
		wait.Wait()
		if asked != 2*maxAsking || most != maxAsking {
			t.Errorf("asked %d times, %d at once", asked, most)
		}
	})
}

// TestAsker_Deadlines: who waits for a place, or for somebody else's answer, waits no longer than it may.
func TestAsker_Deadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		a := newAsker(hookFunc(func(context.Context) (bool, error) { <-release; return true, nil }))
		var wait sync.WaitGroup
		for i := range maxAsking {
			wait.Go(func() { _, _ = a.ask(t.Context(), &HookRule{URL: "x"}, Question{User: fmt.Sprint(i)}, time.Now()) })
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		for _, user := range []string{"0", "new"} {
			if allowed, err := a.ask(ctx, &HookRule{URL: "x"}, Question{User: user}, time.Now()); allowed || err != context.DeadlineExceeded {
				t.Errorf("user %s: %v, %v", user, allowed, err)
			}
		}
		close(release)
		wait.Wait()
		if allowed, err := a.ask(t.Context(), &HookRule{URL: "x"}, Question{User: "new"}, time.Now()); !allowed || err != nil {
			t.Errorf("afterwards: %v, %v", allowed, err)
		}
	})
}

// TestAsker_Panic: who waits for somebody whose question panics is told so.
func TestAsker_Panic(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		start := make(chan struct{})
		a := newAsker(hookFunc(func(context.Context) (bool, error) { <-start; panic("x") }))
		var wait sync.WaitGroup
		wait.Go(func() {
			defer func() { _ = recover() }()
			_, _ = a.ask(t.Context(), &HookRule{URL: "x"}, Question{}, time.Now())
		})
		synctest.Wait()
		wait.Go(func() {
			if allowed, err := a.ask(t.Context(), &HookRule{URL: "x"}, Question{}, time.Now()); allowed || err != errNoAnswer {
				t.Error(allowed, err)
			}
		})
		synctest.Wait()
		close(start)
		wait.Wait()
		if len(a.answers) != 0 || len(a.free) != 0 {
			t.Errorf("%d answers, %d places taken", len(a.answers), len(a.free))
		}
	})
}

type hookFunc func(context.Context) (bool, error)

func (f hookFunc) Ask(ctx context.Context, _ string, _ Question) (bool, error) { return f(ctx) }
