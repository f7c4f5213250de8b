package httpd

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// awaitStats waits until the counters are as wanted.
func (r *running) awaitStats(t *testing.T, what string, ok func(Stats) bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(r.Stats()); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: stats %+v", what, r.Stats())
		}
	}
}

func noConnections(s Stats) bool { return s.Connections == 0 }

// trickle sends pieces of s, one each few milliseconds, until the other side has had enough.
func trickle(conn net.Conn, s string) {
	for i := range len(s) {
		if _, err := conn.Write([]byte{s[i]}); err != nil {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// TestServer_TricklingRequests send a byte now and then: the time is that of the whole request.
func TestServer_TricklingRequests(t *testing.T) {
	r := start(t, pages{"/": hello}, func(c *Config) { c.ReadTimeout = 100 * time.Millisecond })
	for name, raw := range map[string]string{
		"header": "GET / HTTP/1.1\r\nHost: t\r\nX: " + strings.Repeat("x", 5000),
		"body":   "POST / HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n" + strings.Repeat("x", 900),
		"chunks": "POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n1;" + strings.Repeat("x", 5000),
	} {
		conn := r.dial(t)
		head, rest := raw, ""
		if i := strings.Index(raw, "\r\n\r\n"); i > 0 {
			head, rest = raw[:i+4], raw[i+4:]
			io.WriteString(conn, head)
			head = ""
		}
		var sending sync.WaitGroup
		sending.Go(func() { trickle(conn, head+rest) })
		response, _ := receive(t, bufio.NewReader(conn))
		want := 408
		if name == "chunks" {
			want = 400 // the library hides what went wrong
		}
		if response.StatusCode != want || !response.Close {
			t.Errorf("%s: %s", name, response.Status)
		}
		conn.Close()
		sending.Wait()
	}
	r.awaitStats(t, "after 408", noConnections)
}

// TestServer_TricklingHandshake is the same before there is a request.
func TestServer_TricklingHandshake(t *testing.T) {
	certFile, keyFile, _ := writeCertificate(t, t.TempDir(), time.Hour)
	r := start(t, pages{"/": hello}, func(c *Config) {
		c.CertificateFile, c.KeyFile, c.ReadTimeout = certFile, keyFile, 100*time.Millisecond
	})
	conn := r.dial(t)
	r.awaitStats(t, "begin", func(s Stats) bool { return s.Connections == 1 })
	var sending sync.WaitGroup
	sending.Go(func() { trickle(conn, "\x16\x03\x01\x10\x00\x01"+strings.Repeat("\x00", 4000)) })
	r.awaitStats(t, "handshake", noConnections)
	conn.Close()
	sending.Wait()
	if n := len(r.observed()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// TestServer_IdleConnectionsEnd without an answer that nobody has asked for: those that never had a request, and those
// that have none any more.
func TestServer_IdleConnectionsEnd(t *testing.T) {
	end := time.Now().Add(20 * time.Second)
	for name, dial := range dialersWith(t, pages{"/": hello}, func(c *Config) {
		c.ReadTimeout, c.IdleTimeout = time.Hour, 50*time.Millisecond
	}) {
		conn := dial()
		conn.SetReadDeadline(end)
		reader := bufio.NewReader(conn)
		for range 3 {
			io.WriteString(conn, get("/"))
			receive(t, reader)
		}
		if rest := ended(t, reader); rest != "" {
			t.Errorf("%s: got %q", name, rest)
		}
	}
	for name, dial := range dialersWith(t, pages{"/": hello}, func(c *Config) {
		c.ReadTimeout, c.IdleTimeout = 300*time.Millisecond, time.Hour
	}) {
		conn := dial()
		conn.SetReadDeadline(end)
		if rest := ended(t, conn); rest != "" {
			t.Errorf("%s: got %q on a new one", name, rest)
		}
	}
}

// TestServer_HonestSlowReader reads at four times the slowest rate, which leaves room for a busy machine, and gets all, though
// that takes many times WriteTimeout; one who reads nothing is cut.
func TestServer_HonestSlowReader(t *testing.T) {
	const bodyBytes, rate = 12 << 20, 8 << 20
	body := randomBytes(bodyBytes)
	lender := &lent{}
	p := pages{"/big": func(_ context.Context, x *Exchange) {
		lender.open.Add(1)
		x.Head(200)
		x.SendMemory(body, lender)
	}}
	plain := start(t, p, func(c *Config) { c.WriteTimeout, c.MinBytesPerSecond = 50*time.Millisecond, rate })
	stalled := plain.dialSmall(t)
	io.WriteString(stalled, get("/big"))
	honest := plain.dialSmall(t)
	io.WriteString(honest, get("/big"))
	response, got := receive(t, bufio.NewReader(&paced{honest, 4 * rate, time.Now()}))
	if response.StatusCode != 200 || got != string(body) {
		t.Errorf("%s, %d bytes", response.Status, len(got))
	}
	honest.Close()
	plain.awaitStats(t, "stalled", func(s Stats) bool { return s.Connections == 0 && s.Stalled == 1 && s.Broken+s.Left == 0 })
	checkReturned(t, lender)
}

// dialSmall returns a connection whose client takes little at a time.
func (r *running) dialSmall(t *testing.T) net.Conn {
	t.Helper()
	conn := r.dial(t)
	if err := conn.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
		t.Fatal(err)
	}
	return conn
}

// paced reads no faster than a rate.
type paced struct {
	io.Reader
	bytesPerSecond int64
	next           time.Time
}

func (p *paced) Read(b []byte) (int, error) {
	time.Sleep(time.Until(p.next))
	n, err := p.Reader.Read(b[:min(len(b), 64<<10)])
	p.next = p.next.Add(time.Duration(int64(n) * int64(time.Second) / p.bytesPerSecond))
	return n, err
}

func TestConfig_Patience(t *testing.T) {
	c := Config{WriteTimeout: time.Second, MinBytesPerSecond: 1000}
	f := func(bodyBytes int64, want time.Duration) {
		t.Helper()
		if got := c.patience(bodyBytes); got != want {
			t.Errorf("%d bytes: %s", bodyBytes, got)
		}
	}
	f(0, time.Second)
	f(1, 1001*time.Millisecond)
	f(1500, 2500*time.Millisecond)
	f(1<<40, time.Second+1<<40*time.Millisecond)
	c.MinBytesPerSecond = 1 << 40
	f(1<<30, time.Second+time.Second/1024)
}

// brokenStream writes some bytes and fails.
type brokenStream struct {
	lent
	fail func() error
}

func (s *brokenStream) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(make([]byte, 1000))
	if err == nil {
		err = s.fail()
	}
	return int64(n), err
}

// TestServer_BrokenStreams cut the connection after what was written, whatever the error looks like, and are told from
// viewers who leave.
func TestServer_BrokenStreams(t *testing.T) {
	storageReset := &net.OpError{Op: "read", Net: "tcp", Err: os.NewSyscallError("read", unix.ECONNRESET)}
	for name, fail := range map[string]func() error{
		"error":         func() error { return errors.New("broken") },
		"reset":         func() error { return storageReset },
		"timeout":       func() error { return os.ErrDeadlineExceeded },
		"end":           func() error { return io.EOF },
		"short":         func() error { return nil },
		"panic":         func() error { panic("boom") },
		"closed socket": func() error { return net.ErrClosed },
	} {
		stream := &brokenStream{fail: fail}
		p := pages{"/": func(_ context.Context, x *Exchange) {
			stream.open.Add(1)
			x.Head(200)
			x.SendStream(stream, 2000)
		}}
		r := start(t, p, nil)
		conn := r.dial(t)
		io.WriteString(conn, get("/")+get("/"))
		all, _ := io.ReadAll(conn)
		if _, body, _ := bytes.Cut(all, []byte("\r\n\r\n")); len(body) != 1000 {
			t.Errorf("%s: body of %d bytes", name, len(body))
		}
		r.awaitStats(t, name, noConnections)
		checkReturned(t, &stream.lent)
		if s := r.Stats(); s.Broken != 1 || s.Left+s.Stalled != 0 || r.logs.FilterMessage("response was cut").Len() != 1 {
			t.Errorf("%s: stats %+v, %d lines", name, s, r.logs.Len())
		}
	}
}

// TestServer_ViewersWhoLeave are counted, and no line is written.
func TestServer_ViewersWhoLeave(t *testing.T) {
	content := randomBytes(32 << 20)
	p, memory, file := bodies(t, content)
	p["/stream"] = func(_ context.Context, x *Exchange) {
		x.Head(200)
		x.SendStream(&wholeStream{content}, int64(len(content)))
	}
	r := start(t, p, nil)
	paths := []string{"/memory", "/file", "/stream"}
	for _, path := range paths {
		conn := r.dial(t)
		io.WriteString(conn, get(path))
		if _, err := conn.Read(make([]byte, 10_000)); err != nil {
			t.Fatal(err)
		}
		conn.Close()
	}
	r.awaitStats(t, "left", func(s Stats) bool {
		return s.Connections == 0 && s.Left == uint64(len(paths)) && s.Broken+s.Stalled == 0
	})
	checkReturned(t, memory, &file.lent)
	if n := r.logs.FilterMessage("response was cut").Len(); n != 0 {
		t.Errorf("%d lines", n)
	}
}

// wholeStream writes its content at once.
type wholeStream struct{ content []byte }

func (s *wholeStream) Release() {}

func (s *wholeStream) WriteTo(w io.Writer) (int64, error) {
	n, err := w.Write(s.content)
	return int64(n), err
}

// TestServer_ManyShortConnections leave nothing behind.
func TestServer_ManyShortConnections(t *testing.T) {
	for name, dial := range dialers(t, pages{"/": hello}) {
		request := func() {
			conn := dial()
			defer conn.Close()
			io.WriteString(conn, get("/"))
			receive(t, bufio.NewReader(conn))
		}
		request()
		before := resources()
		for range 20 {
			var clients sync.WaitGroup
			for range 10 {
				clients.Go(request)
			}
			clients.Wait()
		}
		for deadline := time.Now().Add(10 * time.Second); resources() > before; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("%s: %d goroutines and descriptors, before %d", name, resources(), before)
			}
		}
	}
}

// resources counts goroutines and descriptors.
func resources() int {
	entries, _ := os.ReadDir("/proc/self/fd")
	return runtime.NumGoroutine() + len(entries)
}

// TestServer_StopsDuring ends a server in every state that a connection may be in.
func TestServer_StopsDuring(t *testing.T) {
	certFile, keyFile, pool := writeCertificate(t, t.TempDir(), time.Hour)
	begun, goOn := make(chan struct{}), make(chan struct{})
	r := start(t, pages{"/": hello, "/busy": func(ctx context.Context, x *Exchange) {
		close(begun)
		<-goOn
		hello(ctx, x)
	}}, func(c *Config) { c.CertificateFile, c.KeyFile = certFile, keyFile })
	secure := func() net.Conn {
		conn, err := tls.Dial("tcp", r.address, &tls.Config{RootCAs: pool})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		return conn
	}
	shaking := r.dial(t)
	fresh, idle, busy := secure(), secure(), secure()
	for range 2 {
		io.WriteString(idle, get("/"))
		receive(t, bufio.NewReader(idle))
	}
	io.WriteString(busy, get("/busy")+get("/"))
	<-begun
	r.awaitStats(t, "begin", func(s Stats) bool { return s.Connections == 4 })
	r.stop()
	r.awaitStats(t, "the idle ones end at once", func(s Stats) bool { return s.Connections == 1 })
	for name, conn := range map[string]net.Conn{"during the handshake": shaking, "before a request": fresh, "between requests": idle} {
		if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("%s: got %d bytes, %v", name, n, err)
		}
	}
	close(goOn)
	reader := bufio.NewReader(busy)
	if response, body := receive(t, reader); response.StatusCode != 200 || body != "hello" || !response.Close {
		t.Errorf("the busy one: %s %q", response.Status, body)
	}
	if rest, _ := io.ReadAll(reader); len(rest) != 0 {
		t.Errorf("the busy one: then %q", rest)
	}
	if err := <-r.done; err != nil {
		t.Error(err)
	}
}

// TestServer_RefusalsLeaveNothing has many more clients than connections.
func TestServer_RefusalsLeaveNothing(t *testing.T) {
	r := start(t, pages{"/": hello}, func(c *Config) { c.MaxConnections = 3 })
	var held []net.Conn
	for range 3 {
		conn := r.dial(t)
		io.WriteString(conn, get("/"))
		receive(t, bufio.NewReader(conn))
		held = append(held, conn)
	}
	for i := range 50 {
		if response, _ := receive(t, bufio.NewReader(r.dial(t))); response.StatusCode != 503 {
			t.Errorf("client %d: %s", i, response.Status)
		}
	}
	if s := r.Stats(); s.Connections != 3 || s.Refused != 50 {
		t.Errorf("stats %+v", s)
	}
	held[0].Close()
	r.awaitStats(t, "one left", func(s Stats) bool { return s.Connections == 2 })
	if response, body := r.send(t, get("/")); response.StatusCode != 200 || body != "hello" {
		t.Errorf("then %s", fmt.Sprint(response.Status, body))
	}
}
