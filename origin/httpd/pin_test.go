package httpd

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

const (
	firstSecret = "0123456789abcdef"
)

func writePins(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pins")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// touch makes what follows a file see that it has changed.
func touch(t *testing.T, path string) {
	t.Helper()
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
}

func TestParsePins(t *testing.T) {
	f := func(content string, want int, problem string) {
		t.Helper()
		p, err := parsePins([]byte(content))
		if len(p) != want || (err == nil) != (problem == "") || err != nil && !strings.Contains(err.Error(), problem) {
			t.Errorf("%q: %d secrets, %v", content, len(p), err)
		}
		if err != nil && strings.Contains(err.Error(), "cdef") {
			t.Errorf("%q: the error holds it: %v", content, err)
		}
	}
	f(firstSecret, 1, "")
	f(firstSecret+"\n", 1, "")
	f("\n"+firstSecret+" \r\n\n"+strings.Repeat("~", maxPinBytes)+"\n", 2, "")
	f("", 0, "at least one line")
	f(" \n\t\n", 0, "at least one line")
	f(firstSecret+"\nbcdef\n", 0, "line 2: want one secret of 16 to 256")
	f(strings.Repeat("cdef", 65), 0, "line 1")
	f(" "+firstSecret, 0, "line 1")
	f("0123456789 abcdef", 0, "line 1")
	f("0123456789ābcdef", 0, "line 1")
	f("0123456789abcdef\x00", 0, "line 1")
}

func TestPins_Match(t *testing.T) {
	p, err := parsePins([]byte(firstSecret + "\n" + "second-0123456789\n"))
	if err != nil {
		t.Fatal(err)
	}
	f := func(shown string, want bool) {
		t.Helper()
		if got := p.match([]byte(shown)); got != want {
			t.Errorf("%q: %t", shown, got)
		}
	}
	f(firstSecret, true)
	f("second-0123456789", true)
	f("", false)
	f(firstSecret[:15], false)
	f(firstSecret+"0", false)
	f(strings.ToUpper(firstSecret), false)
	f(firstSecret+"\n"+"second-0123456789", false)
}

// TestServer_Pin answers only those who show a secret, on the same connection as those who do not.
func TestServer_Pin(t *testing.T) {
	var served atomic.Int64
	path := writePins(t, firstSecret+"\nsecond-0123456789\n")
	r := start(t, pages{"/": func(context.Context, *Exchange) { served.Add(1) }}, func(c *Config) { c.PinFile, c.PinHeader = path, "X-My-Pin" })
	f := func(want int, lines ...string) {
		t.Helper()
		served.Store(0)
		response, body := r.send(t, forwarded(lines...))
		records := r.observed()
		rec := &records[len(records)-1]
		refused := want == 403
		if response.StatusCode != want || rec.Status != want || (served.Load() == 0) != refused || (body == "failed\n") != refused ||
			(rec.ErrKind == "wrong_pin") != refused || (rec.Err != nil) != refused || response.Close {
			t.Errorf("%q: %s %q, %d served, record %+v", lines, response.Status, body, served.Load(), rec)
		}
	}
	f(200, "X-My-Pin: "+firstSecret)
	f(200, "x-my-pin: second-0123456789")
	f(403)
	f(403, "X-My-Pin:")
	f(403, "X-My-Pin: wrong-0123456789")
	f(403, "X-Origin-Pin: "+firstSecret)
	f(403, "X-My-Pin: wrong", "X-My-Pin: "+firstSecret) // what a viewer says comes first, where the CDN does not replace it
	f(403, "X-My-Pin: "+firstSecret+", "+firstSecret)
	if response, _ := r.send(t, "rubbish\r\n\r\n"); response.StatusCode != 400 {
		t.Errorf("rubbish: %s", response.Status)
	}
	for _, line := range r.logs.All() {
		if strings.Contains(fmt.Sprint(line.Message, line.ContextMap()), firstSecret) {
			t.Errorf("a line holds a secret: %v", line)
		}
	}
}

// TestServer_PinRotates replaces the secrets of a running server; a damaged file leaves them.
func TestServer_PinRotates(t *testing.T) {
	path := writePins(t, firstSecret+"\n")
	r := start(t, pages{"/": hello}, func(c *Config) { c.PinFile = path })
	f := func(secret string, want int) {
		t.Helper()
		if response, _ := r.send(t, forwarded("X-Origin-Pin: "+secret)); response.StatusCode != want {
			t.Errorf("%q: %s", secret, response.Status)
		}
	}
	replace := func(content, wantMessage string) {
		t.Helper()
		core, logs := observer.New(zapcore.DebugLevel)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		touch(t, path)
		r.pins.follow(zap.New(core))
		if logs.Len() != 1 || !strings.Contains(logs.All()[0].Message, wantMessage) {
			t.Errorf("logged %v", logs.All())
		}
	}
	f(firstSecret, 200)
	f("second-0123456789", 403)
	replace("second-0123456789\n", "are in use")
	f(firstSecret, 403)
	f("second-0123456789", 200)
	replace("short\n", "cannot be used")
	f("second-0123456789", 200)
}

func TestServer_RefusesABadPinFile(t *testing.T) {
	cfg := NewDefaultConfig()
	f := func(path, want string) {
		t.Helper()
		cfg.PinFile = path
		if _, err := New(cfg, pages{}, func(*Record) {}, zap.NewNop()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v", err)
		}
	}
	f("/none/pins", "/none/pins")
	f(writePins(t, "short"), "line 1: want one secret")
}

func TestIsToken(t *testing.T) {
	for _, good := range []string{"X-Origin-Pin", "a", "!#$%&'*+-.^_`|~09"} {
		if !isToken(good) {
			t.Errorf("%q is none", good)
		}
	}
	for _, bad := range []string{"", "a b", "a:", "a\n", "ä", "a(", "a\x7f", "{a}", `a\`, `"a"`} {
		if isToken(bad) {
			t.Errorf("%q is one", bad)
		}
	}
}

// TestServer_PinOverPipelining refuses one request of several in a row and answers the others.
func TestServer_PinOverPipelining(t *testing.T) {
	path := writePins(t, firstSecret)
	for name, dial := range dialersWith(t, pages{"/": hello}, func(c *Config) { c.PinFile = path }) {
		conn := dial()
		good := forwarded("X-Origin-Pin: " + firstSecret)
		io.WriteString(conn, good+get("/")+good)
		reader := bufio.NewReader(conn)
		for i, want := range []int{200, 403, 200} {
			if response, _ := receive(t, reader); response.StatusCode != want {
				t.Errorf("%s, request %d: %s", name, i, response.Status)
			}
		}
	}
}

// FuzzParsePins reads hostile files: what is accepted holds a secret, and only those match.
func FuzzParsePins(f *testing.F) {
	f.Add([]byte(firstSecret), []byte(firstSecret))
	f.Add([]byte("\n"+firstSecret+"\r\nsecond-0123456789\n"), []byte("second-0123456789"))
	f.Add([]byte("short\n"), []byte(""))
	f.Fuzz(func(t *testing.T, file, shown []byte) {
		p, err := parsePins(file)
		if (err == nil) == (len(p) == 0) {
			t.Fatalf("%q: %d secrets, %v", file, len(p), err)
		}
		if p.match(shown) && (len(shown) < minPinBytes || !strings.Contains(string(file), string(shown))) {
			t.Errorf("%q matches a secret of %q", shown, file)
		}
	})
}
