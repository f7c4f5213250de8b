package fetch

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"headwater/bench/manifest"
	"headwater/bench/measure"
)

// site answers as its paths say, rightly or wrongly.
func site() http.Handler {
	mux := http.NewServeMux()
	text := func(path, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })
	}
	text("/good", "0123456789")
	mux.HandleFunc("/range", func(w http.ResponseWriter, r *http.Request) {
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader("0123456789"))
	})
	mux.HandleFunc("/gzip", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, strings.Repeat("#EXTM3U\n", 1000))
		z.Close()
	})
	mux.HandleFunc("/notgzip", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		io.WriteString(w, "plain")
	})
	mux.HandleFunc("/brotli", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "br")
		io.WriteString(w, "plain")
	})
	mux.HandleFunc("/short", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		io.WriteString(w, "0123456789")
	})
	mux.HandleFunc("/hang", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/abort", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	mux.HandleFunc("/500", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(500) })
	var calls atomic.Int64
	mux.HandleFunc("/bytes", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintf(w, "%09d", calls.Add(1)) })
	mux.HandleFunc("/length", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, strings.Repeat("x", int(calls.Add(1))))
	})
	mux.HandleFunc("/etag", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", fmt.Sprintf(`"%d"`, calls.Add(1)))
	})
	mux.HandleFunc("/last", func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/good", http.StatusFound) })
	mux.HandleFunc("/loop", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "/loop", http.StatusFound) })
	mux.HandleFunc("/nowhere", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(302) })
	mux.HandleFunc("/secret", func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("X-Key") != "k" {
			w.WriteHeader(403)
		}
	})
	return mux
}

// bed is a pool on a server.
type bed struct {
	*testing.T
	server   *httptest.Server
	recorder *measure.Recorder
	pool     *Pool
	lane     *Lane
}

func newBed(t *testing.T, server *httptest.Server, change func(*Config)) *bed {
	t.Helper()
	t.Cleanup(server.Close)
	cfg := Config{Timeout: 30 * time.Second, Verify: 1, Seed: 1}
	if change != nil {
		change(&cfg)
	}
	b := &bed{T: t, server: server, recorder: measure.NewRecorder(1)}
	b.recorder.Begin(0)
	b.pool = NewPool(cfg, b.recorder, time.Now())
	t.Cleanup(b.pool.Close)
	b.lane = b.pool.Lane(0)
	return b
}

func (b *bed) fetch(r manifest.Resource, o Options) (Answer, error) {
	b.Helper()
	r.URL = b.server.URL + r.URL
	target, err := NewTarget(r, measure.Video)
	if err != nil {
		b.Fatal(err)
	}
	return b.lane.Fetch(target, o)
}

func TestFetch(t *testing.T) {
	b := newBed(t, httptest.NewServer(site()), nil)
	f := func(r manifest.Resource, o Options, wantBytes int64, wantBody string) {
		t.Helper()
		got, err := b.fetch(r, o)
		if err != nil || got.Bytes != wantBytes || !strings.HasPrefix(string(got.Body), wantBody) || got.LastByte < got.FirstByte || got.FirstByte <= 0 {
			t.Errorf("%s: %+v, %v, want %d bytes, %q", r.URL, got, err, wantBytes, wantBody)
		}
	}
	keep := Options{Keep: true}
	f(manifest.Resource{URL: "/good"}, Options{}, 10, "")
	f(manifest.Resource{URL: "/good"}, keep, 10, "0123456789")
	f(manifest.Resource{URL: "/range", Offset: 3, Length: 4}, keep, 4, "3456")
	f(manifest.Resource{URL: "/range", Offset: 3, Length: 4}, Options{}, 4, "")
	f(manifest.Resource{URL: "/range", Offset: 1, Length: 9}, Options{}, 9, "") // another resource
	f(manifest.Resource{URL: "/moved?a"}, keep, 10, "0123456789")
	f(manifest.Resource{URL: "/last"}, Options{}, 0, "")
	f(manifest.Resource{URL: "/good"}, Options{}, 10, "") // on a new connection
	if got, err := b.fetch(manifest.Resource{URL: "/gzip"}, keep); err != nil || len(got.Body) != 8000 || got.Bytes >= 8000 {
		t.Errorf("gzip: %d of %d bytes, %v", len(got.Body), got.Bytes, err)
	}
	result := b.recorder.Result()
	if len(result.Faults) > 0 || result.Classes[0].Requests != 9 || result.Connects.Count() != 2 {
		t.Errorf("%+v", result)
	}
	if got, _ := b.pool.Verified(); got != 5 {
		t.Errorf("%d bodies hashed, want 5", got)
	}
}

