package auth

import (
	"context"
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
	"time"
)

// explain explains a request for the asset film, which is a, or is not there if that is nil.
func (s *scene) explain(shown showing, a *Asset, differences ...func(*Request)) []Step {
	q := Inquiry{Request: s.request, Path: shown.path, Query: shown.query, Token: shown.token}
	for _, differ := range differences {
		differ(&q.Request)
	}
	q.Asset = func(_, asset string) (Asset, bool) {
		if a == nil || asset != "film" {
			return Asset{}, false
		}
		return *a, true
	}
	return s.engine.Explain(q)
}

// explained returns the cause that an explanation gives, after it has seen that the steps agree.
func (s *scene) explained(shown showing, a Asset) string {
	s.Helper()
	steps := s.explain(shown, &a)
	answer := steps[len(steps)-1]
	first := "-"
	for _, step := range steps[:len(steps)-1] {
		if step.Result == Refused {
			first = step.Cause
			break
		}
	}
	if answer.Name != "answer" || (answer.Result == Passed) != (first == "-") || answer.Result == Refused && answer.Cause != first {
		s.Errorf("%+v", steps)
	}
	return first
}

// find returns the step of a name.
func find(t *testing.T, steps []Step, name string) Step {
	t.Helper()
	for _, step := range steps {
		if step.Name == name {
			return step
		}
	}
	t.Fatalf("no step %s in %+v", name, steps)
	return Step{}
}

const explainedRules = `
default_policy: shut
policies:
- {name: shut, access: protected, referer: {allow: [example.com]}, rate: {requests: 1}}
- {name: open, access: open, country: {deny: [US]}}
- name: full
  access: protected
  credentials: [playauth, cat]
  referer: {allow: [example.com], on_empty: deny}
  address: {allow: [192.0.2.0/24], deny: [192.0.2.66]}
  user_agent: {deny: ["*curl*"]}
  country: {allow: [DE]}
  rate: {requests: 10, per: 1m}
  session: {per_user: 1}
  hook: {url: https://hook.example/}
projects:
- {name: acme, domains: ["*.acme.example"], policy: open}
`

func TestExplain_Steps(t *testing.T) {
	s := newScene(t, explainedRules)
	full := Asset{Published: true, Expire: instant.Add(time.Hour), Policy: "full"}
	token := s.playAuth("", func(c *Claims) { c.ID, c.Once = "id-1", true })
	f := func(steps []Step, name string, want Result, details ...string) {
		t.Helper()
		step := find(t, steps, name)
		if step.Result != want {
			t.Errorf("%+v, want %s", step, want)
		}
		for _, detail := range details {
			if !strings.Contains(step.Detail, detail) {
				t.Errorf("%+v, want %q", step, detail)
			}
		}
	}
	steps := s.explain(showing{path: manifest, token: token}, &full)
	f(steps, "project", Noted, DefaultProject, "video.example.com")
	f(steps, "credential", Passed, "playauth", "key playauth1", `id "id-1"`, `user "user"`, "2026-03-01T12:01:40Z")
	f(steps, "policy", Noted, "full", "protected", "asset")
	f(steps, "access", Passed, "playauth cat")
	f(steps, "asset", Passed, "published", "until 2026-03-01T13:00:00Z")
	f(steps, "referer", Passed, "https://www.example.com/", "allow example.com", "deny without")
	f(steps, "address", Passed, "192.0.2.7", "192.0.2.0/24", "192.0.2.66")
	f(steps, "user_agent", Passed, "player", "*curl*", "allow without")
	f(steps, "country", Passed, "DE: allow DE", "deny where it is not known")
	f(steps, "rate", Unasked, "10 requests per 1m0s", "10 at once")
	f(steps, "hook", Unasked, "https://hook.example/", "3s", "deny should it fail")
	f(steps, "single_use", Unasked)
	f(steps, "sessions", Unasked, "at most 1")
	f(steps, "exchange", Noted, "duration and 1h0m0s")
	f(steps, "answer", Passed, "302")

	session := s.mustExchange(token, full)
	steps = s.explain(showing{path: manifest, token: string(session)}, &full)
	f(steps, "session", Passed, "session1", "2026-03-01T14:00:00Z")
	f(steps, "lease", Unasked, "at most 1")
	steps = s.explain(showing{path: manifest, token: string(session)}, &full, later(3*time.Hour))
	f(steps, "session", Refused, "void")

	acme := func(r *Request) { r.Host = "video.acme.example:443" }
	steps = s.explain(showing{path: manifest}, &published, acme)
	f(steps, "project", Noted, "acme", "*.acme.example")
	f(steps, "credential", Noted, "none")
	f(steps, "policy", Noted, "open", "project")
	f(steps, "answer", Passed)
	steps = s.explain(showing{path: manifest, token: token}, &published, acme)
	f(steps, "credential", Refused, "unknown_key")
}

