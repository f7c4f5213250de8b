package rule

import (
	"net/netip"
	"net/url"
	"strings"
	"testing"
)

func referers(t testing.TB, allow, deny string, allowEmpty bool) *Referers {
	t.Helper()
	r, err := NewReferers(strings.Fields(allow), strings.Fields(deny), allowEmpty)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestReferers(t *testing.T) {
	f := func(pattern, referer string, want bool) {
		t.Helper()
		if got := referers(t, pattern, "", false).Allows(referer, ""); got != want {
			t.Errorf("%q allows %q: %v", pattern, referer, got)
		}
		if got := referers(t, "", pattern, false).Allows(referer, ""); got == want {
			t.Errorf("%q denies %q: %v", pattern, referer, !got)
		}
	}
	f("example.com", "https://example.com", true)
	f("example.com", "http://example.com/", true)
	f("example.com", "HTTPS://WWW.Example.COM:8443/a/b?c=d#e", true)
	f("EXAMPLE.com", "https://a.b.c.example.com./x", true)
	f("example.com", "https://example.com?x", true)
	f("example.com", "https://example.com#x", true)
	f("example.com", "https://example.com.evil.net/", false)
	f("example.com", "https://badexample.com/", false)
	f("example.com", "https://evil.net/example.com", false)
	f("example.com", "https://evil.net/?https://example.com/", false)
	f("example.com", "https://com/", false)
	f("com", "https://example.com/", true)
	f("=example.com", "https://example.com/", true)
	f("=example.com", "https://www.example.com/", false)
	f("*.example.com", "https://www.example.com/", true)
	f("*.example.com", "https://example.com/", false)
	f("=example.com *.example.com", "https://example.com/", true)
	f("=example.com *.example.com", "https://a.example.com/", true)
	f("=a.example.com b.example.com", "https://x.b.example.com/", true)
	f("=a.example.com b.example.com", "https://x.a.example.com/", false)
	f("cdn*.example.*", "https://cdn17.example.net/", true)
	f("cdn*.example.*", "https://cdn.evil.example.net/", true)
	f("cdn*.example.*", "https://xcdn.example.net/", false)
	f("*", "https://anything.test/", true)
	f("xn--bcher-kva.example", "https://xn--bcher-kva.example/", true)
	f("my_host", "http://my_host/", true)
	f("192.0.2.1", "http://192.0.2.1:8080/", true)
	f("192.0.2.1", "http://1.192.0.2.1/", false)
	f("[2001:DB8:0:0::1]", "http://[2001:db8::1]:80/", true)
	f("[2001:db8::1]", "http://[2001:db8::2]/", false)
	f("[::ffff:192.0.2.1]", "http://192.0.2.1/", false)
}

// TestReferersMalformed wants that nothing which others may read differently matches any pattern.
func TestReferersMalformed(t *testing.T) {
	allow := referers(t, "* good.example", "", true)
	deny := referers(t, "", "* good.example", false)
	for _, referer := range []string{
		"good.example", "//good.example/", "https:good.example", "https:/good.example/", "https:\\\\good.example", "https//good.example",
		"ftp://good.example/", "javascript://good.example/%0a", "data:text/html,https://good.example", "null", "null/", "ABOUT:BLANK", " ",
		"https://", "https:///good.example", "https://?good.example", "https://.", "https://..", "https://good..example", "https://.good.example",
		"https://good.example../", "https://good.example@evil.example/", "https://evil.example@good.example/", "https://u:p@good.example/",
		"https://good.example\\@evil.example/", "https://good.example\\.evil.example", "https://good.example:/", "https://good.example:x/",
		"https://good.example:80:80/", "https://good.example:123456/", "https://good.example:+80", "https://good.example:80@evil.example/",
		"https://good.example%2eevil.example/", "https://good%00.example/", "https://good.example\x00.evil.example", "https://good.example\t/",
		" https://good.example/", "https://good.example /", "https://gооd.example/", "https://good。example/", "https://good.example,evil.example",
		"https://good.example;/", "https://good.example*/", "https://*/", "https://[::1", "https://[]/", "https://[::1]x/", "https://[::1]good.example/",
		"https://[::1%25eth0]/", "https://[good.example]/", "https://::1/", "https://good.example]/", "https://g[::1]/", "httpſ://good.example/",
		"https://" + strings.Repeat("a", 64) + ".good.example/", "https://" + strings.Repeat("a.", 121) + "good.example/",
	} {
		if allow.Allows(referer, "") {
			t.Errorf("%q matches", referer)
		}
		if !deny.Allows(referer, "") {
			t.Errorf("%q matches or is empty", referer)
		}
	}
}

func TestReferersEmpty(t *testing.T) {
	f := func(referer, origin string, allowEmpty, want bool) {
		t.Helper()
		if got := referers(t, "good.example", "bad.good.example", allowEmpty).Allows(referer, origin); got != want {
			t.Errorf("%q, %q, %v: %v", referer, origin, allowEmpty, got)
		}
	}
	for _, empty := range []string{"", "about:blank"} {
		f(empty, "", true, true)
		f(empty, "", false, false)
		f(empty, "null", true, true)
		f(empty, "null", false, false)
		f(empty, "https://good.example", false, true)
		f(empty, "https://bad.good.example", true, false)
		f(empty, "https://evil.example", true, false)
	}
	f("https://good.example/", "https://evil.example", false, true)
	f("https://evil.example/", "https://good.example", true, false)
	f("null", "https://good.example", true, false)
	f("null", "null", true, false)
	f("", "nullhttps://good.example", true, false)
	if !referers(t, "", "", false).Allows("https://a.example/", "") || referers(t, "", "", false).Allows("", "") {
		t.Error("no lists: pages are allowed, empty is what the setting says")
	}
}

func TestReferersBadPatterns(t *testing.T) {
	f := func(pattern, want string) {
		t.Helper()
		for _, lists := range [][2][]string{{{"a.example", pattern}, nil}, {nil, {pattern}}} {
			_, err := NewReferers(lists[0], lists[1], true)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: %v, want %q", pattern, err, want)
			}
		}
	}
	f("", "want a host such as")
	f("=", "want a host such as")
	f("*.", "want a host such as")
	f("=*.example.com", "want a host such as")
	f("a..b", "want a host such as")
	f("a b", "want a host such as")
	f("example.com.", "want a host such as")
	f("*/x", "without scheme, port and path")
	f("https://example.com", "without scheme, port and path")
	f("https://*.example.com", "without scheme, port and path")
	f("example.com:443", "without scheme, port and path")
	f("example.com/x", "without scheme, port and path")
	f("::1", "brackets")
	f(".example.com", "covers the sub-domains too")
	f("bücher.example", "Punycode")
	f("[::1", "IPv6 address")
	f("[1.2.3.4]", "IPv6 address")
	f("[fe80::1%eth0]", "IPv6 address")
	f("[::1]]", "IPv6 address")
	f("192.0.2", "IPv4 address")
	f("*.192.0.2.1.5", "IPv4 address")
	f("a.07", "IPv4 address")
	_, err := NewReferers(strings.Fields("a:1 b:2"), strings.Fields("c:3"), true)
	for _, pattern := range []string{`"a:1"`, `"b:2"`, `"c:3"`} {
		if err == nil || !strings.Contains(err.Error(), pattern) {
			t.Errorf("%v does not name %s", err, pattern)
		}
	}
	if _, err := NewReferers(manyHosts(maxHostPatterns+1, "h%.example"), nil, true); err == nil {
		t.Error("a list without end is taken")
	}
	if _, err := NewReferers(manyHosts(maxHostGlobs+1, "h%*.example"), nil, true); err == nil {
		t.Error("patterns with stars without end are taken")
	}
}

