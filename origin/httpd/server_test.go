package httpd

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"
)

// pages is a Handler made of functions by path.
type pages map[string]func(ctx context.Context, x *Exchange)

// Serve implements Handler.
func (p pages) Serve(ctx context.Context, x *Exchange) {
	page, ok := p[strings.SplitN(string(x.Request.Header.RequestURI()), "?", 2)[0]]
	if !ok {
		p.Fail(x, 404)
		return
	}
	x.Record.Route = "page"
	page(ctx, x)
}

// Fail implements Handler.
func (p pages) Fail(x *Exchange, status int) {
	x.Response.SetStatusCode(status)
	x.Response.Header.Set("X-Failed", "yes")
	x.Response.SetBodyString("failed\n")
}

// running is a server on a TCP port.
type running struct {
	*Server
	address string
	stop    context.CancelFunc
	done    chan error // gets what Run returns
	logs    *observer.ObservedLogs

	mu      sync.Mutex
	records []Record
}

func start(t testing.TB, handler Handler, change func(*Config)) *running {
	t.Helper()
	cfg := NewDefaultConfig()
	if change != nil {
		change(&cfg)
	}
	core, logs := observer.New(zapcore.DebugLevel)
	r := &running{logs: logs, done: make(chan error, 1)}
	var err error
	if r.Server, err = New(cfg, handler, r.observe, zap.New(core)); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r.address = ln.Addr().String()
	ctx, cancel := context.WithCancel(context.Background())
	r.stop = cancel
	ended := make(chan struct{})
	go func() {
		r.done <- r.Run(ctx, ln)
		close(ended)
	}()
	t.Cleanup(func() {
		cancel()
		<-ended
	})
	return r
}

// observerPanics is a route that makes running panic.
const observerPanics = "observer panics"

func (r *running) observe(rec *Record) {
	if rec.Route == observerPanics {
		panic("boom")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records = append(r.records, *rec)
}

func (r *running) observed() []Record {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.records)
}

// forget drops what was observed and logged.
func (r *running) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.records = nil
	r.logs.TakeAll()
}

