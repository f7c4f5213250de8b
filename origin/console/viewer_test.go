package console

import (
	"crypto/tls"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"testing"
)

func TestViewerBase(t *testing.T) {
	f := func(cfg Config, host string, secure bool, want string) {
		t.Helper()
		r := httptest.NewRequest(http.MethodGet, "/watch/film", nil)
		r.Host = host
		if secure {
			r.TLS = &tls.ConnectionState{}
		}
		got, err := viewerBase(cfg, r)
		switch {
		case want == "" && err == nil:
			t.Errorf("host %q: %s, want an error", host, got)
		case want != "" && (err != nil || got.String() != want):
			t.Errorf("host %q: %v, %v, want %s", host, got, err, want)
		}
	}
	derived := Config{ViewerPort: 8080}
	f(derived, "localhost:8081", false, "http://localhost:8080")
	f(derived, "media.example", false, "http://media.example:8080")
	f(derived, "media.example:8081", true, "https://media.example:8080")
	f(derived, "127.0.0.1:8081", false, "http://127.0.0.1:8080")
	f(derived, "[::1]:8081", false, "http://[::1]:8080")
	f(derived, "[::1]", false, "http://[::1]:8080")
	f(derived, "", false, "")
	f(derived, "a b", false, "")
	f(derived, "a;script-src *", false, "")
	f(derived, "[::1%25lo]:1", false, "")

	f(Config{ViewerPort: 8080, ViewerTLS: true}, "localhost:8081", false, "https://localhost:8080")

	configured := Config{ViewerURL: &url.URL{Scheme: "https", Host: "video.example"}, ViewerPort: 8080}
	f(configured, "a;b", false, "https://video.example")
}

// FuzzHostOf: whatever a client sends as Host, nothing reaches the policy header but a name or an address.
func FuzzHostOf(f *testing.F) {
	for _, seed := range []string{"localhost:80", "[::1]:80", "[::1]", "a;b", "a,b:1", "", "x:", "[", "[]", "::1", "1.2.3.4"} {
		f.Add(seed)
	}
	harmless := regexp.MustCompile(`^[A-Za-z0-9._:-]+$`)
	f.Fuzz(func(t *testing.T, header string) {
		host, err := hostOf(header)
		if err == nil && !harmless.MatchString(host) {
			t.Errorf("host %q of %q", host, header)
		}
	})
}
