package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"headwater/bench/client"
)

var testCatalogue = &catalogue{large: []string{"/large"}, middling: []string{"/middling"}, small: []string{"/small"}}

// good serves segments and nothing else.
func good(w http.ResponseWriter, r *http.Request) {
	sizes := map[string]int{"/large": 100_000, "/middling": 20_000, "/small": 2000}
	size, found := sizes[r.URL.Path]
	if !found || r.Method != http.MethodGet {
		http.NotFound(w, r)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(make([]byte, size)))
}

// testServer serves in this process, over TLS or without. It waits so long for a request, or without end.
func testServer(t *testing.T, secure bool, patience time.Duration, handler http.HandlerFunc) client.Target {
	t.Helper()
	s := httptest.NewUnstartedServer(handler)
	s.Config.ReadHeaderTimeout = patience
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	target := client.Target{Address: s.Listener.Addr().String()}
	if secure {
		s.StartTLS()
		target.TLS = &tls.Config{InsecureSkipVerify: true}
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return target
}

// send has a client act once, and tells what it found wrong. Clients do not pause.
func send(t *testing.T, target client.Target, a act, seed uint64) error {
	t.Helper()
	c := newCrowd(target, testCatalogue, 0)
	conn, err := net.Dial("tcp", target.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	hurried, cancel := context.WithCancel(context.Background())
	cancel()
	v := &visit{conn, conn.(*net.TCPConn), hurried, c.catalogue, rand.New(rand.NewPCG(seed, 0)), target.Address}
	if err := v.prepare(target.TLS); err != nil {
		t.Fatal(err)
	}
	return a.do(v)
}

func TestActs(t *testing.T) {
	weights := 0
	for _, secure := range []bool{false, true} {
		patient, hasty := testServer(t, secure, 0, good), testServer(t, secure, 20*time.Millisecond, good)
		for _, a := range acts {
			weights += a.weight
			target := patient
			if a.name == "sends garbage" || a.name == "sends half a request" {
				target = hasty
			}
			for seed := range uint64(20) {
				if a.name == "reads slowly, but reads" && seed > 0 {
					break
				}
				if err := send(t, target, a, seed); err != nil {
					t.Errorf("client %s, TLS %t, seed %d: %v", a.name, secure, seed, err)
				}
			}
		}
	}
	if weights != 200 {
		t.Errorf("the weights add up to %d", weights/2)
	}
}

// A server that does something wrong is found out by the clients whose matter it is.
func TestActs_badServer(t *testing.T) {
	f := func(handler http.HandlerFunc, names ...string) {
		t.Helper()
		target := testServer(t, false, 0, handler)
		for _, name := range names {
			found := false
			for seed := uint64(0); seed < 20 && !found; seed++ {
				found = send(t, target, actNamed(t, name), seed) != nil
			}
			if !found {
				t.Errorf("clients that %q do not see it", name)
			}
		}
	}
	const leave, ranges, absent, stall, slow = "leaves in the middle of a body", "asks for ranges", "asks for what is not there", "stalls", "reads slowly, but reads"
	f(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) }, leave, ranges, absent, stall, slow)
	f(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "all of it") }, ranges, absent)
	f(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		w.Header().Set("Content-Range", "bytes 0-99999/100000")
		w.WriteHeader(http.StatusPartialContent)
		panic(http.ErrAbortHandler)
	}, ranges)
	f(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(make([]byte, 1000))
		panic(http.ErrAbortHandler)
	}, leave, slow)
}

func actNamed(t *testing.T, name string) act {
	t.Helper()
	for _, a := range acts {
		if a.name == name {
			return a
		}
	}
	t.Fatalf("no act %q", name)
	return act{}
}

// What is no request must be refused, and not be waited for without end.
func TestVisit_refused(t *testing.T) {
	f := func(want, answer string) {
		t.Helper()
		ours, theirs := net.Pipe()
		defer ours.Close()
		go func() {
			if answer != "" {
				_, _ = io.WriteString(theirs, answer)
				theirs.Close()
			}
		}()
		if err := ours.SetDeadline(time.Now().Add(50 * time.Millisecond)); err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := (&visit{Conn: ours}).refused(); err != nil {
			got = err.Error()
		}
		if !strings.HasPrefix(got, want) || want == "" && got != "" {
			t.Errorf("%q: %q, want %q", answer, got, want)
		}
	}
	f("", "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
	f("", "no answer at all\r\n\r\n")
	f("status 200", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
	f("status 500", "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n")
	f("the server waits for ever", "")
}

func TestCrowd_run(t *testing.T) {
	c := newCrowd(testServer(t, false, 0, good), testCatalogue, 0)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() { c.run(ctx); close(ended) }()
	leaving := c.tallies[acts[0].name]
	for leaving.done.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	cancel()
	<-ended
	if c.open.Load() != 0 {
		t.Errorf("%d clients are left", c.open.Load())
	}
	for name, tally := range c.tallies {
		if tally.unexpected.total() > 0 {
			t.Errorf("%s: %v", name, tally.unexpected.counts)
		}
	}
}

func TestIdlers(t *testing.T) {
	all := openIdlers(t.Context(), testServer(t, true, 0, good), 200, []string{"/small", "/large"})
	defer all.close()
	for range idleTimes - 1 {
		all.ask(t.Context())
	}
	if v := all.judge("plain"); v.Verdict != "met" || v.Measured != "600" || all.failures.total() != 0 {
		t.Errorf("%+v, %v", v, all.failures.counts)
	}
}

// A connection that could not be opened or was not kept is missed each time that it should have been used.
func TestIdlers_failures(t *testing.T) {
	f := func(target client.Target, paths ...string) {
		t.Helper()
		all := openIdlers(t.Context(), target, 10, paths)
		defer all.close()
		for range idleTimes - 1 {
			all.ask(t.Context())
		}
		if v := all.judge("plain"); v.Verdict != "missed" || all.failures.total() == 0 {
			t.Errorf("%+v, %v", v, all.failures.counts)
		}
	}
	f(testServer(t, false, 0, good), "/absent")
	f(testServer(t, false, 0, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		good(w, r)
	}), "/small")
	f(client.Target{Address: "127.0.0.1:1"}, "/small")
}

func TestPlainly(t *testing.T) {
	_, err := net.Dial("tcp", "127.0.0.1:1")
	if text := plainly(err).Error(); strings.Contains(text, "127.0.0.1") || !strings.HasPrefix(text, "dial: ") {
		t.Errorf("%q", text)
	}
	other := errors.New("another")
	if plainly(other) != other {
		t.Error("another error is changed")
	}
}
