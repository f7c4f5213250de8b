package auth

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

const countedRules = `
default_policy: counted
policies:
- {name: counted, access: protected, session: {per_user: 2}}
- {name: lenient, access: protected, session: {per_user: 2, on_failure: allow}}
- {name: asked, access: protected, hook: {url: https://hook.example/, timeout: 100ms}}
- {name: asked-lenient, access: protected, hook: {url: https://hook.example/, timeout: 100ms, on_failure: allow}}
- {name: both, access: protected, session: {per_user: 1}, hook: {url: https://hook.example/}}
projects:
- {name: acme, domains: [acme.example]}
`

// TestExchange_PerUser follows the sessions of a user: how many there may be, how they go on, and how they end.
func TestExchange_PerUser(t *testing.T) {
	s := newScene(t, countedRules)
	now := instant
	s.counter.LocalCoordinator = NewLocalCoordinator(func() time.Time { return now })
	at := func(r *Request) { r.Now = now }
	token := s.playAuth("", func(c *Claims) { c.Expires = c.Issued.Add(MaxPlayAuthLife) })
	other := s.playAuth("", func(c *Claims) { c.User = "other" })
	exchange := func(want, token string) []byte {
		t.Helper()
		session, err := s.exchange(token, published, at)
		if outcome(err) != want {
			t.Fatalf("at %v: %v, want %s", now, err, want)
		}
		return session
	}
	watch := func(want string, session []byte) {
		t.Helper()
		if got := outcome(s.watch(session, published, at)); got != want {
			t.Fatalf("at %v: %s, want %s", now, got, want)
		}
	}
	first, second := exchange("-", token), exchange("-", token)
	exchange("too_many_sessions", token)
	exchange("-", other)
	exchange("-", s.playAuth("", func(c *Claims) { c.User = "" })) // nobody to count for

	now = instant.Add(Lease - time.Second)
	watch("-", first)
	now = instant.Add(Lease)
	third := exchange("-", token) // in the place of the second, which nobody watched
	watch("too_many_sessions", second)
	watch("-", first)
	watch("-", third)

	now = now.Add(Lease) // all have paused
	watch("-", second)
	watch("-", third)
	watch("too_many_sessions", first)
	s.rules.Policies[0].Session.PerUser = 0
	s.swap()
	watch("-", first)
}

