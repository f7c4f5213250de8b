package auth

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// wholeRules has every field.
const wholeRules = `
default_policy: strict
policies:
  - name: strict
    access: protected
    credentials: [playauth, signed_url]
    referer: {allow: [example.com, "=example.org"], deny: ["*.bad.example"], on_empty: deny}
    address: {allow: [192.0.2.0/24, "2001:db8::/32"], deny: [192.0.2.66]}
    user_agent: {allow: ["*"], deny: ["*curl*"], on_empty: allow}
    country: {allow: [DE, fr], deny: [US], on_unknown: allow}
    rate: {requests: 100, per: 1s, burst: 200}
    session: {extra: 30m, life: 2h, per_user: 3, on_failure: allow}
    hook: {url: "https://hook.example/decide", timeout: 500ms, cache: 1m, on_failure: deny}
    sign_children: true
    max_age: 10m
  - name: open
    access: open
projects:
  - name: acme
    domains: [video.acme.example, "*.acme.example", "[2001:db8::1]", 192.0.2.1]
    policy: open
    origins: [https://www.acme.example, "http://localhost:3000", "https://[::1]:8443"]
    signed_url: {types: [A, F], validity: 10m, key_params: [h, t], sign_param: sig, time_param: at, decimal_time: true}
    jwt: {issuer: https://id.example, audience: headwater, max_life: 1h, jwks_url: https://id.example/keys, jwks_file: /etc/keys}
    cat: {issuer: cat, max_life: 1m}
  - name: default
    policy: strict
`

func TestParseRules_RoundTrip(t *testing.T) {
	rules, err := ParseRules([]byte(wholeRules))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := NewSnapshot(rules, Sources{Locator: germany{}}); err != nil {
		t.Fatal(err)
	}
	text, err := rules.Encode()
	if err != nil {
		t.Fatal(err)
	}
	again, err := ParseRules(text)
	if diff := cmp.Diff(rules, again); err != nil || diff != "" {
		t.Errorf("%v %s\n%s", err, diff, text)
	}
	p := rules.Policies[0]
	if p.Session.Extra != 30*time.Minute || p.Rate.Burst != 200 || p.Hook.Timeout != 500*time.Millisecond || !p.SignChildren || p.MaxAge != 10*time.Minute {
		t.Errorf("%+v", p)
	}
	for _, text := range []string{"", "\n", "# nothing", "{}", "---\n", "policies: []"} {
		if empty, err := ParseRules([]byte(text)); err != nil || len(empty.Policies)+len(empty.Projects) > 0 {
			t.Errorf("%q: %+v, %v", text, empty, err)
		}
	}
}

func TestParseRules_Refuses(t *testing.T) {
	f := func(want, text string) {
		t.Helper()
		rules, err := ParseRules([]byte(text))
		if !errors.Is(err, ErrRules) || !strings.Contains(err.Error(), want) || !cmp.Equal(rules, Rules{}) {
			t.Errorf("%.80s: %+v, %v, want %q", text, rules, err, want)
		}
	}
	f("field acces not found", "policies: [{name: a, acces: open}]")
	f("field Policies not found", "Policies: []")
	f("cannot unmarshal", "policies: {a: open}")
	f("cannot unmarshal", "policies: [{name: a, max_age: 60}]") // of what?
	f("cannot unmarshal", "policies: [{name: a, rate: {requests: many}}]")
	f("cannot unmarshal", "policies: [{name: a, sign_children: 1}]")
	f("already defined", "policies: []\npolicies: []")
	f("already defined", "policies: [{name: a, name: b}]")
	f(`policy "a" is given twice`, "policies: [{name: a}, {name: a}]")
	f(`project "a" is given twice`, "projects: [{name: a}, {name: a}]")
	f(`domain "x.example" is given twice`, "projects: [{name: a, domains: [x.example]}, {name: b, domains: [x.example]}]")
	f("one YAML document", "policies: []\n---\npolicies: []")
	f("longer than", strings.Repeat(" ", MaxRulesBytes+1))
	f("yaml", "\t- :")
	f("yaml", "a: &a [*a]")
	f("yaml", strings.Repeat("[", 11_000))
	f("yaml", "policies: \xff")
	f("yaml", bomb())
	f("a mapping of 65 keys", "policies: [{"+strings.Repeat("a: 1, ", 65)+"}]")
	f("a mapping of", strings.Repeat("a:\n", 10_000)) // of which the decoder would compare each with each
	f("and 9980 more", "policies: ["+strings.Repeat("a, ", 10_000)+"]")
}

// bomb returns a document that aliases make a thousand million policies of.
func bomb() string {
	text := "policies:\n- &a0 {name: a}\n"
	lists := "x0: &x0 [a, a, a, a, a, a, a, a, a, a]\n"
	for i := 1; i < 9; i++ {
		alias := "*x" + string(rune('0'+i-1))
		lists += "x" + string(rune('0'+i)) + ": &x" + string(rune('0'+i)) + " [" + strings.Repeat(alias+", ", 9) + alias + "]\n"
	}
	return lists + text
}

