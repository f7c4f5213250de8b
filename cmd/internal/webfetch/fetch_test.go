package webfetch_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"headwater/cmd/internal/webfetch"
	"headwater/packager/lint"
)

// origin has a file of ten bytes, redirects to it, and some faults.
func origin(t *testing.T) *httptest.Server {
	mux := http.NewServeMux()
	mux.HandleFunc("/file", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "video/mp4; codecs=x")
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader("0123456789"))
	})
	mux.Handle("/moved", http.RedirectHandler("/file", http.StatusFound))
	mux.Handle("/loop", http.RedirectHandler("/loop", http.StatusFound))
	mux.Handle("/local", http.RedirectHandler("file:///etc/hostname", http.StatusFound))
	mux.HandleFunc("/rangeless", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("0123456789")) })
	mux.HandleFunc("/secret", func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write([]byte(r.Header.Get("X-Key"))) })
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

func newClient(t *testing.T, cfg webfetch.Config) *webfetch.Client {
	t.Helper()
	cfg.Timeout = 10 * time.Second
	if cfg.MaxBytes == 0 {
		cfg.MaxBytes = 1 << 20
	}
	c, err := webfetch.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestFetch(t *testing.T) {
	s := origin(t)
	fetch := newClient(t, webfetch.Config{URLs: []string{s.URL}}).Fetch(context.Background())
	f := func(path string, from, to int64, body, final, problem string) {
		t.Helper()
		answer, err := fetch(s.URL+path, from, to)
		if problem == "" != (err == nil) || err != nil && !strings.Contains(err.Error(), problem) {
			t.Errorf("%s %d-%d: %v", path, from, to, err)
		}
		if string(answer.Body) != body || answer.URL != final {
			t.Errorf("%s %d-%d: %q from %q", path, from, to, answer.Body, answer.URL)
		}
	}
	f("/file", 0, -1, "0123456789", "", "")
	f("/file", 2, 5, "234", "", "")
	f("/file", 7, -1, "789", "", "")
	f("/file", 8, 20, "89", "", "")
	f("/file", 20, 30, "", "", "")
	f("/moved", 0, 2, "01", s.URL+"/file", "")
	f("/rangeless", 0, 2, "", "", "it does not know ranges")
	f("/loop", 0, -1, "", "", "more than 10 redirects")
	f("/local", 0, -1, "", "", `scheme "file"`)
	f("/none", 0, -1, "", "", "404 Not Found")
	if answer, err := fetch(s.URL+"/file", 0, -1); err != nil || answer.ContentType != "video/mp4" {
		t.Errorf("%q, %v", answer.ContentType, err)
	}
	if _, err := fetch("file:///etc/hostname", 0, -1); err == nil || errors.Is(err, lint.ErrUnjudged) {
		t.Errorf("a file: %v", err)
	}
}

// TestHeaderStaysHome: the extra headers go to the host of the manifest, also behind a redirect, and to no other.
func TestHeaderStaysHome(t *testing.T) {
	home, foreign := origin(t), origin(t)
	fetch := newClient(t, webfetch.Config{URLs: []string{home.URL}, Header: []string{"X-Key: k"}}).Fetch(context.Background())
	f := func(address, want string) {
		t.Helper()
		if answer, err := fetch(address, 0, -1); err != nil || string(answer.Body) != want {
			t.Errorf("%s: %q, %v", address, answer.Body, err)
		}
	}
	f(home.URL+"/secret", "k")
	f(foreign.URL+"/secret", "")
	away := httptest.NewServer(http.RedirectHandler(foreign.URL+"/secret", http.StatusFound))
	t.Cleanup(away.Close)
	fetch = newClient(t, webfetch.Config{URLs: []string{away.URL}, Header: []string{"X-Key: k"}}).Fetch(context.Background())
	f(away.URL, "")
}

// TestOldTLS: a server that offers TLS 1.1 at most is told from one that is not there.
func TestOldTLS(t *testing.T) {
	f := func(latest uint16, want bool) {
		t.Helper()
		s := httptest.NewUnstartedServer(http.RedirectHandler("/", http.StatusFound))
		s.Config.ErrorLog = log.New(io.Discard, "", 0)
		s.TLS = &tls.Config{MinVersion: tls.VersionTLS10, MaxVersion: latest}
		s.StartTLS()
		t.Cleanup(s.Close)
		_, err := newClient(t, webfetch.Config{URLs: []string{s.URL}, Insecure: true}).Fetch(context.Background())(s.URL, 0, -1)
		if err == nil || errors.Is(err, lint.ErrOldTLS) != want {
			t.Errorf("TLS %#x: %v", latest, err)
		}
	}
	f(tls.VersionTLS11, true)
	f(tls.VersionTLS12, false)
	f(tls.VersionTLS13, false)
}

func TestBounds(t *testing.T) {
	s := origin(t)
	c := newClient(t, webfetch.Config{URLs: []string{s.URL}, MaxBytes: 15})
	fetch := c.Fetch(context.Background())
	for i := range 3 {
		_, err := fetch(s.URL+"/file", 0, -1)
		if i < 2 != (err == nil) || err != nil && !errors.Is(err, lint.ErrUnjudged) {
			t.Errorf("fetch %d: %v", i, err)
		}
	}
	if c.BytesRead() != 20 {
		t.Errorf("%d bytes", c.BytesRead())
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := newClient(t, webfetch.Config{}).Fetch(ctx)(s.URL+"/file", 0, -1); !errors.Is(err, lint.ErrUnjudged) {
		t.Error(err)
	}
}

func TestNewRefuses(t *testing.T) {
	f := func(cfg webfetch.Config) {
		t.Helper()
		if _, err := webfetch.New(cfg); err == nil {
			t.Errorf("%+v is taken", cfg)
		}
	}
	f(webfetch.Config{URLs: []string{"film.mp4"}})
	f(webfetch.Config{URLs: []string{"file:///etc/hostname"}})
	f(webfetch.Config{Header: []string{"no colon"}})
	f(webfetch.Config{Header: []string{"A: b\r\nC: d"}})
}