func (r *running) dial(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", r.address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// send writes raw bytes and reads one response.
func (r *running) send(t *testing.T, raw string) (*http.Response, string) {
	t.Helper()
	conn := r.dial(t)
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	return receive(t, bufio.NewReader(conn))
}

func receive(t *testing.T, reader *bufio.Reader) (*http.Response, string) {
	t.Helper()
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response, string(body)
}

func get(path string) string { return "GET " + path + " HTTP/1.1\r\nHost: t\r\n\r\n" }

func hello(_ context.Context, x *Exchange) {
	rec := &x.Record
	rec.AssetID, rec.Generation, rec.Track, rec.Segment, rec.Protocol, rec.Cache = "film", 3, "v720", 7, "cmaf", "hit"
	x.Response.SetBodyString("hello")
}

func TestServer_AccessLine(t *testing.T) {
	r := start(t, pages{"/hello": hello}, nil)
	response, body := r.send(t, get("/hello?token=secret"))
	if response.StatusCode != 200 || body != "hello" || response.Header.Get("Server") != "" {
		t.Errorf("%s %q %v", response.Status, body, response.Header)
	}
	lines := r.logs.FilterMessage("request").AllUntimed()
	if len(lines) != 1 {
		t.Fatalf("%d lines", len(lines))
	}
	got := lines[0].ContextMap()
	for name, want := range map[string]any{
		"request_id": response.Header.Get("X-Request-Id"), "route": "page", "status": int64(200), "bytes": int64(5), "client_ip": "127.0.0.1",
		"protocol": "cmaf", "asset_id": "film", "generation": uint32(3), "track": "v720", "segment": int64(7), "cache": "hit",
	} {
		if got[name] != want {
			t.Errorf("%s is %v, want %v", name, got[name], want)
		}
	}
	if _, ok := got["dur_ms"].(float64); !ok || lines[0].Level != zapcore.InfoLevel {
		t.Errorf("line %v", lines[0])
	}
	if strings.Contains(fmt.Sprint(got), "secret") {
		t.Errorf("the line holds the query: %v", got)
	}
}

func TestServer_Panic(t *testing.T) {
	r := start(t, pages{"/boom": func(_ context.Context, x *Exchange) {
		x.Response.SetBodyString("half")
		panic("boom")
	}, "/hello": hello}, nil)
	conn := r.dial(t)
	reader := bufio.NewReader(conn)
	io.WriteString(conn, get("/boom"))
	if response, body := receive(t, reader); response.StatusCode != 500 || body != "failed\n" || response.Header.Get("X-Request-Id") == "" {
		t.Errorf("%s %q", response.Status, body)
	}
	io.WriteString(conn, get("/hello"))
	if response, _ := receive(t, reader); response.StatusCode != 200 {
		t.Errorf("then %s", response.Status)
	}
	stacks := r.logs.FilterMessage("panic").AllUntimed()
	if len(stacks) != 1 || !strings.Contains(fmt.Sprint(stacks[0].ContextMap()["stack"]), "server_test.go") || r.Stats().Panics != 1 {
		t.Errorf("%d stacks, stats %+v", len(stacks), r.Stats())
	}
}

func TestServer_Limits(t *testing.T) {
	f := func(name, raw string, wantStatus int) {
		t.Helper()
		r := start(t, pages{"/hello": hello}, func(c *Config) { c.ReadTimeout = 50 * time.Millisecond })
		response, _ := r.send(t, raw)
		if response.StatusCode != wantStatus || response.Header.Get("X-Failed") != "yes" || !response.Close {
			t.Errorf("%s: %s %v", name, response.Status, response.Header)
		}
		if rec := r.observed()[0]; rec.Status != wantStatus || rec.ErrKind != "request" || rec.Err == nil {
			t.Errorf("%s: record %+v", name, rec)
		}
	}
	f("no HTTP", "hello\r\n\r\n", 400)
	f("long header", "GET /hello HTTP/1.1\r\nHost: t\r\nCookie: "+strings.Repeat("x", 9000)+"\r\n\r\n", 431)
	f("long path", get("/"+strings.Repeat("x", 9000)), 431)
	f("large body", "GET /hello HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n"+strings.Repeat("x", 100000), 413)
	f("slow request", "GET /hello HTT", 408)
}

func TestServer_ConnectionCap(t *testing.T) {
	r := start(t, pages{"/hello": hello}, func(c *Config) { c.MaxConnections = 1 })
	first := r.dial(t)
	io.WriteString(first, get("/hello"))
	receive(t, bufio.NewReader(first))

	second := r.dial(t)
	response, _ := receive(t, bufio.NewReader(second))
	if response.StatusCode != 503 || response.Header.Get("Retry-After") != "1" || response.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Errorf("%s %v", response.Status, response.Header)
	}
	if s := r.Stats(); s.Connections != 1 || s.Refused != 1 {
		t.Errorf("stats %+v", s)
	}
}

// TestServer_ShutdownFinishesRunningResponses has a slow reader of a big body while the server is told to end: the
// reader gets all of it, nobody new gets in.
// starvedListener has no descriptor for a connection the first few times.
type starvedListener struct {
	net.Listener
	failures []error
}

func (l *starvedListener) Accept() (net.Conn, error) {
	if len(l.failures) > 0 {
		err := l.failures[0]
		l.failures = l.failures[1:]
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", err)}
	}
	return l.Listener.Accept()
}

func TestServer_OutlivesWantOfDescriptors(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(NewDefaultConfig(), pages{"/": hello}, func(*Record) {}, zap.NewNop())
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		done <- s.Run(ctx, &starvedListener{ln, []error{syscall.EMFILE, syscall.ECONNABORTED, syscall.ENOMEM}})
	}()
	r := &running{address: ln.Addr().String()}
	if response, _ := r.send(t, get("/")); response.StatusCode != 200 {
		t.Errorf("got %s", response.Status)
	}
	if got := s.Stats().Starved; got != 3 {
		t.Errorf("%d failures counted, want 3", got)
	}
	stop()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestServer_ShutdownFinishesRunningResponses(t *testing.T) {
	body := bytes.Repeat([]byte("0123456789abcdef"), 2<<20) // 32 MiB, more than sockets buffer
	r := start(t, pages{"/big": func(_ context.Context, x *Exchange) { x.Response.SetBodyRaw(body) }}, nil)
	idle := r.dial(t)
	conn := r.dial(t)
	io.WriteString(conn, get("/big"))
	reader := bufio.NewReader(conn)
	if _, err := reader.Peek(1); err != nil {
		t.Fatal(err)
	}
	r.stop()
	for { // until the listener is closed
		late, err := net.Dial("tcp", r.address)
		if err != nil {
			break
		}
		late.Close()
	}
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(response.Body)
	if err != nil || !bytes.Equal(got, body) {
		t.Errorf("%d of %d bytes: %v", len(got), len(body), err)
	}
	if err := <-r.done; err != nil {
		t.Error(err)
	}
	if _, err := idle.Read(make([]byte, 1)); err == nil {
		t.Error("an idle connection was answered")
	}
}

