package client_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/cespare/xxhash/v2"

	"headwater/bench/client"
)

// dial connects to a server of net/http.
func dial(t testing.TB, server *httptest.Server) *client.Conn {
	t.Helper()
	target := client.Target{Address: server.Listener.Addr().String()}
	if server.TLS != nil {
		target.TLS = &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS13}
	}
	return connect(t, target)
}

func connect(t testing.TB, target client.Target) *client.Conn {
	t.Helper()
	c, err := client.Dial(context.Background(), target)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func do(t testing.TB, c *client.Conn, request client.Request) *client.Response {
	t.Helper()
	var response client.Response
	if err := c.Do(&request, &response); err != nil {
		t.Fatal(err)
	}
	return &response
}

// noise is n bytes that do not repeat soon.
func noise(n int) []byte {
	body := make([]byte, n)
	state := uint32(1)
	for i := range body {
		state = state*1664525 + 1013904223
		body[i] = byte(state >> 24)
	}
	return body
}

// bodies answers /N with N bytes, with a length; /chunked/N without.
func bodies(body []byte) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		path, chunked := strings.CutPrefix(r.URL.Path, "/chunked")
		var n int
		if _, err := fmt.Sscanf(path, "/%d", &n); err != nil || n > len(body) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("ETag", `"x"`)
		if !chunked {
			w.Header().Set("Content-Length", fmt.Sprint(n))
		}
		w.(http.Flusher).Flush()
		if r.Method != http.MethodHead {
			w.Write(body[:n])
		}
	})
}

func TestDo(t *testing.T) {
	body := noise(3 << 20)
	plain, secure := httptest.NewServer(bodies(body)), httptest.NewUnstartedServer(bodies(body))
	secure.Config.ErrorLog = nil
	secure.StartTLS()
	defer plain.Close()
	defer secure.Close()
	for name, server := range map[string]*httptest.Server{"plain": plain, "tls": secure} {
		t.Run(name, func(t *testing.T) {
			c := dial(t, server)
			for _, n := range []int{0, 1, 4000, 4096, 100_000, 3 << 20} {
				for _, prefix := range []string{"", "/chunked"} {
					for _, use := range []client.Use{client.Discard, client.Hash, client.Keep} {
						checkBody(t, c, fmt.Sprintf("%s/%d", prefix, n), use, body[:n])
					}
				}
			}
		})
	}
}

func checkBody(t *testing.T, c *client.Conn, path string, use client.Use, body []byte) {
	t.Helper()
	r := do(t, c, client.Request{Path: path, Use: use})
	if r.Status != 200 || r.BodyBytes != int64(len(body)) || string(r.Field("etag")) != `"x"` {
		t.Errorf("%s: status %d, %d bytes, ETag %s", path, r.Status, r.BodyBytes, r.Field("ETag"))
	}
	if use == client.Hash && r.Hash != xxhash.Sum64(body) {
		t.Errorf("%s: hash %x, want %x", path, r.Hash, xxhash.Sum64(body))
	}
	if use == client.Keep && !bytes.Equal(r.Body, body) {
		t.Errorf("%s: another body", path)
	}
	if r.FirstByte <= 0 || r.LastByte < r.FirstByte {
		t.Errorf("%s: first byte after %v, last after %v", path, r.FirstByte, r.LastByte)
	}
	if strings.HasPrefix(path, "/chunked") != (r.ContentLength < 0) && len(body) > 0 {
		t.Errorf("%s: length %d", path, r.ContentLength)
	}
}

func TestDo_noBody(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/304":
			w.WriteHeader(http.StatusNotModified)
		case "/204":
			w.WriteHeader(http.StatusNoContent)
		case "/early":
			w.WriteHeader(http.StatusEarlyHints)
			fallthrough
		default:
			w.Header().Set("Content-Length", "5")
			io.WriteString(w, "hello")
		}
	}))
	defer server.Close()
	c := dial(t, server)
	for _, test := range []struct {
		method, path  string
		status        int
		length, bytes int64
	}{
		{"HEAD", "/", 200, 5, 0},
		{"", "/304", 304, -1, 0},
		{"", "/204", 204, -1, 0},
		{"", "/early", 200, 5, 5},
		{"GET", "/", 200, 5, 5},
	} {
		r := do(t, c, client.Request{Method: test.method, Path: test.path})
		if r.Status != test.status || r.ContentLength != test.length || r.BodyBytes != test.bytes || !c.Reusable() {
			t.Errorf("%s %s: %d, length %d, %d bytes, reusable %t", test.method, test.path, r.Status, r.ContentLength, r.BodyBytes, c.Reusable())
		}
	}
}

func TestDo_request(t *testing.T) {
	var seen []byte
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen = fmt.Appendf(nil, "%s %s %s %s", r.Method, r.Host, r.RequestURI, r.Header.Get("X-Test"))
	}))
	defer server.Close()
	c := connect(t, client.Target{Address: server.Listener.Addr().String(), Host: "video.example"})
	do(t, c, client.Request{Path: "/a?b=c", Header: "X-Test: yes\r\n"})
	if want := "GET video.example /a?b=c yes"; string(seen) != want {
		t.Errorf("server saw %q, want %q", seen, want)
	}
}

func TestDo_invalidRequest(t *testing.T) {
	server := httptest.NewServer(bodies(nil))
	defer server.Close()
	c := dial(t, server)
	for _, request := range []client.Request{
		{Path: ""},
		{Path: "a"},
		{Path: "/a b"},
		{Path: "/a\r\nX: y"},
		{Path: "/", Method: "GET /x"},
		{Path: "/", Header: "A: b"},
		{Path: "/", Header: "\r\n"},
		{Path: "/", Header: "A: b\r\n\r\nGET / HTTP/1.1\r\n"},
	} {
		var failure *client.Error
		err := c.Do(&request, new(client.Response))
		if !errors.Is(err, client.ErrRequest) || !errors.As(err, &failure) || !failure.Reusable || !c.Reusable() {
			t.Errorf("%+v: %v", request, err)
		}
	}
	do(t, c, client.Request{Path: "/0"})
}

func TestDo_deadline(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/slow" {
			w.Header().Set("Content-Length", "10")
			w.(http.Flusher).Flush()
			<-release
		}
	}))
	defer server.Close()
	defer close(release)
	c := dial(t, server)
	do(t, c, client.Request{Path: "/", Deadline: time.Now().Add(time.Hour)})
	do(t, c, client.Request{Path: "/"})
	var failure *client.Error
	err := c.Do(&client.Request{Path: "/slow", Deadline: time.Now().Add(10 * time.Millisecond)}, new(client.Response))
	if !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &failure) || failure.Missing != 10 || c.Reusable() {
		t.Errorf("%v, reusable %t", err, c.Reusable())
	}
	if err := c.Do(&client.Request{Path: "/"}, new(client.Response)); err == nil {
		t.Error("a connection whose answer was left unread took another request")
	}
}

func TestDial_fails(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if _, err := client.Dial(context.Background(), client.Target{Address: ln.Addr().String()}); err == nil {
		t.Error("connected to nobody")
	}
	server := httptest.NewServer(bodies(nil))
	defer server.Close()
	address := server.Listener.Addr().String()
	if _, err := client.Dial(context.Background(), client.Target{Address: address, TLS: &tls.Config{}}); err == nil {
		t.Error("shook hands with a server that speaks no TLS")
	}
	if _, err := client.Dial(context.Background(), client.Target{Address: address, Host: "a\r\nb"}); !errors.Is(err, client.ErrRequest) {
		t.Errorf("host of two lines: %v", err)
	}
}