// TestNewSnapshot_Refuses: each mistake is told, with the name of what it is in.
func TestNewSnapshot_Refuses(t *testing.T) {
	f := func(want, text string) {
		t.Helper()
		rules, err := ParseRules([]byte(text))
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		if _, err := NewSnapshot(rules, Sources{}); !errors.Is(err, ErrRules) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", text, err, want)
		}
	}
	policy := func(want, fields string) {
		t.Helper()
		f(want, "policies: [{name: a, access: open, "+fields+"}]")
		f(`policy "a": `, "policies: [{name: a, access: open, "+fields+"}]")
	}
	project := func(want, fields string) {
		t.Helper()
		f(want, "projects: [{name: a, "+fields+"}]")
	}
	f("access", "policies: [{name: a}]")
	f("want open or protected", "policies: [{name: a, access: public}]")
	f(`policy "": name`, "policies: [{access: open}]")
	f("name", "policies: [{name: A, access: open}]")
	f("name", "policies: [{name: -a, access: open}]")
	f("name", "policies: [{name: "+strings.Repeat("a", 65)+", access: open}]")
	f(`default_policy: there is no policy "a"`, "default_policy: a")
	f(`project "a": there is no policy "b"`, "projects: [{name: a, policy: b}]")
	f("more than", "projects: ["+manyProjects()+"]")
	policy("credentials", "credentials: [password]")
	policy("referer.on_empty", "referer: {on_empty: maybe}")
	policy("user_agent.on_empty", "user_agent: {on_empty: maybe}")
	policy("country.on_unknown", "country: {on_unknown: maybe}")
	policy("referer: ", `referer: {allow: ["https://example.com/"]}`)
	policy("address: ", "address: {deny: [192.0.2.1/24]}")
	policy("user_agent: ", `user_agent: {deny: [""]}`)
	policy("auth.countries", "country: {allow: [DE]}")
	policy("rate: ", "rate: {per: 1s}")
	policy("rate: ", "rate: {requests: -1}")
	policy("session: life", "session: {life: 25h}")
	policy("session: extra", "session: {extra: -1s}")
	policy("session: per_user", "session: {per_user: 1001}")
	policy("session: on_failure", "session: {on_failure: retry}")
	policy("hook: url", "hook: {url: ftp://hook.example}")
	policy("hook: url", "hook: {url: https://user:secret@hook.example}")
	policy("hook: timeout", "hook: {timeout: 4s}")
	policy("hook: cache", "hook: {cache: 2h}")
	policy("hook: on_failure", "hook: {on_failure: retry}")
	policy("max_age", "max_age: -1s")
	for _, domain := range []string{"", "Example.com", "example.com:80", "example.com.", "*", "*.", "a.*.example", "a..b", ".example", "exa mple", "::1", "[::1]:80", "[2001:DB8::1]", "*.[::1]", strings.Repeat("a.", 130) + "a"} {
		project("domains", `domains: ["`+domain+`"]`)
	}
	for _, origin := range []string{"", "null", "*", "example.com", "https://Example.com", "https://example.com/", "https://example.com:443", "https://a:b@example.com", "ftp://a.example", "https://a.example:", "https://a.example:x", "https://a.example:080", "https://"} {
		project("origins", `origins: ["`+origin+`"]`)
	}
	project("signed_url", "signed_url: {types: [D]}")
	project("signed_url", "signed_url: {key_params: [a]}")
	project("signed_url", "signed_url: {sign_param: auth_key}")
	project("signed_url: validity", "signed_url: {validity: 169h}")
	project("jwt: max_life", "jwt: {max_life: 169h}")
	project("cat: jwks_url", "cat: {jwks_url: /keys}")
	project("jwt: jwks", "jwt: {jwks: '{}'}")
	f("signed_url.types", "default_policy: a\npolicies: [{name: a, access: open, sign_children: true}]\nprojects: [{name: b, signed_url: {types: [B]}}]")
	f("signed_url.types", "policies: [{name: a, access: open, sign_children: true}]\nprojects: [{name: b, policy: a, signed_url: {types: [B]}}]")

	_, err := NewSnapshot(Rules{DefaultPolicy: "x", Policies: []Policy{{Name: "A", Rate: Rate{Requests: -1}}}, Projects: []Project{{Name: "B"}}}, Sources{})
	for _, want := range []string{"default_policy", `policy "A": name`, "access", `project "B": name`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("not all at once: %v", err)
		}
	}
}

func manyProjects() string {
	var list strings.Builder
	for i := range maxDocuments + 1 {
		list.WriteString("{name: p" + SessionID(i).String() + "},")
	}
	return list.String()
}

func TestRules_Overlay(t *testing.T) {
	base := Rules{DefaultPolicy: "a", Policies: []Policy{{Name: "a", Access: Open}, {Name: "b", Access: Open}}, Projects: []Project{{Name: "a"}}}
	before, err := base.Encode()
	if err != nil {
		t.Fatal(err)
	}
	got := base.Overlay(Rules{Policies: []Policy{{Name: "b", Access: Protected}, {Name: "c", Access: Open}}, Projects: []Project{{Name: "b"}, {Name: "a", Policy: "c"}}})
	want := Rules{DefaultPolicy: "a", Policies: []Policy{{Name: "a", Access: Open}, {Name: "b", Access: Protected}, {Name: "c", Access: Open}}, Projects: []Project{{Name: "a", Policy: "c"}, {Name: "b"}}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got := base.Overlay(Rules{DefaultPolicy: "b"}); got.DefaultPolicy != "b" || len(got.Policies) != 2 {
		t.Errorf("%+v", got)
	}
	less, found := base.WithoutPolicy("a")
	if !found || len(less.Policies) != 1 || less.Policies[0].Name != "b" || len(less.Projects) != 1 || less.DefaultPolicy != "a" {
		t.Errorf("%+v", less)
	}
	less, found = base.WithoutProject("a")
	if !found || len(less.Policies) != 2 || len(less.Projects) != 0 {
		t.Errorf("%+v", less)
	}
	if _, found := base.WithoutProject("b"); found {
		t.Error("a policy is found as a project")
	}
	if _, found := base.WithoutPolicy("c"); found {
		t.Error("there is no such policy")
	}
	if after, err := base.Encode(); err != nil || string(after) != string(before) {
		t.Errorf("the rules have changed: %v\n%s", err, after)
	}
}