func TestServer_ShutdownCutsWhatTakesTooLong(t *testing.T) {
	body := make([]byte, 32<<20)
	stuck := make(chan struct{})
	r := start(t, pages{
		"/big": func(_ context.Context, x *Exchange) { x.Response.SetBodyRaw(body) },
		"/stuck": func(ctx context.Context, _ *Exchange) {
			close(stuck)
			<-ctx.Done()
		},
	}, func(c *Config) { c.ShutdownTimeout = 50 * time.Millisecond })
	stalled := r.dial(t)
	io.WriteString(stalled, get("/big"))
	if _, err := stalled.Read(make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	io.WriteString(r.dial(t), get("/stuck"))
	<-stuck
	r.stop()
	if err := <-r.done; !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v", err)
	}
	if s := r.Stats(); s.Connections != 0 {
		t.Errorf("stats %+v", s)
	}
}

func TestServer_StalledReaderIsCut(t *testing.T) {
	body := make([]byte, 32<<20)
	r := start(t, pages{"/big": func(_ context.Context, x *Exchange) { x.Response.SetBodyRaw(body) }},
		func(c *Config) { c.WriteTimeout, c.MinBytesPerSecond = 50*time.Millisecond, 1<<40 })
	conn := r.dial(t)
	io.WriteString(conn, get("/big"))
	for r.Stats().Connections != 0 {
		time.Sleep(time.Millisecond) // the wait is for the server's own timeout
	}
}

func TestServer_EndsBeforeItHasBegun(t *testing.T) {
	for range 50 {
		s, err := New(NewDefaultConfig(), pages{}, func(*Record) {}, zap.NewNop())
		if err != nil {
			t.Fatal(err)
		}
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := s.Run(ctx, ln); err != nil {
			t.Error(err)
		}
	}
}

func TestServer_SamplesHits(t *testing.T) {
	r := start(t, pages{"/hello": hello, "/miss": func(_ context.Context, x *Exchange) { x.Record.Cache = "miss" }},
		func(c *Config) { c.LogHitsEvery = 4 })
	conn := r.dial(t)
	reader := bufio.NewReader(conn)
	for i := range 16 {
		path := "/hello"
		if i >= 8 {
			path = "/miss"
		}
		io.WriteString(conn, get(path))
		receive(t, reader)
	}
	if n := r.logs.FilterMessage("request").Len(); n != 2+8 {
		t.Errorf("%d lines", n)
	}
	if n := len(r.observed()); n != 16 {
		t.Errorf("%d observed", n)
	}
}

func TestRecord_Level(t *testing.T) {
	f := func(status int, want zapcore.Level) {
		t.Helper()
		if got := (&Record{Status: status}).level(); got != want {
			t.Errorf("%d: %v", status, got)
		}
	}
	f(200, zapcore.InfoLevel)
	f(404, zapcore.InfoLevel)
	f(500, zapcore.ErrorLevel)
	f(503, zapcore.WarnLevel)
}

func TestConfig_ValidateReportsAllProblems(t *testing.T) {
	if err := NewDefaultConfig().Validate(); err != nil {
		t.Errorf("defaults: %v", err)
	}
	err := Config{}.Validate()
	for _, name := range []string{"MaxConnections", "MaxHeaderBytes", "ReadTimeout", "IdleTimeout", "WriteTimeout", "MinBytesPerSecond", "ShutdownTimeout", "LogHitsEvery"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not reported: %v", name, err)
		}
	}
}
