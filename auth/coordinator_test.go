package auth

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"
)

func TestLocalCoordinator_Use(t *testing.T) {
	now := instant
	c := NewLocalCoordinator(func() time.Time { return now })
	f := func(want bool, project, id string) {
		t.Helper()
		if first, err := c.Use(t.Context(), project, id, instant.Add(time.Minute)); err != nil || first != want {
			t.Errorf("%s/%s: %v, %v", project, id, first, err)
		}
	}
	f(true, "", "a")
	f(false, "", "a")
	f(true, "acme", "a")
	f(true, "", "b")
	now = instant.Add(time.Minute + linger - 1) // a request that began in time
	f(false, "", "a")
	now = instant.Add(time.Minute + linger)
	f(true, "", "c")
	if n := c.used.len(); n != 1 {
		t.Errorf("%d are remembered", n)
	}
}

func TestLocalCoordinator_Enter(t *testing.T) {
	now := instant
	c := NewLocalCoordinator(func() time.Time { return now })
	f := func(want bool, user uint64, session SessionID, limit int) {
		t.Helper()
		if entered, err := c.Enter(t.Context(), user, session, limit, now.Add(time.Minute)); err != nil || entered != want {
			t.Errorf("%d, session %d: %v, %v", user, session, entered, err)
		}
	}
	f(true, 1, 1, 2)
	f(true, 1, 2, 2)
	f(false, 1, 3, 2)
	f(true, 2, 3, 2)
	f(true, 1, 1, 1) // counted already, under a limit that has become lower
	f(false, 1, 4, 0)
	now = now.Add(30 * time.Second)
	f(true, 1, 1, 2)
	now = now.Add(30 * time.Second)
	f(true, 1, 3, 2)
	f(false, 1, 2, 2)
	now = now.Add(time.Hour)
	f(true, 3, 1, 1)
	if c.sessions.len() != 1 || len(c.perUser) != 1 || len(c.sessions.queue) != 1 {
		t.Errorf("%d sessions of %d users are remembered", c.sessions.len(), len(c.perUser))
	}
}

// TestLocalCoordinator_Full: there is an end to what is remembered, and room again when it is over.
func TestLocalCoordinator_Full(t *testing.T) {
	now := instant
	c := NewLocalCoordinator(func() time.Time { return now })
	for i := range maxCounted {
		_, err1 := c.Use(t.Context(), "", fmt.Sprint(i), instant)
		_, err2 := c.Enter(t.Context(), uint64(i/2), SessionID(i), 2, instant.Add(linger))
		if err := errors.Join(err1, err2); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Use(t.Context(), "", "x", instant); !errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	if _, err := c.Enter(t.Context(), 1<<40, 1, 2, instant); !errors.Is(err, ErrFull) {
		t.Errorf("got %v", err)
	}
	if entered, err := c.Enter(t.Context(), 0, 1, 2, instant); !entered || err != nil {
		t.Errorf("one that is counted: %v, %v", entered, err)
	}
	now = instant.Add(linger)
	first, err1 := c.Use(t.Context(), "", "x", instant)
	entered, err2 := c.Enter(t.Context(), 1<<40, 1, 2, instant)
	if err := errors.Join(err1, err2); err != nil || !first || !entered || c.used.len() != 1 || c.sessions.len() != 1 {
		t.Errorf("%v, %v, %v; %d, %d", first, entered, err, c.used.len(), c.sessions.len())
	}
}

// TestLocalCoordinator_Concurrent: of many that show one credential at once one is the first.
func TestLocalCoordinator_Concurrent(t *testing.T) {
	c := NewLocalCoordinator(func() time.Time { return instant })
	var mu sync.Mutex
	firsts, entries := 0, 0
	var wait sync.WaitGroup
	for i := range 32 {
		wait.Go(func() {
			first, err1 := c.Use(context.Background(), "", "one", instant)
			entered, err2 := c.Enter(context.Background(), 7, SessionID(i+1), 3, instant.Add(Lease))
			if err := errors.Join(err1, err2); err != nil {
				t.Error(err)
			}
			mu.Lock()
			defer mu.Unlock()
			if first {
				firsts++
			}
			if entered {
				entries++
			}
		})
	}
	wait.Wait()
	if firsts != 1 || entries != 3 {
		t.Errorf("%d first uses, %d sessions", firsts, entries)
	}
}

func TestExpiring(t *testing.T) {
	e := newExpiring[string]()
	f := func(after time.Duration, want ...string) {
		t.Helper()
		var dropped []string
		e.forget(instant.Add(after), func(key string) { dropped = append(dropped, key) })
		if fmt.Sprint(dropped) != fmt.Sprint(want) || len(e.queue) != e.len() {
			t.Errorf("after %v: %v, want %v", after, dropped, want)
		}
	}
	for i, key := range []string{"c", "a", "d", "b"} {
		e.keep(key, instant.Add([]time.Duration{3, 1, 4, 2}[i]))
	}
	e.keep("a", instant.Add(5)) // put off
	e.keep("d", instant)        // not put forward
	f(0)
	f(2, "b")
	f(3, "c")
	f(4, "d")
	if !e.has("a") || e.has("d") {
		t.Error(e.until)
	}
	f(5, "a")
	f(6)
}
