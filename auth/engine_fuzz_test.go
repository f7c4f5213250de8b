package auth

import (
	"errors"
	"net/netip"
	"strings"
	"testing"

	"headwater/auth/urlsign"
)

// FuzzParseRules: what is taken is the same when it is written and read again, and compiles or says why not.
func FuzzParseRules(f *testing.F) {
	for _, text := range []string{"", wholeRules, matrixRules, explainedRules, countedRules, bomb(), "policies: [{name: a}, {name: a}]", "a: &a [*a]", "x: !!binary x",
		"policies: [{<<: {name: a}, access: open}]", "policies:\n- name: |\n    a\n  access: open", "{policies: [~, ~]}", "policies: [{max_age: 1h2m3.5s, rate: {per: -1ns}}]",
		"default_policy: \"\\0\"", "---\n...\n", "%YAML 1.2\n---\n{}", "default_policy: 0o7", "policies: [{name: ! }]"} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		rules, err := ParseRules(text)
		if err != nil {
			if !errors.Is(err, ErrRules) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		written, err := rules.Encode()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		again, err := ParseRules(written)
		if err != nil {
			t.Fatalf("%q as %q: %v", text, written, err)
		}
		twice, err := again.Encode()
		if err != nil || string(twice) != string(written) {
			t.Errorf("%q as %q as %q: %v", text, written, twice, err)
		}
		snapshot, err := NewSnapshot(rules, Sources{Locator: germany{}})
		if err != nil {
			if !errors.Is(err, ErrRules) {
				t.Errorf("%q: %v", text, err)
			}
			return
		}
		for _, p := range snapshot.policies {
			if p.Access != Open && p.Access != Protected {
				t.Errorf("%q: policy %q is %q", text, p.Name, p.Access)
			}
		}
	})
}

// FuzzVisit: whatever a request holds, nothing panics and every refusal has a cause; and where the keys are others than those
// that have signed the seeds, nobody has shown anything.
func FuzzVisit(f *testing.F) {
	s, others := newScene(f, matrixRules), newScene(f, matrixRules)
	keys := others.sources.Keys.Keys()
	for i := range keys {
		keys[i].Secret = Secret(strings.Repeat("x", minHMACSecret))
	}
	others.sources.Keys = mustRing(f, keys...)
	others.swap()
	add := func(path, query, token string) {
		f.Add(path, query, token, "video.example.com", "https://a.example/", "player", "192.0.2.7")
	}
	for _, shown := range matrixCredentials(s) {
		add(shown.path, shown.query, shown.token)
		add(shown.path+"%00", shown.query+"&"+shown.query, shown.token+"=")
	}
	for _, kind := range []urlsign.Type{urlsign.A, urlsign.B, urlsign.C, urlsign.F} {
		path, query := s.signURL(kind, manifest)
		add(path, query, "")
		add("/v/../"+path, query+"#", "")
	}
	add("", "auth_key=1-0-0-"+strings.Repeat("0", 32), "2D3RhEOhAQWhBA")
	add("/v/film/\r\nSet-Cookie: x", "end=1&end=2", strings.Repeat(".", MaxToken))

	f.Fuzz(func(t *testing.T, path, query, token, host, referer, agent, client string) {
		address, _ := netip.ParseAddr(client)
		r := Request{Now: instant, Client: address, Host: host, Referer: referer, Origin: referer, UserAgent: agent}
		shown := showing{path, query, token}
		for _, engine := range []*Engine{s.engine, others.engine} {
			v := new(Visit)
			if err := engine.Begin(v, r); err != nil {
				t.Fatal(err)
			}
			err := shown.to(v)
			if err == nil {
				err = v.Decide(&published)
			}
			if err != nil && nameOf(err) == "" {
				t.Errorf("%v is no cause", err)
			}
			nobody := v.Claims() == nil && v.Session() == nil
			if !nobody && engine == others.engine || nobody && err == nil {
				t.Errorf("%+v is let in: %+v", shown, v.Claims())
			}
		}
		s.explain(shown, &published, func(q *Request) { *q = r })
	})
}