// TestFaults shows each misbehaviour of a server in the table.
func TestFaults(t *testing.T) {
	f := func(kind string, r manifest.Resource, o Options, times int) {
		t.Helper()
		b := newBed(t, httptest.NewServer(site()), func(c *Config) {
			if kind == Timeout {
				c.Timeout = 50 * time.Millisecond
			}
		})
		r.URL += "?token=geheim"
		var err error
		for range times {
			_, err = b.fetch(r, o)
		}
		var failure *Failure
		if !errors.As(err, &failure) || failure.Kind != kind {
			t.Errorf("%s: got %v, want %s", r.URL, err, kind)
			return
		}
		faults := b.recorder.Result().Faults
		if len(faults) != 1 || faults[0].Kind != kind || faults[0].Count < 1 || !strings.HasPrefix(faults[0].Example, b.server.URL+"/") {
			t.Errorf("%s: recorded %+v", r.URL, faults)
		}
		if text := fmt.Sprintf("%+v", faults); strings.Contains(text, "geheim") {
			t.Errorf("the token is shown: %s", text)
		}
	}
	f("status 500", manifest.Resource{URL: "/500"}, Options{}, 1)
	f("status 404", manifest.Resource{URL: "/absent"}, Options{}, 1)
	f("status 416", manifest.Resource{URL: "/range", Offset: 30, Length: 4}, Options{}, 1)
	f(NoRange, manifest.Resource{URL: "/good", Offset: 3, Length: 4}, Options{}, 1)
	f(Length, manifest.Resource{URL: "/range", Offset: 8, Length: 4}, Options{}, 1)
	f(Length, manifest.Resource{URL: "/length"}, Options{}, 2)
	f(Body, manifest.Resource{URL: "/bytes"}, Options{}, 2)
	f(ETag, manifest.Resource{URL: "/etag"}, Options{}, 2)
	f(CutOff, manifest.Resource{URL: "/short"}, Options{}, 1)
	f(Lost, manifest.Resource{URL: "/abort"}, Options{}, 1)
	f(Timeout, manifest.Resource{URL: "/hang"}, Options{}, 1)
	f(Redirects, manifest.Resource{URL: "/loop"}, Options{}, 1)
	f(Redirects, manifest.Resource{URL: "/nowhere"}, Options{}, 1)
	f(Encoding, manifest.Resource{URL: "/notgzip"}, Options{Keep: true}, 1)
	f(Encoding, manifest.Resource{URL: "/brotli"}, Options{Keep: true}, 1)
}

func TestConnectFaults(t *testing.T) {
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := closed.Addr().String()
	closed.Close()
	secure := httptest.NewTLSServer(site())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of what is wanted here
	b := newBed(t, secure, nil)
	f := func(kind, address string) {
		t.Helper()
		target, err := NewTarget(manifest.Resource{URL: address}, measure.Init)
		if err != nil {
			t.Fatal(err)
		}
		var failure *Failure
		if _, err = b.lane.Fetch(target, Options{}); !errors.As(err, &failure) || failure.Kind != kind {
			t.Errorf("%s: got %v, want %s", address, err, kind)
		}
	}
	f(Connect, "http://"+address+"/")
	f(TLS, b.server.URL+"/good")
	plain := httptest.NewServer(site())
	defer plain.Close()
	f(TLS, strings.Replace(plain.URL, "http:", "https:", 1)+"/good")
}

func TestInsecure(t *testing.T) {
	b := newBed(t, httptest.NewTLSServer(site()), func(c *Config) { c.Insecure = true })
	if got, err := b.fetch(manifest.Resource{URL: "/good"}, Options{}); err != nil || got.Bytes != 10 {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestCredentials sends them to the host that they were given for, and to no other.
func TestCredentials(t *testing.T) {
	other := httptest.NewServer(site())
	defer other.Close()
	server := httptest.NewServer(site())
	b := newBed(t, server, func(c *Config) { c.Header, c.Credentialed = []string{"X-Key: k"}, []string{server.URL + "/entry"} })
	if _, err := b.fetch(manifest.Resource{URL: "/secret"}, Options{}); err != nil {
		t.Error(err)
	}
	target, err := NewTarget(manifest.Resource{URL: other.URL + "/secret"}, measure.Video)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.lane.Fetch(target, Options{}); err == nil || err.Error() != "status 403" {
		t.Errorf("another host: got %v, want status 403", err)
	}
}

// TestDue counts times from when the request should have been sent.
func TestDue(t *testing.T) {
	b := newBed(t, httptest.NewServer(site()), nil)
	for b.pool.Now() < 20*time.Millisecond {
	}
	got, err := b.fetch(manifest.Resource{URL: "/good"}, Options{Due: time.Millisecond})
	if err != nil || got.FirstByte < 19*time.Millisecond {
		t.Errorf("%+v, %v", got, err)
	}
}

// TestIdleConnection is replaced without a fault when the server has ended it.
func TestIdleConnection(t *testing.T) {
	b := newBed(t, httptest.NewServer(site()), nil)
	for range 3 {
		if _, err := b.fetch(manifest.Resource{URL: "/good"}, Options{}); err != nil {
			t.Fatal(err)
		}
		b.server.CloseClientConnections()
	}
	if result := b.recorder.Result(); len(result.Faults) > 0 || result.Connects.Count() != 3 {
		t.Errorf("%+v", result)
	}
}

// TestClose ends a request under way without a fault.
func TestClose(t *testing.T) {
	arrived := make(chan struct{})
	b := newBed(t, httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-r.Context().Done()
	})), nil)
	go func() {
		<-arrived
		b.pool.Close()
	}()
	if _, err := b.fetch(manifest.Resource{URL: "/"}, Options{}); !errors.Is(err, ErrStopped) {
		t.Errorf("got %v, want ErrStopped", err)
	}
	if faults := b.recorder.Result().Faults; len(faults) > 0 || b.pool.Open() != 0 {
		t.Errorf("%+v, %d open", faults, b.pool.Open())
	}
}

func TestDisplay(t *testing.T) {
	u, err := url.Parse("https://me:pw@h/s/abc/v/1%2f/x?token=y#z")
	if err != nil {
		t.Fatal(err)
	}
	if got, want := Display(u), "https://h/s/…/v/1%2f/x"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := Scrub(`bad "http://h/s/abc/v?token=y" here?`), `bad "http://h/s/…/v?…" here?`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	for _, bad := range []string{"ftp://h/", "/x", "http://", "http://%zz/", "data:,x"} {
		if _, err := NewTarget(manifest.Resource{URL: bad}, measure.Init); err == nil {
			t.Errorf("%s is a target", bad)
		}
	}
}