// manyHosts returns n patterns with a number each in place of '%'.
func manyHosts(n int, pattern string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = strings.Replace(pattern, "%", netip.AddrFrom4([4]byte{0, byte(i >> 16), byte(i >> 8), byte(i)}).String(), 1)
	}
	return all
}

// FuzzReferers compares with net/url what is taken for a host, and wants that a pattern of a host matches it.
func FuzzReferers(f *testing.F) {
	for _, referer := range []string{
		"https://www.Example.com.:443/x?y#z", "http://[2001:DB8::1]:80/", "https://a@b/", "https://a\\b/", "HTTP://1.2.3.4", "https://a..b/",
	} {
		f.Add("*.example.com", referer)
		f.Add("ex*m*.com", referer)
	}
	f.Fuzz(func(t *testing.T, pattern, referer string) {
		if r, err := NewReferers([]string{pattern}, nil, false); err == nil {
			r.Allows(referer, "")
		}
		var scratch [maxHost]byte
		host, ok := hostOf(&scratch, referer)
		if !ok {
			return
		}
		authority, _ := authorityOf(referer)
		parsed, err := url.Parse("http://" + authority)
		if err != nil {
			if !strings.HasPrefix(authority, "[") {
				t.Fatalf("%q: host %q, but %v", referer, host, err)
			}
			return // not an IPv6 address
		}
		want := strings.Trim(strings.ToLower(strings.TrimSuffix(parsed.Hostname(), ".")), "[]")
		if got := strings.Trim(string(host), "[]"); got != want || parsed.User != nil {
			t.Errorf("%q: host %q, net/url has %q", referer, got, want)
		}
		if r, err := NewReferers([]string{"=" + string(host)}, nil, false); err == nil && host[0] != '[' && !r.Allows(referer, "") {
			t.Errorf("%q does not match its own host %q", referer, host)
		}
	})
}