// TestExplain_Answer: what the viewer is told, as delivery would.
func TestExplain_Answer(t *testing.T) {
	s := newScene(t, explainedRules)
	good := s.playAuth("", nil)
	f := func(wantStatus, wantCause string, path, token string, a *Asset, differences ...func(*Request)) {
		t.Helper()
		steps := s.explain(showing{path: path, token: token}, a, differences...)
		answer := find(t, steps, "answer")
		if !strings.HasPrefix(answer.Detail, wantStatus) || answer.Cause != wantCause {
			t.Errorf("%s: %+v, want %s %s", path, steps, wantStatus, wantCause)
		}
	}
	open := func(r *Request) { r.Host = "a.acme.example" }
	f("200", "", manifest, good, &published)
	f("403", "no_credential", manifest, "", &published)
	f("403", "no_asset", manifest, good, nil)
	f("403", "no_asset", manifest, "", nil) // some assets are open, so it was looked up
	f("403", "not_published", manifest, good, &Asset{})
	f("404", "no_asset", manifest, "", nil, open)
	f("404", "not_published", manifest, "", &Asset{}, open)
	f("403", "malformed", manifest, "x.y", nil, open)
	f("403", "no_policy", manifest, good, &Asset{Published: true, Policy: "gone"})
	for _, path := range []string{"", "/", "/v", "/v/", "/v//x", "/v/film", "/x/film/hls", "/v/../film/x", "/v/FILM/x", "/v/fi%6cm/x"} {
		f("400 or 404", "", path, "", &published)
	}
	engine, err := NewEngine(s.counter, s.hook)
	if err != nil {
		t.Fatal(err)
	}
	s.engine = engine
	f("503", "no_rules", manifest, "", nil)
}

// TestExplain_SpendsNothing: explaining a hundred times leaves all that there was.
func TestExplain_SpendsNothing(t *testing.T) {
	s := newScene(t, explainedRules)
	full := Asset{Published: true, Policy: "full"}
	token := s.playAuth("", func(c *Claims) { c.ID, c.Once = "id-1", true })
	for range 100 {
		s.explain(showing{path: manifest, token: token}, &full)
	}
	if len(s.hook.asked) != 0 || s.counter.entered != 0 {
		t.Errorf("asked %d times, entered %d times", len(s.hook.asked), s.counter.entered)
	}
	if _, err := s.exchange(token, full); err != nil {
		t.Error(err)
	}
}

// TestExplain_HoldsNoSecrets looks for the keys and for the text of the credential.
func TestExplain_HoldsNoSecrets(t *testing.T) {
	s := newScene(t, explainedRules)
	full := Asset{Published: true, Policy: "full"}
	token := s.playAuth("", nil)
	session := string(s.mustExchange(token, full))
	for _, shown := range matrixCredentials(newScene(t, matrixRules)) {
		text, err := json.Marshal(s.explain(shown, &full))
		if err != nil {
			t.Fatal(err)
		}
		secrets := []string{token[len(token)-20:], session[len(session)-20:]}
		if len(shown.token) > 20 {
			secrets = append(secrets, shown.token[len(shown.token)-20:])
		}
		for _, k := range s.sources.Keys.Keys() {
			secrets = append(secrets, string(k.Secret))
		}
		for _, secret := range secrets {
			if strings.Contains(string(text), secret) {
				t.Errorf("%s holds %s", text, secret)
			}
		}
	}
}

// TestExplain_Nobody: also where nothing is known of the client, what is explained is what is decided.
func TestExplain_Nobody(t *testing.T) {
	s := newScene(t, explainedRules)
	for _, policy := range []string{"", "shut", "open", "full"} {
		a := Asset{Published: true, Policy: policy}
		nobody := func(r *Request) { *r = Request{Now: r.Now, Client: netip.Addr{}} }
		v := s.begin(nobody)
		want := outcome(v.Decide(&a))
		if answer := find(t, s.explain(showing{path: manifest}, &a, nobody), "answer"); want != "-" && answer.Cause != want {
			t.Errorf("%q: %+v, want %s", policy, answer, want)
		}
		if _, err := v.Exchange(context.Background(), 0); err != error(NoCredential) {
			t.Error(err)
		}
	}
}
