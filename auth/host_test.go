package auth

import (
	"strings"
	"testing"
)

func TestVisit_Project(t *testing.T) {
	s := newScene(t, `
projects:
- {name: exact, domains: [video.example.com, "[2001:db8::1]", 192.0.2.1]}
- {name: wild, domains: ["*.example.com"]}
- {name: deep, domains: ["*.eu.example.com"]}
- {name: default, domains: [main.example.com]}
`)
	f := func(host, want string) {
		t.Helper()
		if got := s.begin(func(r *Request) { r.Host = host }).Project(); got != want {
			t.Errorf("%q: %q, want %q", host, got, want)
		}
	}
	for _, host := range []string{"video.example.com", "VIDEO.Example.COM", "video.example.com:8443", "video.example.com.", "video.example.com.:80", "video.example.com:",
		"[2001:db8::1]", "[2001:DB8::1]:443", "192.0.2.1:80"} {
		f(host, "exact")
	}
	for _, host := range []string{"a.example.com", "a.b.example.com", "eu.example.com", "xvideo.example.com", "A.EXAMPLE.com:1"} {
		f(host, "wild")
	}
	f("a.eu.example.com", "deep")
	f("a.b.eu.example.com.", "deep")
	f("main.example.com", "")
	for _, host := range []string{"", ".", ":", ":80", "example.com", ".example.com", "example.com.evil.example", "videoxexample.com", "video.example.com..",
		"2001:db8::1", "[2001:db8::1", "[", "]", "[]", "a@video.example.com.x", "video.example.com/", "example.com\x00", "*.example", strings.Repeat("a", 300),
		strings.Repeat("a.", 130) + "example.com", strings.Repeat(".", 10_000)} {
		f(host, "")
	}
}

func TestVisit_SharesWith(t *testing.T) {
	s := newScene(t, "projects: [{name: a, domains: [a.example], origins: [https://page.example, 'http://page.example:8080']}]")
	f := func(host, origin string, wantShares, wantAll bool) {
		t.Helper()
		v := s.begin(func(r *Request) { r.Host = host })
		if shares, all := v.SharesWith(origin); shares != wantShares || all != wantAll {
			t.Errorf("%s, %q: %v, %v", host, origin, shares, all)
		}
	}
	f("b.example", "https://any.example", true, true)
	f("b.example", "", true, true)
	f("a.example", "https://page.example", true, false)
	f("a.example", "http://page.example:8080", true, false)
	for _, origin := range []string{"", "null", "*", "http://page.example", "https://page.example:8080", "https://page.example/", "https://page.example.evil.example", "https://a.page.example"} {
		f("a.example", origin, false, false)
	}
}

func TestVisit_Guarded(t *testing.T) {
	f := func(want bool, rules string, host string, keys ...Key) {
		t.Helper()
		s := newScene(t, rules)
		s.sources.Keys = mustRing(t, keys...)
		s.swap()
		if got := s.begin(func(r *Request) { r.Host = host }).Guarded(); got != want {
			t.Errorf("%q on %s: %v", rules, host, got)
		}
	}
	const two = "projects: [{name: acme, domains: [acme.example]}]"
	acme := testKey(UsePlayAuth, "key1")
	acme.Project = "acme"
	f(false, "", "x")
	f(false, "policies: [{name: a, access: open}]", "x", testKey(UseSession, "key1"))
	f(true, "policies: [{name: a, access: protected}]", "x") // some asset may name it
	f(true, "", "x", testKey(UsePlayAuth, "key1"))
	f(true, "", "x", testKey(UseURL, "key1"))
	f(true, two, "acme.example", acme)
	f(false, two, "x", acme)
	f(true, "projects: [{name: acme, domains: [acme.example], jwt: {jwks_url: https://id.example/keys}}]", "acme.example")
	f(false, "projects: [{name: acme, domains: [acme.example], jwt: {jwks_url: https://id.example/keys}}]", "x")
}