// TestDecide_RenewsNowAndThen: a session is counted once in 30 s, however often it asks.
func TestDecide_RenewsNowAndThen(t *testing.T) {
	s := newScene(t, countedRules)
	session := s.mustExchange(s.playAuth("", nil), published)
	before := s.counter.entered
	for i := range 120 {
		if err := s.watch(session, published, later(time.Duration(i)*time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if n := s.counter.entered - before; n < 4 || n > 5 {
		t.Errorf("counted %d times in two minutes", n)
	}
}

func TestExchange_Once(t *testing.T) {
	s := newScene(t, countedRules)
	once := func(project, id string) string {
		return s.playAuth(project, func(c *Claims) { c.Once, c.ID = true, id })
	}
	f := func(want, token string, differences ...func(*Request)) {
		t.Helper()
		if _, err := s.exchange(token, published, differences...); outcome(err) != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
	f("-", once("", "one"))
	for range 3 { // takes no place of the user
		f("already_used", once("", "one"))
	}
	f("-", once("acme", "one"), func(r *Request) { r.Host = "acme.example" })
	f("-", once("", "two"))
	f("too_many_sessions", once("", "three"))
}

func TestExchange_Failures(t *testing.T) {
	once := func(c *Claims) { c.Once, c.ID = true, "one" }
	f := func(want string, policy string, change func(*Claims), fail func(*scene)) {
		t.Helper()
		synctest.Test(t, func(t *testing.T) { // its clock has what hangs time out at once
			s := newScene(t, countedRules)
			fail(s)
			if _, err := s.exchange(s.playAuth("", change), Asset{Published: true, Policy: policy}); outcome(err) != want {
				t.Errorf("%s: %v, want %s", policy, err, want)
			}
		})
	}
	works := func(*scene) {}
	broken := func(s *scene) { s.counter.broken, s.hook.answer = errBroken, answerWith(true, errBroken) }
	denies := func(s *scene) { s.hook.answer = answerWith(false, nil) }
	hangs := func(s *scene) {
		s.hook.answer = func(ctx context.Context, _ string, _ Question) (bool, error) {
			<-ctx.Done()
			return true, ctx.Err()
		}
	}
	f("no_coordinator", "counted", nil, broken)
	f("no_coordinator", "counted", once, broken)
	f("-", "lenient", nil, broken)
	f("-", "lenient", once, broken)
	f("no_coordinator", "counted", nil, func(s *scene) { s.counter.hangs = true })
	f("-", "asked", nil, works)
	f("hook_denied", "asked", nil, denies)
	f("hook_denied", "asked-lenient", nil, denies)
	f("hook_failed", "asked", nil, broken)
	f("-", "asked-lenient", nil, broken)
	f("hook_failed", "asked", nil, hangs)
	f("-", "asked-lenient", nil, hangs)
	f("no_coordinator", "both", nil, func(s *scene) { s.counter.broken = errBroken })
}

func answerWith(allowed bool, err error) func(context.Context, string, Question) (bool, error) {
	return func(context.Context, string, Question) (bool, error) { return allowed, err }
}

// TestExchange_Refused: whom the hook refuses uses up nothing.
func TestExchange_Refused(t *testing.T) {
	s := newScene(t, countedRules)
	s.hook.answer = answerWith(false, nil)
	both := Asset{Published: true, Policy: "both"}
	token := s.playAuth("", func(c *Claims) { c.Once, c.ID = true, "one" })
	if _, err := s.exchange(token, both); err != error(HookDenied) {
		t.Fatal(err)
	}
	s.hook.answer = nil
	if _, err := s.exchange(token, both, later(defaultHookCache)); err != nil {
		t.Error(err)
	}
}

func TestExchange_Question(t *testing.T) {
	s := newScene(t, countedRules)
	asked := Asset{Published: true, Policy: "asked"}
	s.mustExchange(s.playAuth("", func(c *Claims) { c.ID = "id" }), asked)
	want := Question{Asset: "film", Policy: "asked", Form: "playauth", TokenID: "id", User: "user", ClientIP: "192.0.2.7", Host: "video.example.com",
		Referer: "https://www.example.com/", UserAgent: "player"}
	if len(s.hook.asked) != 1 || s.hook.asked[0] != want {
		t.Errorf("got %+v", s.hook.asked)
	}
	if err := s.watch(s.mustExchange(s.playAuth("", func(c *Claims) { c.ID = "id" }), asked), asked); err != nil {
		t.Error(err)
	}
	if len(s.hook.asked) != 1 {
		t.Errorf("asked %d times", len(s.hook.asked))
	}
}

func TestExchange_Life(t *testing.T) {
	f := func(rule SessionRule, claimed, video, want time.Duration) {
		t.Helper()
		if got := rule.life(claimed, video); got != want {
			t.Errorf("%+v, %v of %v: %v, want %v", rule, claimed, video, got, want)
		}
	}
	f(SessionRule{}, 0, 2*time.Hour, 3*time.Hour)
	f(SessionRule{Extra: time.Minute}, 0, 2*time.Hour, 2*time.Hour+time.Minute)
	f(SessionRule{Life: time.Minute}, 0, 2*time.Hour, time.Minute)
	f(SessionRule{Life: time.Minute}, time.Second, 2*time.Hour, time.Second)
	f(SessionRule{}, time.Millisecond, 0, time.Second)
	f(SessionRule{}, 1<<62, 0, MaxSessionLife)
	f(SessionRule{}, 0, 1<<63-1, MaxSessionLife)
	f(SessionRule{}, 0, 24*time.Hour, MaxSessionLife)
}

// TestSession_Life: a session lasts as long as it was given, however short the credential was.
func TestSession_Life(t *testing.T) {
	s := newScene(t, countedRules)
	session := s.mustExchange(s.playAuth("", nil), published)
	f := func(want string, after time.Duration) {
		t.Helper()
		if got := outcome(s.watch(session, published, later(after))); got != want {
			t.Errorf("after %v: %s, want %s", after, got, want)
		}
	}
	f("-", 0)
	f("-", 2*time.Hour-1)
	f("expired", 2*time.Hour)
	f("-", -skew*time.Second)
	f("not_yet", -(skew+1)*time.Second)
}

// TestSession_Rotation: viewers go on while keys change, and stop when one is taken away.
func TestSession_Rotation(t *testing.T) {
	s := newScene(t, countedRules)
	session := s.mustExchange(s.playAuth("", nil), published)
	former := s.key("", UseSession)
	for _, use := range []Use{UseSession, UsePlayAuth} {
		ring, _, err := s.sources.Keys.Rotate("", use, instant, false)
		if err != nil {
			t.Fatal(err)
		}
		s.sources.Keys = ring
	}
	s.swap()
	if err := s.watch(session, published, later(time.Minute)); err != nil {
		t.Error(err)
	}
	ring, err := s.sources.Keys.Remove("", former.ID)
	if err != nil {
		t.Fatal(err)
	}
	s.sources.Keys = ring
	s.swap()
	if err := s.watch(session, published, later(time.Minute)); err != error(UnknownKey) {
		t.Errorf("got %v", err)
	}
}

// TestVisit_Revocation revokes each kind: what it hits stops as credential and as session, what it does not hit goes on.
func TestVisit_Revocation(t *testing.T) {
	s := newScene(t, countedRules)
	token := s.playAuth("", func(c *Claims) { c.ID = "id" })
	session := s.mustExchange(token, published)
	v := s.begin()
	if err := v.OpenSession(session, "film"); err != nil {
		t.Fatal(err)
	}
	id := v.Session().ID.String()
	f := func(wantToken, wantSession string, kind RevocationKind, project, value string) {
		t.Helper()
		s.sources.Revocations = mustRevoke(t, Revocation{Kind: kind, Project: project, Value: value, At: instant})
		s.swap()
		if got := outcome(s.begin().Present(token, "film", manifest)); got != wantToken {
			t.Errorf("%s %q: the credential: %s", kind, value, got)
		}
		if got := outcome(s.watch(session, published)); got != wantSession {
			t.Errorf("%s %q: the session: %s", kind, value, got)
		}
	}
	f("revoked", "revoked", RevokeToken, "", "id")
	f("revoked", "revoked", RevokeUser, "", "user")
	f("revoked", "revoked", RevokeAsset, "", "film")
	f("revoked", "revoked", RevokeKey, "", s.key("", UsePlayAuth).ID)
	f("-", "revoked", RevokeKey, "", s.key("", UseSession).ID)
	f("-", "revoked", RevokeSession, "", id)
	f("-", "-", RevokeSession, "acme", id)
	f("-", "-", RevokeToken, "", "other")
	f("-", "-", RevokeUser, "acme", "user")
	f("-", "-", RevokeAsset, "", "film2")
}

// TestVisit_Projects: nothing that is good in one project is in another.
func TestVisit_Projects(t *testing.T) {
	s := newScene(t, countedRules)
	acme := func(r *Request) { r.Host = "acme.example" }
	session := s.mustExchange(s.playAuth("", nil), published)
	if err := s.watch(session, published, acme); err != error(UnknownKey) {
		t.Errorf("got %v", err)
	}
	foreign, err := s.exchange(s.playAuth("acme", nil), published, acme)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.watch(foreign, published, acme); err != nil {
		t.Error(err)
	}
	if err := s.watch(foreign, published); err != error(UnknownKey) {
		t.Errorf("got %v", err)
	}
	if err := s.begin().Present(s.playAuth("acme", nil), "film", manifest); err != error(UnknownKey) {
		t.Errorf("got %v", err)
	}
}

// TestSession_Client: a session belongs to the network that its credential names.
func TestSession_Client(t *testing.T) {
	s := newScene(t, countedRules)
	session := s.mustExchange(s.playAuth("", func(c *Claims) { c.Client = mustPrefix("192.0.2.0/24") }), published)
	if err := s.watch(session, published); err != nil {
		t.Error(err)
	}
	if err := s.watch(session, published, func(r *Request) { r.Client = mustPrefix("198.51.100.1/32").Addr() }); err != error(WrongClient) {
		t.Errorf("got %v", err)
	}
}

func TestDecide_Rate(t *testing.T) {
	s := newScene(t, "default_policy: slow\npolicies: [{name: slow, access: open, rate: {requests: 1, burst: 3}, user_agent: {deny: [bad]}}]")
	f := func(want string, differences ...func(*Request)) {
		t.Helper()
		if got := outcome(s.begin(differences...).Decide(&published)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for range 5 { // who is refused anyway spends nothing
		f("user_agent", func(r *Request) { r.UserAgent = "bad" })
	}
	f("-")
	f("-")
	f("-")
	f("rate")
	f("-", func(r *Request) { r.Client = mustPrefix("192.0.2.8/32").Addr() })
	f("-", later(time.Second))
}

func TestVisit_HopelessConceals(t *testing.T) {
	f := func(rules string, hopeless, conceals bool) {
		t.Helper()
		v := newScene(t, rules).begin()
		if got := v.Hopeless() != nil; got != hopeless || v.Conceals() != conceals {
			t.Errorf("%q: %v, %v", rules, got, v.Conceals())
		}
	}
	f("", false, false)
	f("policies: [{name: shut, access: protected}]", false, false)
	f("default_policy: shut\npolicies: [{name: shut, access: protected}]", true, true)
	f("default_policy: shut\npolicies: [{name: shut, access: protected}, {name: open, access: open}]", false, true)
	s := newScene(t, "default_policy: shut\npolicies: [{name: shut, access: protected}]")
	v := s.begin()
	if err := v.Present(s.playAuth("", nil), "film", manifest); err != nil || v.Hopeless() != nil {
		t.Errorf("%v, %v", err, v.Hopeless())
	}
}

func TestVisit_MaxAge(t *testing.T) {
	f := func(limit, left, want time.Duration, limited bool) {
		t.Helper()
		s := newScene(t, "")
		s.rules = Rules{DefaultPolicy: "a", Policies: []Policy{{Name: "a", Access: Open, MaxAge: limit, SignChildren: limit > 0}}}
		s.swap()
		a := Asset{Published: true}
		if left != 0 {
			a.Expire = instant.Add(left)
		}
		v := s.begin()
		if age, is := v.MaxAge(&a); age != want || is != limited || v.SignsChildren() != (limit > 0) {
			t.Errorf("%v, %v: %v, %v", limit, left, age, is)
		}
	}
	f(0, 0, 0, false)
	f(time.Minute, 0, time.Minute, true)
	f(time.Minute, time.Hour, time.Minute, true)
	f(time.Minute, time.Second, time.Second, true)
	f(0, time.Second, time.Second, true)
	f(0, -time.Second, 0, true)
}
